// SPDX-License-Identifier: Apache-2.0
import { type Digest, isMillraceError } from '../base/index.ts'
import type { Descriptor } from '../oci/index.ts'
import type { ApkRepository } from '../repository/index.ts'
import { addAttempt, newestAttempts, newestTest } from './attempts.ts'
import { type BuildServices, buildImage, hasAll } from './build.ts'
import type { CaseResult } from './check/outcome.ts'
import { type TestServices, testImage } from './check/test-image.ts'
import { type Attestor, type ImageDocument, makeDocuments } from './documents.ts'
import type { BuiltImage } from './image-rows.ts'
import { openLayerBlobs } from './layer-blobs.ts'
import { type ImageKey, type ImagePlan, planImage } from './plan.ts'
import { makeIndex, publishImages, saidOf } from './publish.ts'
import type { ImageDefinition } from './read-definition.ts'
import { withImageTables } from './tables.ts'
import { tagsOf, versionOf } from './tags.ts'

export interface ImageServices extends BuildServices, Omit<TestServices, 'blobs'> {
  readonly repository: Pick<ApkRepository, 'packages' | 'layouts'>
  /** The public keys that an image's apk will trust. */
  readonly keys: readonly ImageKey[]
  readonly attestor: Attestor
}

export type ImageOutcome =
  | {
      /** `current`: it was so already. */
      readonly status: 'published' | 'current'
      readonly image: BuiltImage
      readonly index: Descriptor
      readonly tags: readonly string[]
    }
  | {
      readonly status: 'stopped'
      readonly at: 'test'
      readonly image: BuiltImage
      readonly why: string
      readonly cases: readonly CaseResult[]
    }

/**
 * One image, from its definition to what can be pulled. Every step is done once: a plan that was carried out, tested by this very sheet and published before is told as it is.
 *
 * @param arch in apk's words: what this machine runs, because an image is not published untested.
 * @throws MillraceError for what keeps the image from being made: it is noted as a failed attempt; CANCELLED
 */
export async function releaseImage(
  f: ImageServices,
  definition: ImageDefinition,
  arch: string,
  signal: AbortSignal,
): Promise<ImageOutcome> {
  const startedOn = new Date(f.clock.now())
  const { plan, image } = await planAndBuild(f, definition, arch, startedOn, signal) // plan.key names the image before it exists
  const version = versionOf(definition, plan.packages)
  const test = await testOnce(f, definition, image, version, signal)
  if (test.status !== 'passed')
    return { status: 'stopped', at: 'test', image, why: test.why, cases: test.cases }
  const index = await makeIndex(f, [image])
  const finishedOn = new Date(f.clock.now())
  const documents = await documentsOnce(f, definition, image, index, { startedOn, finishedOn })
  const tags = tagsOf(definition, version)
  const database = withImageTables(f.database)
  const changed = await publishImages(
    { ...f, database },
    definition.name,
    index,
    new Map([[image, documents]]),
    tags,
  ) // all of it or nothing
  await noteMended(f, definition, image, version, startedOn)
  return { status: changed ? 'published' : 'current', image, index, tags }
}

async function planAndBuild(
  f: ImageServices,
  definition: ImageDefinition,
  arch: string,
  startedAt: Date,
  signal: AbortSignal,
): Promise<{ readonly plan: ImagePlan; readonly image: BuiltImage }> {
  let key: Digest | null = null
  let version = ''
  try {
    const plan = await planImage(f, definition, arch)
    key = plan.key
    version = versionOf(definition, plan.packages)
    const { status, image } = await buildImage(f, plan, signal)
    if (status === 'built') await note(f, definition.name, image.arch, version, key, startedAt, null)
    return { plan, image }
  } catch (error) {
    if (isMillraceError(error) && error.code !== 'CANCELLED' && !signal.aborted)
      await note(f, definition.name, arch, version, key, startedAt, `${error.what}: ${error.why}`)
    throw error
  }
}

