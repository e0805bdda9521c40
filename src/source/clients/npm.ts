// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from '../../base/index.ts'
import { absent, type Mirror } from '../mirror.ts'
import type { PackageFile } from '../source.ts'
import {
  type ClientServices,
  clientEnvironment,
  complaint,
  registryMirror,
  runClient,
} from './registry-client.ts'

/** npm's registry, or the one that the user's npm is configured for: `npm:NAME=VERSION/FILE`. A version has one file. */
export function npmRegistry(f: ClientServices): Mirror {
  return registryMirror({
    kind: 'npm',
    name: /^(@[\w.~-]+\/)?[\w.~-]+$/,
    version: /^\d[\w.+-]*$/,
    fetch: async (wanted, { directory, signal }, place) => {
      const exited = await runClient(f, npmCommand(wanted, directory, clientEnvironment(f, {})), signal)
      if (exited.code !== 0) return absent(place, complaint(exited))
      const file = (await readdir(directory)).find((name) => name.endsWith('.tgz'))
      return file === undefined
        ? absent(place, 'npm said that it has it, but gave no file')
        : { status: 'found', path: join(directory, file), place }
    },
  })
}

/** Leaves the registry's tarball, byte for byte, in the directory; nothing of the package is run. */
export function npmCommand(
  { name, version }: PackageFile,
  directory: string,
  env: Readonly<Record<string, string>>,
): Command {
  const flags = ['--ignore-scripts', '--loglevel=error', '--cache', join(directory, 'npm-cache')]
  return {
    program: 'npm',
    args: ['pack', ...flags, '--pack-destination', directory, '--', `${name}@${version}`],
    env,
    cwd: directory,
  }
}
