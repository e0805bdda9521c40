// SPDX-License-Identifier: Apache-2.0
import { lstat, readdir } from 'node:fs/promises'
import type { ApkContent } from '../apk/index.ts'
import { isMillraceError, MillraceError } from '../base/index.ts'
import { OUTPUT, WORKSPACE } from '../recipe/index.ts'
import { type OddEntry, type Sandbox, type TreeEntry, walkTree } from '../sandbox/index.ts'
import type { ScanEntry } from './scan/tree.ts'
import type { Variation } from './variation.ts'

/** What a build made for a package, as packing and scanning read it. */
export type OutputEntry = ApkContent & ScanEntry

/** Where steps put what belongs to a package. */
export function outputPlace(name: string, { workspace }: Pick<Variation, 'workspace'>): string {
  return `${OUTPUT.replace(WORKSPACE, workspace)}/${name}`
}

/**
 * Lists what a build made for a package. None at all is an empty package.
 *
 * @param sandbox at rest
 * @throws MillraceError OUTPUT_HOSTILE for what no package can hold
 */
export async function readOutput(
  sandbox: Pick<Sandbox, 'collect'>,
  name: string,
  variation: Variation,
): Promise<OutputEntry[]> {
  const root = await findOutput(sandbox, outputPlace(name, variation))
  if (root === null) return []
  const status = await lstat(root)
  if (!status.isDirectory()) throw hostile(name, 'its output is no directory', 'make it a directory')
  const entries: TreeEntry[] = []
  for await (const entry of walkTree(root)) {
    if (entry.type === 'odd') throw oddOutput(name, entry)
    entries.push(entry)
  }
  return withLinkedBodies(entries)
}

/**
 * Names beside the packages' directories, which no package gets: most often a slip in a recipe.
 *
 * @throws MillraceError OUTPUT_HOSTILE
 */
export async function strayOutputs(
  sandbox: Pick<Sandbox, 'collect'>,
  names: readonly string[],
  variation: Variation,
): Promise<string[]> {
  const root = await findOutput(sandbox, outputPlace('', variation).slice(0, -1))
  if (root === null || !(await lstat(root)).isDirectory()) return []
  return (await readdir(root)).filter((name) => !names.includes(name)).sort()
}

async function findOutput(sandbox: Pick<Sandbox, 'collect'>, place: string): Promise<string | null> {
  try {
    return await sandbox.collect(place)
  } catch (error) {
    if (isMillraceError(error, 'NOT_FOUND')) return null
    throw error
  }
}

/** A hard link reads as the file whose further name it is. */
function withLinkedBodies(entries: readonly TreeEntry[]): OutputEntry[] {
  const files = new Map(entries.map((entry) => [entry.path, entry]))
  return entries.map((entry) => {
    const first = entry.type === 'hardlink' ? files.get(entry.linkTarget) : undefined
    if (first === undefined) return entry
    return { ...entry, sizeBytes: first.sizeBytes, open: first.open, read: first.read }
  })
}

function oddOutput(name: string, { path, why }: OddEntry): MillraceError {
  return hostile(name, `${path} cannot be in a package: ${why}`, `let the recipe remove or change ${path}`)
}

function hostile(name: string, why: string, fix: string): MillraceError {
  return new MillraceError('OUTPUT_HOSTILE', { what: `reading what the build made for ${name}`, why, fix })
}
