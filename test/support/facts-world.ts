// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestOf, fixedClock, present } from '../../src/base/index.ts'
import { type AttemptReport, type Ledger, openLedger, type Purpose } from '../../src/factory/index.ts'
import { type BuiltImage, buildImage, type ImageTables, makeIndex, planImage } from '../../src/image/index.ts'
import { type BuildKey, type BuildPlan, buildKey, type PlannedSource } from '../../src/plan/index.ts'
import { type ApkRepository, type IncomingApk, openRepository } from '../../src/repository/index.ts'
import { defineImage, type ImageMill } from './image-mill.ts'
import type { PackageWish } from './packed-apk.ts'

type Packed = Awaited<ReturnType<ImageMill['pack']>>

/** What a recipe of the world is planned with. */
export interface RecipeWish {
  readonly environment?: BuildPlan['environment']
  readonly sources?: readonly PlannedSource[]
  /** Package names; by default the recipe's own. */
  readonly packages?: readonly string[]
  /** What its main package needs at run time, by the recipe's word. */
  readonly runtime?: readonly string[]
}

/** Facts of one architecture, made through the ledger and the repository as the factory makes them. */
export interface FactsWorld {
  readonly arch: string
  readonly mill: ImageMill
  readonly ledger: Ledger
  readonly repository: ApkRepository
  readonly now: () => string
  /** A minute later. */
  tick(): void
  /** A recipe that was read and planned; `tried` are its attempts, oldest first. */
  plan(stem: string, wish?: RecipeWish): Promise<BuildKey>
  attempt(
    key: BuildKey,
    purpose: Purpose,
    outcome: 'passed' | 'failed',
    report?: AttemptReport,
  ): Promise<Digest>
  note(stem: string, planKey: string | null, trouble?: string | null): Promise<void>
  /** Plan, build, test, documents and publication of a recipe's packages, by `NAME-VERSION`. */
  release(
    stem: string,
    packages: Readonly<Record<string, PackageWish['record']>>,
    wish?: RecipeWish & { readonly bytes?: string },
  ): Promise<Released>
  /** An image of packages that edge offers, released under these tags, with documents, its test passed. */
  releaseImage(name: string, packages: readonly string[], tags: readonly string[]): Promise<ReleasedImage>
  imageAttempt(
    name: string,
    attempt: {
      readonly key: Digest | null
      readonly purpose: 'image' | 'test'
      readonly why: string | null
      readonly log?: string
      readonly version?: string
    },
  ): Promise<void>
}

export interface Released {
  readonly key: BuildKey
  readonly apks: readonly Packed[]
  readonly log: Digest
}

export interface ReleasedImage {
  readonly image: BuiltImage
  readonly digest: Digest
  readonly sbom: Digest
}

export const SEED_GCC: BuildPlan['environment'][number] = {
  name: 'gcc',
  version: '12.2.0-r14',
  datahash: digestOf('gcc'),
  from: 'seed',
}

export const fromDistro = (stem: string): BuildPlan['environment'][number] => ({
  ...splitStem(stem),
  datahash: digestOf(stem),
  from: 'distro',
})

