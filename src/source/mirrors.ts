// SPDX-License-Identifier: Apache-2.0
import { isAbsolute, resolve } from 'node:path'
import { z } from 'zod'
import { type Clock, type Http, parseSettingsFile } from '../base/index.ts'
import { debianSources } from './apt/debian-sources.ts'
import { cratesRegistry } from './clients/crates.ts'
import { goProxy } from './clients/goproxy.ts'
import { mavenRepository } from './clients/maven.ts'
import { npmRegistry } from './clients/npm.ts'
import { pypiIndex } from './clients/pypi.ts'
import type { ClientServices } from './clients/registry-client.ts'
import type { GitMirror } from './git/git-places.ts'
import { type HostMemory, openHostMemory } from './host-memory.ts'
import type { Mirror } from './mirror.ts'

const MirrorSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('debian-sources'),
    suites: z
      .array(z.string().regex(/^[a-z][a-z-]*$/, 'a suite in lower-case letters, such as trixie-security'))
      .min(1),
  }),
  ...(['pypi', 'npm', 'maven', 'goproxy', 'crates'] as const).map((kind) =>
    z.strictObject({ kind: z.literal(kind) }),
  ),
  z.strictObject({
    kind: z.literal('git-mirror'),
    from: z
      .string()
      .regex(/^(?:https?|git|ssh):\/\/[^\s/]+\/\S*$/, 'the beginning of URLs, such as https://github.com/'),
    to: z.string().regex(/^(?!-)\S+$/, 'the beginning of other URLs, or a directory'),
  }),
  z.strictObject({ kind: z.literal('git-bundle'), directory: z.string().min(1) }),
])
/** One entry of `distro/mirrors.yaml`. */
export type MirrorSettings = z.infer<typeof MirrorSettings>

/** @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID */
export function parseMirrors(text: string, file: string): MirrorSettings[] {
  const Mirrors = z.strictObject({ mirrors: z.array(MirrorSettings) })
  return parseSettingsFile(Mirrors, text, file).mirrors
}

export interface MirrorServices extends ClientServices {
  readonly http: Http
  readonly clock: Clock
  readonly dataDirectory: string
}

/** The mirrors in the order of the settings. Nothing is asked of any program or host before the first source is. */
export function openMirrors(f: MirrorServices, settings: readonly MirrorSettings[]): Mirror[] {
  const hosts = openHostMemory(f.clock)
  return settings.flatMap((one) => openMirror({ ...f, hosts }, one) ?? [])
}

/** The mirrors of git repositories in the order of the settings. @param directory what relative directories begin at: that of the settings' file. */
export function gitMirrors(settings: readonly MirrorSettings[], directory: string): GitMirror[] {
  return settings.flatMap((one): GitMirror[] => {
    if (one.kind === 'git-bundle') return [{ ...one, directory: resolve(directory, one.directory) }]
    if (one.kind !== 'git-mirror') return []
    const isPlace = isAbsolute(one.to) || !one.to.includes(':')
    return [{ ...one, to: isPlace ? resolve(directory, one.to) : one.to }]
  })
}

/** Null for mirrors of repositories, which have no files to give. */
function openMirror(
  f: MirrorServices & { readonly hosts: HostMemory },
  settings: MirrorSettings,
): Mirror | null {
  switch (settings.kind) {
    case 'debian-sources':
      return debianSources(f, settings.suites)
    case 'pypi':
      return pypiIndex(f)
    case 'npm':
      return npmRegistry(f)
    case 'maven':
      return mavenRepository(f)
    case 'goproxy':
      return goProxy(f)
    case 'crates':
      return cratesRegistry(f)
    case 'git-mirror':
    case 'git-bundle':
      return null
  }
}
