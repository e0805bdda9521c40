// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../base/index.ts'
import { type ImagePackage, versionsFirst } from '../../image/index.ts'
import type { Failure, ImageSummary, WorkState } from '../api.ts'
import type { FactsContext } from './context.ts'
import { newestImageAttempts, type TriedImage } from './image-attempts.ts'

/** An image, and how far it has come. */
export interface ImageStanding {
  readonly summary: ImageSummary
  /** Its packages, in the newest release. */
  readonly packages: readonly ImagePackage[]
  /** As its tags have it, else as it was last tried; '' where no package names it. */
  readonly version: string
  readonly failure: Failure | null
}

/** Every image that the distro defines or that was ever released, by name. */
export async function readImages(f: FactsContext): Promise<ImageSummary[]> {
  return (await surveyImages(f)).map(({ summary }) => summary)
}

export async function surveyImages(f: FactsContext): Promise<ImageStanding[]> {
  const [released, tried] = await Promise.all([readReleased(f), newestImageAttempts(f.database)])
  const described = new Map(f.images.map(({ name, description }) => [name, description]))
  const running = new Set(
    f.running().running.flatMap(({ kind, subject }) => (kind === 'image' ? [subject] : [])),
  )
  const names = [...new Set([...described.keys(), ...released.keys()])].sort()
  return names.map((name) =>
    standingOf(
      { name, description: described.get(name) ?? '' },
      released.get(name),
      tried.get(name) ?? {},
      running.has(name),
    ),
  )
}

function standingOf(
  { name, description }: { readonly name: string; readonly description: string },
  release: ReleasedImage | undefined,
  { newest, test }: TriedImage,
  isRunning: boolean,
): ImageStanding {
  const tags = release?.tags ?? []
  const version = tags.find((tag) => /^\d/.test(tag)) ?? newest?.version ?? ''
  const failed = newest?.outcome === 'failed' && !isRunning
  const state: WorkState = isRunning
    ? 'running'
    : failed
      ? 'failed'
      : release === undefined
        ? 'waiting'
        : 'done'
  const summary: ImageSummary = {
    ...{ name, description, state, tags },
    digest: release?.digest ?? null,
    sizeBytes: release?.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0) ?? 0,
    layers: release?.layers.length ?? 0,
    packages: release?.packages.length ?? 0,
    builtAt: release?.builtAt.toISOString() ?? null,
    tested: release?.tested ?? (release === undefined ? test?.outcome : undefined) ?? 'waiting',
  }
  const failure: Failure | null =
    failed && newest !== undefined
      ? {
          ...{ name, version: newest.version, purpose: 'image', buildKey: newest.key, step: null },
          why: newest.why ?? 'it failed, and no reason was noted',
          at: newest.endedAt.toISOString(),
        }
      : null
  return { summary, packages: release?.packages ?? [], version, failure }
}

interface ReleasedImage {
  /** Of the index that the tags name. */
  readonly digest: Digest
  readonly tags: readonly string[]
  readonly layers: readonly { readonly descriptor: { readonly size: number } }[]
  readonly packages: readonly ImagePackage[]
  readonly builtAt: Date
  readonly tested: 'passed' | 'failed' | undefined
}

/** The newest release of each image, as far as it has one for this architecture. */
async function readReleased({ database, arch }: FactsContext): Promise<Map<string, ReleasedImage>> {
  const [releases, tags] = await Promise.all([
    database
      .selectFrom('image_release')
      .distinctOn('name')
      .select(['name', 'id', 'digest', 'image_keys'])
      .orderBy('name')
      .orderBy('id', 'desc')
      .execute(),
    database
      .selectFrom('image_tag')
      .distinctOn(['name', 'tag'])
      .select(['tag', 'release'])
      .orderBy('name')
      .orderBy('tag')
      .orderBy('id', 'desc')
      .execute(),
  ])
  const keys = releases.flatMap(({ image_keys }) => image_keys)
  if (keys.length === 0) return new Map()
  const [images, tests] = await Promise.all([
    database
      .selectFrom('image')
      .select(['key', 'facts', 'built_at'])
      .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
      .where('arch', '=', arch)
      .execute(),
    database
      .selectFrom('image_attempt')
      .distinctOn('key')
      .select(['key', 'outcome'])
      .where('key', '=', ({ fn, val }) => fn('any', [val(keys)]))
      .where('purpose', '=', 'test')
      .orderBy('key')
      .orderBy('id', 'desc')
      .execute(),
  ])
  const imageOf = new Map(images.map((image) => [image.key, image]))
  const testOf = new Map(tests.map(({ key, outcome }) => [key, outcome]))
  const tagsOf = Map.groupBy(tags, ({ release }) => release)
  return new Map(
    releases.flatMap(({ name, id, digest, image_keys }) => {
      const image = image_keys.map((key) => imageOf.get(key)).find((one) => one !== undefined)
      if (image === undefined) return []
      const { layers, packages } = image.facts
      const release: ReleasedImage = {
        ...{ digest, layers, packages, builtAt: image.built_at, tested: testOf.get(image.key) },
        tags: (tagsOf.get(id) ?? []).map(({ tag }) => tag).sort(versionsFirst),
      }
      return [[name, release] as const]
    }),
  )
}