export function openFactsWorld(mill: ImageMill, arch: string): FactsWorld {
  const { database, blobs } = mill.f
  const clock = fixedClock(Date.parse('2026-03-01T00:00:00Z'))
  const repository = openRepository({ database, blobs, signer: mill.signer, clock, emit: () => {} })
  const ledger = openLedger({ database, store: blobs, clock }, arch)
  const images = database.withTables<ImageTables>()
  const at = () => new Date(clock.now())

  const note: FactsWorld['note'] = async (stem, planKey, trouble = null) => {
    const { name, version } = splitStem(stem)
    await ledger.recordRecipe({ name, version, file: `packages/${name}.yaml`, planKey, trouble })
  }
  const plan: FactsWorld['plan'] = async (stem, wish = {}) => {
    const made = planOf(arch, stem, wish)
    const key = buildKey(made)
    await ledger.recordPlan(key, made)
    await note(stem, key)
    return key
  }
  let tries = 0
  const attempt: FactsWorld['attempt'] = async (key, purpose, outcome, report = {}) => {
    const log = await blobs.putBytes(`${purpose} ${outcome} ${++tries}\n`)
    await ledger.recordAttempt({
      ...{ planKey: key, purpose, outcome, report },
      workKey: purpose === 'test' ? `test of ${key}` : key,
      ...{ startedAt: at(), durationMs: 1500, log: log.digest },
    })
    return log.digest
  }
  const release: FactsWorld['release'] = async (stem, packages, wish = {}) => {
    const names = Object.keys(packages).map((one) => splitStem(one).name)
    const key = await plan(stem, { packages: names, ...wish })
    const apks: Packed[] = []
    for (const [one, record = {}] of Object.entries(packages)) {
      const files = { [`usr/share/${one}`]: `${arch} ${one} ${wish.bytes ?? ''}` }
      apks.push(await mill.pack(one, arch, { files, record: { origin: splitStem(stem).name, ...record } }))
    }
    const sboms = new Map<Digest, { digest: Digest; sizeBytes: number }>()
    for (const { file } of apks) sboms.set(file, await blobs.putBytes(JSON.stringify({ sbomOf: file })))
    const sbomOf = (file: Digest) => present(sboms.get(file), 'every package has one')
    const built = apks.map((apk) => ({ ...apk, sbom: sbomOf(apk.file) }))
    const log = await attempt(key, 'build', 'passed', { packages: built })
    await attempt(key, 'test', 'passed', { cases: [] })
    const bundle = await blobs.putBytes(JSON.stringify({ provenanceOf: key }))
    for (const { file, sbom } of built)
      await ledger.recordDocuments(file, [
        { kind: 'sbom', mediaType: 'application/spdx+json', ...sbom },
        { kind: 'provenance', mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', ...bundle },
      ])
    await repository.publish(
      'edge',
      arch,
      apks.map((apk): IncomingApk => ({ ...apk, buildKey: key })),
    )
    return { key, apks, log }
  }
  const imageAttempt: FactsWorld['imageAttempt'] = async (name, { key, purpose, why, log, version = '' }) => {
    const stored = log === undefined ? null : await blobs.putBytes(log)
    const cases = [{ name: 'it runs', outcome: outcomeOf(why), durationMs: 210, output: why ?? 'it ran' }]
    const test = purpose === 'test' ? { sheet: digestOf('sheet'), runtime: 'runc 1.1.5', cases } : null
    await images
      .insertInto('image_attempt')
      .values({
        ...{ name, arch, key, purpose, version, outcome: outcomeOf(why), started_at: at(), duration_ms: 900 },
        log_digest: stored?.digest ?? null,
        report: JSON.stringify({ why, test }),
      })
      .execute()
  }
  const releaseImage: FactsWorld['releaseImage'] = async (name, packages, tags) => {
    const definition = defineImage(`contents: {packages: [${packages.join(', ')}]}\n`, name)
    const services = { ...mill.f, repository, clock }
    const { image } = await buildImage(
      services,
      await planImage(services, definition, arch),
      new AbortController().signal,
    )
    const version = tags[0] ?? ''
    await imageAttempt(name, { key: image.key, purpose: 'image', why: null, version })
    await imageAttempt(name, { key: image.key, purpose: 'test', why: null, log: 'passed it runs\n', version })
    const { digest } = await makeIndex(mill.f, [image])
    const { id } = await images
      .insertInto('image_release')
      .values({ name, digest, image_keys: JSON.stringify([image.key]), released_at: at() })
      .returning('id')
      .executeTakeFirstOrThrow()
    const rows = tags.map((tag) => ({ name, tag, release: id, tagged_at: at() }))
    await images.insertInto('image_tag').values(rows).execute()
    const sbom = await blobs.putBytes(JSON.stringify({ sbomOf: digest }))
    const document = { digest: sbom.digest, size_bytes: sbom.sizeBytes, media_type: 'application/spdx+json' }
    await images
      .insertInto('image_document')
      .values({ release: id, key: image.key, kind: 'sbom', ...document })
      .execute()
    return { image, digest, sbom: sbom.digest }
  }
  return {
    ...{ arch, mill, ledger, repository, plan, attempt, note, release, releaseImage, imageAttempt },
    now: () => at().toISOString(),
    tick: () => clock.advance(60_000),
  }
}

const outcomeOf = (why: string | null) => (why === null ? 'passed' : 'failed')

function splitStem(stem: string): { readonly name: string; readonly version: string } {
  const [, name = '', version = ''] = /^(.*)-(\d[^-]*-r\d+)$/.exec(stem) ?? []
  return { name, version }
}

function planOf(arch: string, stem: string, wish: RecipeWish): BuildPlan {
  const { name, version: fullVersion } = splitStem(stem)
  const [, version = '', epoch = '0'] = /^(.*)-r(\d+)$/.exec(fullVersion) ?? []
  const { packages = [name], runtime = [], sources = [], environment = [SEED_GCC] } = wish
  return {
    kind: 'https://millrace.dev/build-plan/v1',
    builder: { name: 'millrace', version: '1' },
    ...{ arch, sources, environment },
    namespace: 'example',
    recipe: { name, version, epoch: Number(epoch), fullVersion },
    license: 'Zlib',
    packages: packages.map((one) => ({
      name: one,
      isMain: one === name,
      description: `${one} as planned`,
      url: `https://example.org/${name}`,
      commit: '',
      dependencies: {
        runtime: one === name ? runtime : [],
        provides: [],
        replaces: [],
        providerPriority: 0,
        replacesPriority: 0,
      },
      options: NO_OPTIONS,
      scriptlets: NO_SCRIPTLETS,
      setcap: [],
      scripts: [],
    })),
    files: [],
    variables: {},
    sourceDateEpoch: 1_700_000_000,
    documentationReaders: {},
  }
}

type PlannedPackage = BuildPlan['packages'][number]
const NO_OPTIONS = {} as PlannedPackage['options']
const NO_SCRIPTLETS = {} as PlannedPackage['scriptlets']
