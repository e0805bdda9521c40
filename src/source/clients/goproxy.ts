// SPDX-License-Identifier: Apache-2.0
import { extname, join } from 'node:path'
import { z } from 'zod'
import { type Command, redactText } from '../../base/index.ts'
import { absent, type Mirror } from '../mirror.ts'
import type { PackageFile } from '../source.ts'
import {
  type ClientServices,
  clientEnvironment,
  complaint,
  registryMirror,
  runClient,
} from './registry-client.ts'

/** Go modules from the proxies that the user's go is configured for: `goproxy:MODULE=VERSION/VERSION.zip`, or `.mod`, or `.info`. */
export function goProxy(f: ClientServices): Mirror {
  return registryMirror({
    kind: 'goproxy',
    name: /^[\w.~-]+(\/[\w.~-]+)*$/,
    version: /^v\d[\w.+-]*$/,
    fetch: async (wanted, { directory, signal }, place) => {
      const command = goCommand(wanted, directory, clientEnvironment(f, {}))
      const exited = await runClient(f, command, signal)
      const files = parseGoDownload(exited.stdout)
      if (files.error !== undefined) return absent(place, redactText(files.error))
      if (exited.code !== 0) return absent(place, complaint(exited))
      const path = files.byExtension.get(extname(wanted.file))
      return path === undefined || wanted.file !== `${wanted.version}${extname(wanted.file)}`
        ? absent(place, `a module version has the files ${wanted.version}.info, .mod and .zip`)
        : { status: 'found', path, place }
    },
  })
}

/** Only proxies are asked, never version control; and no checksum database, because whoever asks verifies. */
export function goCommand(
  { name, version }: PackageFile,
  directory: string,
  env: Readonly<Record<string, string>>,
): Command {
  return {
    program: 'go',
    args: ['mod', 'download', '-json', `${name}@${version}`],
    env: {
      ...env,
      GO111MODULE: 'on',
      GOFLAGS: '-modcacherw',
      GOMODCACHE: join(directory, 'modules'),
      GOSUMDB: 'off',
      GOTOOLCHAIN: 'local',
      GOVCS: '*:off',
      GOWORK: 'off',
    },
    cwd: directory,
  }
}

const GoDownload = z.object({
  Error: z.string().optional(),
  Info: z.string().optional(),
  GoMod: z.string().optional(),
  Zip: z.string().optional(),
})

/** What `go mod download -json` prints of one module. */
export function parseGoDownload(text: string): {
  readonly error: string | undefined
  readonly byExtension: ReadonlyMap<string, string>
} {
  const read = GoDownload.safeParse(parseJson(text))
  const { Error: error, Info, GoMod, Zip } = read.success ? read.data : {}
  const pairs = [
    ['.info', Info],
    ['.mod', GoMod],
    ['.zip', Zip],
  ] as const
  return {
    error,
    byExtension: new Map(
      pairs.flatMap(([extension, path]) => (path === undefined ? [] : [[extension, path]])),
    ),
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // The client's exit code and its last words tell what went wrong.
    return undefined
  }
}
