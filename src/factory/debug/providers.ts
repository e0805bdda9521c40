// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, digestHex, isSystemError } from '../../base/index.ts'
import type { Wanted } from '../../build/index.ts'
import type { AvailableApk } from '../../plan/index.ts'

/**
 * Names of packages that have what a program missed, the likeliest first, at most five. Commands, libraries and pkg-config modules are looked up among what packages provide; headers in the
 * packages' trees, as far as they are unpacked here; modules of languages by the names that their packages have.
 *
 * @param pool what environments may be made of, what was built here before the seed
 * @param treesDirectory where trees are unpacked
 */
export async function providersOf(
  wanted: Wanted,
  pool: readonly AvailableApk[],
  treesDirectory: string,
): Promise<string[]> {
  const found =
    wanted.kind === 'header'
      ? await withHeader(wanted.name, pool, treesDirectory)
      : [...pool.filter((apk) => provides(apk, wanted)), ...developmentOf(wanted, pool)]
  return [...new Set(found.map(({ record }) => record.name))].slice(0, MAX_NAMES)
}

const MAX_NAMES = 5

/** Names that a package which has what a program missed is likely to have, as distributions call them: they are looked for where nothing is known to have it. */
export function likelyNames({ kind, name }: Wanted): string[] {
  const bare = name.toLowerCase()
  const stem = bare.replace(/^.*\//, '').replace(/\.[a-z+]+$/, '')
  const library = (one: string) => [`${one}-dev`, `lib${one}-dev`, `${one.replace(/^lib/, '')}-dev`]
  switch (kind) {
    case 'cmd':
      return [stem]
    case 'so':
      return [bare.replace(/\.so.*$/, ''), bare.replace(/^lib/, '').replace(/\.so.*$/, '')]
    case 'header':
      return [...library(stem), ...library(bare.replace(/\/.*$/, ''))]
    case 'python':
      return [`py3-${bare.replace(/\..*$/, '').replaceAll('_', '-')}`]
    case 'perl':
      return [`perl-${bare.replaceAll('/', '-')}`]
    case 'ruby':
      return [`ruby-${stem}`]
    default:
      return library(bare.replace(/\s*[<>=].*$/, ''))
  }
}

function provides({ record }: AvailableApk, { kind, name }: Wanted): boolean {
  const names = record.provides.map((text) => text.replace(/[=<>~].*$/, ''))
  const lower = name.toLowerCase()
  switch (kind) {
    case 'cmd':
      return names.includes(`cmd:${name.replace(/^.*\//, '')}`)
    case 'so':
      return names.includes(`so:${name}`)
    case 'pc':
      return names.includes(`pc:${name.replace(/\s*[<>=].*$/, '')}`)
    case 'cmake':
      return names.some((one) => one === `pc:${lower}` || one === `pc:lib${lower}`)
    case 'python':
      return new RegExp(
        `^py3(?:\\.\\d+)?-${escaped(lower.split('.')[0] ?? '').replaceAll('_', '[-_]')}$`,
      ).test(record.name)
    case 'perl':
      return record.name === `perl-${lower.replaceAll('/', '-')}`
    case 'ruby':
      return new RegExp(`^ruby(?:\\d*\\.\\d+)?-${escaped(lower.replace(/\/.*$/, ''))}$`).test(record.name)
    default:
      return false
  }
}

/** A library is linked by the package with its headers, which is of the same origin as the one that has it: `zlib-dev` beside `zlib`. */
function developmentOf({ kind, name }: Wanted, pool: readonly AvailableApk[]): AvailableApk[] {
  if (kind !== 'lib') return []
  const soname = new RegExp(`^so:lib${escaped(name)}\\.so(?:\\.|$|=)`)
  const origins = new Set(
    pool
      .filter(({ record }) => record.provides.some((one) => soname.test(one)))
      .map(({ record }) => record.origin),
  )
  return pool.filter(
    ({ record }) =>
      (origins.has(record.origin) && record.name.endsWith('-dev')) ||
      record.provides.some((one) => one.startsWith(`pc:${name}=`) || one.startsWith(`pc:lib${name}=`)),
  )
}

async function withHeader(
  header: string,
  pool: readonly AvailableApk[],
  treesDirectory: string,
): Promise<AvailableApk[]> {
  const found: AvailableApk[] = []
  for (const apk of pool)
    if (await hasHeader(join(treesDirectory, treeName(apk.datahash)), header)) found.push(apk)
  return found
}

const treeName = (datahash: Digest) => digestHex(datahash)

/** Directly where a compiler looks, or in a directory there that a pkg-config module would add. */
async function hasHeader(tree: string, header: string): Promise<boolean> {
  const parts = header.split('/')
  if (parts.some((part) => part === '' || part === '..')) return false
  const [name = '', ...before] = [parts.at(-1), ...parts.slice(0, -1)]
  const include = join(tree, 'usr/include')
  const own = await namesIn(join(include, ...before))
  if (own.includes(name)) return true
  for (const directory of await namesIn(include))
    if ((await namesIn(join(include, directory, ...before))).includes(name)) return true
  return false
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  }
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
