// SPDX-License-Identifier: Apache-2.0
import { type Digest, isDigest } from '../../base/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { StoredDocument } from '../api.ts'
import type { StoredText } from '../catalog.ts'
import type { FactsContext } from './context.ts'
import type { FactsDatabase } from './database.ts'

/** The bytes of a document that some package or image names: no other blob is given out. */
export async function readDocument(
  { database, store }: FactsContext,
  digest: string,
): Promise<StoredText | null> {
  if (!isDigest(digest)) return null
  const named = await database
    .selectFrom('document')
    .select('media_type')
    .where('digest', '=', digest)
    .union(database.selectFrom('image_document').select('media_type').where('digest', '=', digest))
    .orderBy('media_type')
    .limit(1)
    .executeTakeFirst()
  return named === undefined ? null : storedText(store, digest, named.media_type)
}

/** Null when the store does not have it. */
export async function storedText(
  store: BlobStore,
  digest: Digest,
  mediaType: string,
): Promise<StoredText | null> {
  const stored = await store.stat(digest)
  return stored === undefined ? null : { mediaType, sizeBytes: stored.sizeBytes, body: store.read(digest) }
}

export type PackageDocuments = Readonly<Partial<Record<'sbom' | 'provenance', StoredDocument>>>

/** What is said of packages, by the digest of the .apk. */
export async function documentsOf(
  database: FactsDatabase,
  files: readonly Digest[],
): Promise<ReadonlyMap<Digest, PackageDocuments>> {
  const found = new Map<Digest, PackageDocuments>()
  if (files.length === 0) return found
  const rows = await database
    .selectFrom('document')
    .selectAll()
    .where('subject', '=', ({ fn, val }) => fn('any', [val(files)]))
    .execute()
  for (const { subject, kind, digest, media_type, size_bytes } of rows) {
    const document: StoredDocument = { digest, mediaType: media_type, sizeBytes: Number(size_bytes) }
    found.set(subject, { ...found.get(subject), [kind]: document })
  }
  return found
}
