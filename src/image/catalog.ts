// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'
import type { Database } from '../store/index.ts'
import { newestAttempts, newestTest, type StoredAttempt } from './attempts.ts'
import type { CaseResult } from './check/outcome.ts'
import type { ImageFacts, ImagePackage } from './image-facts.ts'
import { type BuiltImage, findImages } from './image-rows.ts'
import { currentTags } from './publish.ts'
import { type ImageDatabase, withImageTables } from './tables.ts'
import { versionsFirst } from './tags.ts'

export interface DocumentFacts {
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

/** What is known of a published image, for those who show it. Lists are sorted as they are to be shown. */
export interface ImageRecord {
  readonly name: string
  /** The plan's key of the image for the asked architecture. */
  readonly key: Digest
  /** That name the newest release, versions first. */
  readonly tags: readonly string[]
  /** Of the index that the tags name. */
  readonly digest: Digest
  readonly arch: string
  readonly sizeBytes: number
  readonly builtAt: Date
  readonly config: ImageFacts
  readonly filling: readonly {
    readonly digest: Digest
    readonly mediaType: string
    readonly sizeBytes: number
    readonly parts: readonly { readonly name: string; readonly installedBytes: number }[]
  }[]
  readonly contents: readonly ImagePackage[]
  readonly sbom: DocumentFacts | null
  readonly provenance: DocumentFacts | null
  readonly test: ImageTestRecord | null
  /** Earlier releases, newest first, with the tags that each had. */
  readonly history: readonly {
    readonly tags: readonly string[]
    readonly digest: Digest
    readonly builtAt: Date
  }[]
}

export interface ImageTestRecord {
  readonly outcome: 'passed' | 'failed'
  readonly at: Date
  readonly runtime: string
  readonly cases: readonly CaseResult[]
}

export interface ImageCatalog {
  /** The newest release of an image; undefined when it never had one for the architecture. */
  record(name: string, arch: string): Promise<ImageRecord | undefined>
  /** The newest attempts to make or test an image, published or not, newest first. */
  attempts(name: string, limit?: number): Promise<readonly StoredAttempt[]>
}

export function openImageCatalog(f: { readonly database: Database }): ImageCatalog {
  const database = withImageTables(f.database)
  return {
    record: (name, arch) => recordOf(database, name, arch),
    attempts: (name, limit = 20) => newestAttempts(database, name, limit),
  }
}

async function recordOf(
  database: ImageDatabase,
  name: string,
  arch: string,
): Promise<ImageRecord | undefined> {
  const releases = await database
    .selectFrom('image_release')
    .selectAll()
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(HISTORY)
    .execute()
  const [newest, ...earlier] = releases
  if (newest === undefined) return undefined
  const image = (await findImages(database, newest.image_keys)).find((one) => one.arch === arch)
  if (image === undefined) return undefined
  const document = await documentsOf(database, newest, image.key)
  const tagsOf = await tagsByRelease(database, name)
  const current = (await currentTags(database, name)).filter(({ release }) => release === newest.id)
  return {
    ...{
      name,
      arch,
      key: image.key,
      digest: newest.digest,
      sizeBytes: image.sizeBytes,
      builtAt: image.builtAt,
    },
    tags: current.map(({ tag }) => tag).sort(versionsFirst),
    config: image.facts,
    filling: fillingOf(image),
    contents: image.packages,
    sbom: document('sbom'),
    provenance: document('provenance'),
    test: testOf(await newestTest(database, image.key)),
    history: earlier.map(({ id, digest, released_at }) => ({
      tags: (tagsOf.get(id) ?? []).sort(versionsFirst),
      digest,
      builtAt: released_at,
    })),
  }
}

const HISTORY = 50

function fillingOf({ layers }: BuiltImage): ImageRecord['filling'] {
  return layers.map(({ descriptor, filling }) => ({
    digest: descriptor.digest,
    mediaType: descriptor.mediaType,
    sizeBytes: descriptor.size,
    parts: filling,
  }))
}

async function documentsOf(
  database: ImageDatabase,
  { name, digest }: { readonly name: string; readonly digest: Digest },
  key: Digest,
) {
  const rows = await database
    .selectFrom('image_document as document')
    .innerJoin('image_release as release', 'release.id', 'document.release')
    .selectAll('document')
    .where('release.name', '=', name)
    .where('release.digest', '=', digest)
    .where('document.key', '=', key)
    .execute()
  return (kind: 'sbom' | 'provenance'): DocumentFacts | null => {
    const row = rows.find((one) => one.kind === kind)
    if (row === undefined) return null
    return { digest: row.digest, mediaType: row.media_type, sizeBytes: row.size_bytes }
  }
}

/** Every tag that a release ever had. */
async function tagsByRelease(database: ImageDatabase, name: string): Promise<Map<number, string[]>> {
  const rows = await database
    .selectFrom('image_tag')
    .select(['release', 'tag'])
    .distinct()
    .where('name', '=', name)
    .execute()
  const tags = new Map<number, string[]>()
  for (const { release, tag } of rows) tags.set(release, [...(tags.get(release) ?? []), tag])
  return tags
}

function testOf(attempt: StoredAttempt | undefined): ImageTestRecord | null {
  if (attempt === undefined || attempt.report.test === null) return null
  const { runtime, cases } = attempt.report.test
  return { outcome: attempt.outcome, at: attempt.startedAt, runtime, cases }
}
