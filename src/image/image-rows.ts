// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'
import type { ImageFactsRow } from './image-facts.ts'
import type { ImageDatabase } from './tables.ts'

/** An image of one architecture that was built. */
export interface BuiltImage extends ImageFactsRow {
  /** The plan's. */
  readonly key: Digest
  readonly name: string
  readonly arch: string
  /** Of its manifest: its identity. */
  readonly digest: Digest
  /** Everything a client that has nothing must fetch. */
  readonly sizeBytes: number
  readonly builtAt: Date
}

export async function findImages(database: ImageDatabase, keys: readonly Digest[]): Promise<BuiltImage[]> {
  const rows = await database
    .selectFrom('image')
    .selectAll()
    .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .orderBy('arch')
    .execute()
  return rows.map(({ key, name, arch, digest, size_bytes, facts, built_at }) => ({
    ...facts,
    ...{ key, name, arch, digest, sizeBytes: size_bytes, builtAt: built_at },
  }))
}

export async function addImage(database: ImageDatabase, image: BuiltImage): Promise<void> {
  const { key, name, arch, digest, sizeBytes, builtAt, ...facts } = image
  await database
    .insertInto('image')
    .values({
      ...{ key, name, arch, digest },
      size_bytes: sizeBytes,
      config_digest: facts.config.digest,
      facts: JSON.stringify(facts),
      built_at: builtAt,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
