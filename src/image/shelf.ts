// SPDX-License-Identifier: Apache-2.0
import { type Digest, isDigest } from '../base/index.ts'
import type { Annotations } from '../oci/index.ts'
import type { BlobStore, Database } from '../store/index.ts'
import { openLayerBlobs } from './layer-blobs.ts'
import { currentTags } from './publish.ts'
import { withImageTables } from './tables.ts'

export interface ShelfManifest {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface ShelfReferrer extends ShelfManifest {
  readonly artifactType?: string
  readonly annotations?: Annotations
}

/** What the registry serves: which names and tags there are, and which bytes belong to a name. */
export interface ImageShelf {
  names(): Promise<readonly string[]>
  /** Undefined when nothing was ever published under the name. */
  tags(name: string): Promise<readonly string[] | undefined>
  /** @param reference a tag, or a digest. */
  resolve(name: string, reference: string): Promise<ShelfManifest | undefined>
  /** A layer, a configuration or a document that a manifest of this name refers to. */
  hasBlob(
    name: string,
    digest: Digest,
  ): Promise<{ readonly sizeBytes: number; readonly mediaType: string } | undefined>
  /** Manifests that say something about another one, oldest first. */
  referrers(name: string, digest: Digest): Promise<readonly ShelfReferrer[]>
  /** Reads everything the shelf names; layers are put together while they are read. */
  readonly blobs: Pick<BlobStore, 'has' | 'stat' | 'read' | 'verify'>
}

export function openImageShelf(f: { readonly database: Database; readonly blobs: BlobStore }): ImageShelf {
  const database = withImageTables(f.database)
  return {
    blobs: openLayerBlobs({ database, blobs: f.blobs }),
    names: async () => {
      const rows = await database
        .selectFrom('image_release')
        .select('name')
        .distinct()
        .orderBy('name')
        .execute()
      return rows.map(({ name }) => name)
    },
    tags: async (name) => {
      const tags = (await currentTags(database, name)).map(({ tag }) => tag)
      if (tags.length > 0) return tags
      const known = database.selectFrom('image_release').select('id').where('name', '=', name).limit(1)
      return (await known.executeTakeFirst()) === undefined ? undefined : []
    },
    resolve: async (name, reference) => {
      const digest = isDigest(reference) ? reference : await digestOfTag(database, name, reference)
      if (digest === undefined) return undefined
      const row = await database
        .selectFrom('image_manifest')
        .select(['digest', 'media_type', 'size_bytes'])
        .where('name', '=', name)
        .where('digest', '=', digest)
        .executeTakeFirst()
      return row && { digest: row.digest, mediaType: row.media_type, sizeBytes: row.size_bytes }
    },
    hasBlob: async (name, digest) => {
      const row = await database
        .selectFrom('image_blob')
        .select(['media_type', 'size_bytes'])
        .where('name', '=', name)
        .where('digest', '=', digest)
        .executeTakeFirst()
      return row && { mediaType: row.media_type, sizeBytes: row.size_bytes }
    },
    referrers: async (name, digest) => {
      const rows = await database
        .selectFrom('image_manifest')
        .selectAll()
        .where('name', '=', name)
        .where('subject', '=', digest)
        .orderBy('served_at')
        .orderBy('digest')
        .execute()
      return rows.map((row) => ({
        digest: row.digest,
        mediaType: row.media_type,
        sizeBytes: row.size_bytes,
        ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
        annotations: row.annotations,
      }))
    },
  }
}

async function digestOfTag(
  database: ReturnType<typeof withImageTables>,
  name: string,
  tag: string,
): Promise<Digest | undefined> {
  const row = await database
    .selectFrom('image_tag as tag')
    .innerJoin('image_release as release', 'release.id', 'tag.release')
    .select('release.digest')
    .where('tag.name', '=', name)
    .where('tag.tag', '=', tag)
    .orderBy('tag.id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.digest
}
