// SPDX-License-Identifier: Apache-2.0
import { parse } from 'yaml'
import { z } from 'zod'
import { type Clock, type Exec, type Http, MillraceError } from '../base/index.ts'
import { debianSources } from './apt/debian-sources.ts'
import type { Mirror } from './mirror.ts'

const MirrorSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('debian-sources'),
    suites: z.array(z.string().regex(/^[a-z][a-z-]*$/)).min(1),
  }),
])
/** One entry of `distro/mirrors.yaml`. */
export type MirrorSettings = z.infer<typeof MirrorSettings>

/** @param file what the text was read from, for messages. @throws MillraceError SETTINGS_INVALID */
export function parseMirrors(text: string, file: string): MirrorSettings[] {
  const Mirrors = z.strictObject({ mirrors: z.array(MirrorSettings) })
  try {
    return Mirrors.parse(parse(text)).mirrors
  } catch (cause) {
    throw new MillraceError('SETTINGS_INVALID', {
      what: `reading ${file}`,
      why:
        cause instanceof z.ZodError
          ? z.prettifyError(cause)
          : cause instanceof Error
            ? cause.message
            : String(cause),
      fix: 'give a list mirrors: of entries with a kind: debian-sources (with suites:)',
      at: { file },
      cause,
    })
  }
}

export interface MirrorServices {
  readonly exec: Exec
  readonly http: Http
  readonly clock: Clock
  readonly proxies: Readonly<Record<string, string>>
  readonly dataDirectory: string
}

/** The mirrors in the order of the settings. Nothing is asked of any program or host before the first source is. */
export function openMirrors(f: MirrorServices, settings: readonly MirrorSettings[]): Mirror[] {
  return settings.map((one) => debianSources(f, one.suites))
}
