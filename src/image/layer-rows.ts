// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from 'kysely'
import type { Digest } from '../base/index.ts'
import { type LayerDigests, type LayerPart, sizeOfParts } from '../oci/index.ts'
import type { ImageDatabase, ImageTables, StoredPart } from './tables.ts'

export interface StoredLayer extends LayerDigests {
  readonly parts: readonly LayerPart[]
}

/** Layers by what fills them; those that were never made are left out. */
export async function knownLayers(
  database: ImageDatabase,
  keys: readonly Digest[],
): Promise<Map<Digest, StoredLayer>> {
  const rows = await database
    .selectFrom('image_layer')
    .selectAll()
    .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .execute()
  return new Map(rows.map((row) => [row.key, layerOf(row)]))
}

/** A layer by its digest, which the registry knows it by. */
export async function findLayer(database: ImageDatabase, digest: Digest): Promise<StoredLayer | undefined> {
  const row = await database
    .selectFrom('image_layer')
    .selectAll()
    .where('digest', '=', digest)
    .orderBy('key')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : layerOf(row)
}

export async function rememberLayer(
  database: ImageDatabase,
  key: Digest,
  { digest, diffId, parts }: StoredLayer,
): Promise<void> {
  const stored = parts.map(
    (part): StoredPart => ('bytes' in part ? { base64: Buffer.from(part.bytes).toString('base64') } : part),
  )
  await database
    .insertInto('image_layer')
    .values({ key, digest, diff_id: diffId, size_bytes: sizeOfParts(parts), parts: JSON.stringify(stored) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

function layerOf(row: Selectable<ImageTables['image_layer']>): StoredLayer {
  return {
    digest: row.digest,
    diffId: row.diff_id,
    sizeBytes: row.size_bytes,
    parts: row.parts.map((part) => ('base64' in part ? { bytes: Buffer.from(part.base64, 'base64') } : part)),
  }
}
