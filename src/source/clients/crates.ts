// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Command, exists } from '../../base/index.ts'
import { absent, type Mirror } from '../mirror.ts'
import type { PackageFile } from '../source.ts'
import {
  type ClientServices,
  clientEnvironment,
  complaint,
  registryMirror,
  runClient,
} from './registry-client.ts'

/** Crates from the registry that the user's cargo is configured for: `crates:NAME=VERSION/NAME-VERSION.crate`. */
export function cratesRegistry(f: ClientServices): Mirror {
  return registryMirror({
    kind: 'crates',
    name: /^[A-Za-z][\w-]*$/,
    version: /^\d+\.\d+\.\d+[\w.+-]*$/,
    fetch: async (wanted, { directory, signal }, place) => {
      const env = clientEnvironment(f, {})
      const settings = await presentPath(
        join(env['CARGO_HOME'] ?? join(env['HOME'] ?? '/', '.cargo'), 'config.toml'),
      )
      const exited = await runClient(f, cargoCommand(wanted, directory, settings, env), signal)
      if (exited.code !== 0) return absent(place, complaint(exited))
      const caches = join(directory, 'cargo', 'registry', 'cache')
      for (const registry of await readdir(caches)) {
        const path = await presentPath(join(caches, registry, wanted.file))
        if (path !== undefined) return { status: 'found', path, place }
      }
      return absent(place, `it has no file ${wanted.file}`)
    },
  })
}

/**
 * Cargo 1.82 or later: `cargo info` downloads one crate, and none that it depends on. A home of its own keeps the user's caches as they are; the user's settings are named.
 *
 * @param settings the user's `config.toml`, when there is one.
 */
export function cargoCommand(
  { name, version }: PackageFile,
  directory: string,
  settings: string | undefined,
  env: Readonly<Record<string, string>>,
): Command {
  return {
    program: 'cargo',
    args: [
      ...(settings === undefined ? [] : ['--config', settings]),
      'info',
      '--quiet',
      `${name}@${version}`,
    ],
    env: { ...env, CARGO_HOME: join(directory, 'cargo') },
    cwd: directory,
  }
}

async function presentPath(path: string): Promise<string | undefined> {
  return (await exists(path)) ? path : undefined
}
