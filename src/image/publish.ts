// SPDX-License-Identifier: Apache-2.0
import { type Clock, type Digest, digestOf, type Emit, present } from '../base/index.ts'
import {
  type Annotations,
  type Descriptor,
  EMPTY_JSON,
  OCI_EMPTY,
  writeDocument,
  writeIndex,
} from '../oci/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { ImageDocument } from './documents.ts'
import type { BuiltImage } from './image-rows.ts'
import { platformOf } from './platform.ts'
import type { ImageDatabase } from './tables.ts'

/** An index over images of one name, for each architecture one. It is stored, and nobody is told of it. */
export async function makeIndex(
  f: { readonly blobs: BlobStore },
  images: readonly BuiltImage[],
): Promise<Descriptor> {
  const { bytes, descriptor } = writeIndex({
    manifests: images
      .toSorted((a, b) => (a.arch < b.arch ? -1 : 1))
      .map(({ manifest, arch }) => ({ ...manifest, platform: platformOf(arch) })),
  })
  await f.blobs.putBytes(bytes)
  return descriptor
}

/** What a release says of each of its images, in place of what was said of them before; nothing: that stands. */
export type ReleaseDocuments = ReadonlyMap<BuiltImage, readonly ImageDocument[]>

/**
 * Offers images under a name and its tags, with what is said of them. Readers see all of it or nothing. What was offered before stays, by digest.
 *
 * @returns false when everything was so already.
 */
export async function publishImages(
  f: { readonly database: ImageDatabase; readonly clock: Clock; readonly emit: Emit },
  name: string,
  index: Descriptor,
  documents: ReleaseDocuments,
  tags: readonly string[],
): Promise<boolean> {
  const images = [...documents.keys()]
  const at = new Date(f.clock.now())
  const changed = await f.database.transaction().execute(async (database) => {
    await serveManifests(database, name, at, [
      { descriptor: index, subject: null, annotations: {} },
      ...images.map(({ manifest }) => ({ descriptor: manifest, subject: null, annotations: {} })),
    ])
    await serveBlobs(
      database,
      name,
      images.flatMap(({ config, layers }) => [config, ...layers.map(({ descriptor }) => descriptor)]),
    )
    const release = await ensureRelease(database, name, index.digest, images, at)
    for (const [image, about] of documents)
      if (about.length > 0) await withdrawDocuments(database, image, index)
    for (const [image, about] of documents)
      await serveDocuments(database, name, release, at, image, index, about)
    return setTags(database, name, release, tags, at)
  })
  if (changed) f.emit({ type: 'image.published', image: name, digest: index.digest, tags })
  return changed
}

interface Served {
  readonly descriptor: Descriptor
  readonly subject: Digest | null
  readonly annotations: Annotations
}

async function serveManifests(
  database: ImageDatabase,
  name: string,
  at: Date,
  manifests: readonly Served[],
): Promise<void> {
  await database
    .insertInto('image_manifest')
    .values(
      manifests.map(({ descriptor, subject, annotations }) => ({
        name,
        digest: descriptor.digest,
        media_type: descriptor.mediaType,
        size_bytes: descriptor.size,
        subject,
        artifact_type: descriptor.artifactType ?? null,
        annotations: JSON.stringify(annotations),
        served_at: at,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

async function serveBlobs(
  database: ImageDatabase,
  name: string,
  blobs: readonly Descriptor[],
): Promise<void> {
  await database
    .insertInto('image_blob')
    .values(
      blobs.map(({ digest, mediaType, size }) => ({
        name,
        digest,
        media_type: mediaType,
        size_bytes: size,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** A release is new when its index is not that of the newest one. */
async function ensureRelease(
  database: ImageDatabase,
  name: string,
  digest: Digest,
  images: readonly BuiltImage[],
  at: Date,
): Promise<number> {
  const newest = await database
    .selectFrom('image_release')
    .select(['id', 'digest'])
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (newest?.digest === digest) return newest.id
  const keys = images.map(({ key }) => key)
  const { id } = await database
    .insertInto('image_release')
    .values({ name, digest, image_keys: JSON.stringify(keys), released_at: at })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** All blobs by which something is said of an image and of the index that leads to it. */
export async function saidOf(
  database: ImageDatabase,
  { name, key, manifest }: BuiltImage,
  index: Descriptor,
): Promise<Digest[]> {
  const documents = await database
    .selectFrom('image_document as document')
    .innerJoin('image_release as release', 'release.id', 'document.release')
    .select('document.digest')
    .where('document.key', '=', key)
    .where('release.name', '=', name)
    .where('release.digest', '=', index.digest)
    .execute()
  const manifests = await database
    .selectFrom('image_manifest')
    .select('digest')
    .where('name', '=', name)
    .where('subject', 'in', [manifest.digest, index.digest])
    .execute()
  const empty = documents.length === 0 ? [] : [digestOf(EMPTY_JSON)]
  return [...[...documents, ...manifests].map(({ digest }) => digest), ...empty]
}

/** What was damaged cannot be made again to the same bytes, because it is signed: others must not be led to it. */
async function withdrawDocuments(
  database: ImageDatabase,
  { name, key, manifest }: BuiltImage,
  index: Descriptor,
): Promise<void> {
  await database
    .deleteFrom('image_manifest')
    .where('name', '=', name)
    .where('subject', 'in', [manifest.digest, index.digest])
    .execute()
  const releases = database
    .selectFrom('image_release')
    .select('id')
    .where('name', '=', name)
    .where('digest', '=', index.digest)
  await database
    .deleteFrom('image_document')
    .where('key', '=', key)
    .where('release', 'in', releases)
    .execute()
}

async function serveDocuments(
  database: ImageDatabase,
  name: string,
  release: number,
  at: Date,
  { key, manifest }: BuiltImage,
  index: Descriptor,
  documents: readonly ImageDocument[],
): Promise<void> {
  if (documents.length === 0) return
  const subjects = [manifest.digest, index.digest]
  await serveManifests(
    database,
    name,
    at,
    documents.flatMap((document) =>
      document.manifests.map(({ descriptor }, place) => ({
        descriptor,
        subject: present(subjects[place], 'a document has a manifest for each subject'),
        annotations: descriptor.annotations ?? {},
      })),
    ),
  )
  const { descriptor: empty } = writeDocument(JSON.parse(EMPTY_JSON) as object, OCI_EMPTY)
  await serveBlobs(database, name, [empty, ...documents.map(({ descriptor }) => descriptor)])
  await database
    .insertInto('image_document')
    .values(
      documents.map(({ kind, descriptor }) => ({
        ...{ release, key, kind, digest: descriptor.digest },
        media_type: descriptor.mediaType,
        size_bytes: descriptor.size,
      })),
    )
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** @returns whether a tag names something else now than before. */
async function setTags(
  database: ImageDatabase,
  name: string,
  release: number,
  tags: readonly string[],
  at: Date,
): Promise<boolean> {
  const now = new Map((await currentTags(database, name)).map((row) => [row.tag, row.release]))
  const changed = [...new Set(tags)].sort().filter((tag) => now.get(tag) !== release)
  if (changed.length === 0) return false
  await database
    .insertInto('image_tag')
    .values(changed.map((tag) => ({ name, tag, release, tagged_at: at })))
    .execute()
  return true
}

/** The release that each tag names now. */
export async function currentTags(database: ImageDatabase, name: string) {
  return database
    .selectFrom('image_tag')
    .select(['tag', 'release'])
    .distinctOn('tag')
    .where('name', '=', name)
    .orderBy('tag')
    .orderBy('id', 'desc')
    .execute()
}