/** Notes that an image cannot be made, for what was found before its making began. */
export function noteRefused(
  f: Pick<ImageServices, 'database' | 'clock'>,
  name: string,
  arch: string,
  why: string,
): Promise<void> {
  return note(f, name, arch, '', null, new Date(f.clock.now()), why)
}

/** Where the newest attempt failed and nothing had to be done since, this is the attempt that passed. */
async function noteMended(
  f: ImageServices,
  { name }: ImageDefinition,
  { arch, key }: BuiltImage,
  version: string,
  startedAt: Date,
): Promise<void> {
  const [newest] = await newestAttempts(withImageTables(f.database), name, 1)
  if (newest?.outcome === 'failed') await note(f, name, arch, version, key, startedAt, null)
}

async function note(
  f: Pick<ImageServices, 'database' | 'clock'>,
  name: string,
  arch: string,
  version: string,
  key: Digest | null,
  startedAt: Date,
  why: string | null,
): Promise<void> {
  await addAttempt(withImageTables(f.database), {
    ...{ name, arch, version, key, startedAt },
    purpose: 'image',
    outcome: why === null ? 'passed' : 'failed',
    durationMs: f.clock.now() - startedAt.getTime(),
    log: null,
    report: { why, test: null },
  })
}

type Tested =
  | { readonly status: 'passed' }
  | { readonly status: 'failed'; readonly why: string; readonly cases: readonly CaseResult[] }

/** What passed by the same sheet before is not tried again; what failed is: a machine may have been slow. */
async function testOnce(
  f: ImageServices,
  { sheet, name }: ImageDefinition,
  image: BuiltImage,
  version: string,
  signal: AbortSignal,
): Promise<Tested> {
  const database = withImageTables(f.database)
  const before = await newestTest(database, image.key)
  if (before?.outcome === 'passed' && before.report.test?.sheet === sheet.digest) return { status: 'passed' }
  const startedAt = new Date(f.clock.now())
  const blobs = openLayerBlobs({ database, blobs: f.blobs })
  const outcome = await testImage({ ...f, blobs }, image, sheet, signal)
  if (outcome.status === 'unavailable') {
    const why = `it could not be tested here: ${outcome.why} (${outcome.fix})`
    await note(f, name, image.arch, version, image.key, startedAt, why)
    return { status: 'failed', why, cases: [] }
  }
  const { status, cases, runtime } = outcome
  const failed = cases.filter((one) => one.outcome === 'failed').map((one) => one.name)
  const why =
    failed.length === 0 ? null : `${failed.length} of ${cases.length} tests failed: ${failed.join('; ')}`
  const log = await f.blobs.putBytes(logOf(cases))
  await addAttempt(database, {
    ...{ name, version, startedAt, arch: image.arch, key: image.key },
    purpose: 'test',
    outcome: status,
    durationMs: f.clock.now() - startedAt.getTime(),
    log: log.digest,
    report: { why, test: { sheet: sheet.digest, runtime, cases } },
  })
  return why === null ? { status: 'passed' } : { status: 'failed', why, cases }
}

function logOf(cases: readonly CaseResult[]): string {
  return cases
    .map(({ name, outcome, durationMs, output }) => `${outcome} ${name} (${durationMs} ms)\n${output}\n`)
    .join('\n')
}

/** Signatures differ each time they are made: what was said of an image in its newest release stands, as long as the store has all of it. */
async function documentsOnce(
  f: ImageServices,
  definition: ImageDefinition,
  image: BuiltImage,
  index: Descriptor,
  run: { readonly startedOn: Date; readonly finishedOn: Date },
): Promise<readonly ImageDocument[]> {
  const said = await saidOf(withImageTables(f.database), image, index)
  if (said.length > 0 && (await hasAll(f.blobs, said))) return []
  return makeDocuments(f, definition, image, index, run)
}
