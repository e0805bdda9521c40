// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Digest, isSystemError, writeFileAtomic } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { SeedPackage } from './convert.ts'
import type { Work } from './work.ts'

/** Packages that were made, by the key of the work that made them. */
export type Made = Map<Digest, SeedPackage>

const pathOf = (dataDirectory: string) => join(dataDirectory, 'seed', 'made.json')

/** What this data directory made before; empty when nothing, or when the note of it is damaged: it is only a note. */
export async function readMade(dataDirectory: string): Promise<Made> {
  try {
    return new Map(JSON.parse(await readFile(pathOf(dataDirectory), 'utf8')) as [Digest, SeedPackage][])
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return new Map()
    throw error
  }
}

/** Notes what a piece of work each made; work that is no longer wanted is forgotten. */
export async function writeMade(dataDirectory: string, work: readonly Work[], made: Made): Promise<void> {
  const pairs = work.flatMap(({ key }) => {
    const one = made.get(key)
    return one === undefined ? [] : [[key, one]]
  })
  await mkdir(dirname(pathOf(dataDirectory)), { recursive: true })
  await writeFileAtomic(pathOf(dataDirectory), JSON.stringify(pairs))
}

/** Forgets what the store no longer has. */
export async function dropMissing(made: Made, store: BlobStore): Promise<void> {
  await Promise.all(
    [...made].map(async ([key, { file }]) => {
      if (!(await store.has(file))) made.delete(key)
    }),
  )
}
