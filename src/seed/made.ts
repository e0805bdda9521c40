// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Digest, isSystemError, writeFileAtomic } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { SeedPackage } from './convert.ts'

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

/** Notes what was made. What this seed does not want another may: a package is forgotten when the store no longer has it. */
export async function writeMade(dataDirectory: string, made: Made): Promise<void> {
  await mkdir(dirname(pathOf(dataDirectory)), { recursive: true })
  await writeFileAtomic(pathOf(dataDirectory), JSON.stringify([...made]))
}

/** Forgets what the store no longer has. */
export async function dropMissing(made: Made, store: BlobStore): Promise<void> {
  await Promise.all(
    [...made].map(async ([key, { file }]) => {
      if (!(await store.has(file))) made.delete(key)
    }),
  )
}
