// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type FactsWorld,
  fromDistro,
  openFactsWorld,
  type Released,
  type ReleasedImage,
  SEED_GCC,
} from '../../../test/support/facts-world.ts'
import { type ImageMill, openImageMill } from '../../../test/support/image-mill.ts'
import { literalServices } from '../../../test/support/literal-catalog.ts'
import { type Digest, digestOf, INITIAL_PROGRESS, type TaskKind } from '../../base/index.ts'
import { CLASS_TITLES } from '../../build/index.ts'
import type { AttemptReport } from '../../factory/index.ts'
import type { BuildKey, PlannedSource } from '../../plan/index.ts'
import type { Database } from '../../store/index.ts'
import { type Catalog, type CatalogOptions, makeApp, openCatalog, type StoredText } from '../index.ts'

let mill: ImageMill
beforeAll(async () => {
  mill = await openImageMill()
})
afterAll(() => mill[Symbol.asyncDispose]())

/** Each test has an arch of its own, and so facts of its own; images have names of their own. */
let world: FactsWorld
let count = 0
beforeEach(() => {
  world = openFactsWorld(mill, `arch${++count}`)
})

const open = (more: Partial<CatalogOptions> = {}, database: Database = mill.f.database): Catalog =>
  openCatalog(
    { database, store: mill.f.blobs },
    { arch: world.arch, version: '0.1.0', startedAt: '2026-03-01T00:00:00.000Z', ...more },
  )

const textOf = async (found: StoredText | null) =>
  found === null ? null : Buffer.concat(await Array.fromAsync(found.body)).toString()

const doing = (kind: TaskKind, subject: string) => () => ({
  ...INITIAL_PROGRESS,
  running: [
    {
      ...{ task: `${kind}:${subject}`, kind, subject, expectedMs: null, startedAtMs: 0 },
      ...{ planKey: null, step: null, amount: null, lines: [] },
    },
  ],
})

const FAILED = { step: 'autoconf/make', why: 'exit code 2', errorLine: 'error: no zlib.h' }
const KNOWN: AttemptReport['failure'] = {
  ...{ class: 'dependency', fix: 'add zlib-dev', trail: [], lastGood: null, snapshot: 'zlib-0123' },
  wanted: { kind: 'header', name: 'zlib.h', providers: ['zlib-dev'], likely: [] },
}

describe('before anything was built', () => {
  it('everything is there, and empty', async () => {
    const catalog = open()
    expect(await catalog.status()).toEqual({
      ...{ version: '0.1.0', startedAt: '2026-03-01T00:00:00.000Z', arch: world.arch },
      ...{ recipes: 0, edge: 0, stable: 0, images: 0, running: 0, waiting: 0, failed: 0 },
      ...{ channels: [], failures: [], restingOnSeed: 0 },
    })
    expect(await catalog.packages()).toEqual([])
    expect(await catalog.images()).toEqual([])
    expect(await catalog.graph()).toEqual({ nodes: [], edges: [] })
  })

  it('what the distro defines waits', async () => {
    await world.note('zlib-1.3.1-r0', null)
    const catalog = open({ images: ['empty-a', { name: 'empty-b', description: 'nothing' }] })
    expect(await catalog.status()).toMatchObject({ recipes: 1, images: 0, waiting: 3, failed: 0 })
    expect(await catalog.packages()).toEqual([
      {
        ...{ name: 'zlib', origin: 'zlib', description: '', license: '', version: '1.3.1-r0' },
        ...{ channels: { edge: null, stable: null }, sizeBytes: null, builtAt: null },
        ...{ reproduced: 'waiting', state: 'waiting' },
      },
    ])
    expect(await catalog.package('zlib')).toMatchObject({ versions: [], dependents: [], attempts: [] })
    expect(await catalog.image('empty-b')).toEqual({
      ...{ name: 'empty-b', description: 'nothing', state: 'waiting', tags: [], digest: null },
      ...{ sizeBytes: 0, layers: 0, packages: 0, builtAt: null, tested: 'waiting', arch: world.arch },
      ...{ config: null, filling: [], contents: [], sbom: null, provenance: null, test: null },
      ...{ history: [], attempts: [] },
    })
  })

  it.each([
    ['a package', (catalog: Catalog) => catalog.package('zlib')],
    ['an image', (catalog: Catalog) => catalog.image('nginx')],
    ['a build', (catalog: Catalog) => catalog.build('0123456789ab')],
    ['a key that is none', (catalog: Catalog) => catalog.build('%')],
    ['a key too short to tell builds apart', (catalog: Catalog) => catalog.build('0123456789a')],
    ['a log', (catalog: Catalog) => catalog.log(digestOf('x'), null)],
    ['a document', (catalog: Catalog) => catalog.document(digestOf('x'))],
    ['a digest that is none', (catalog: Catalog) => catalog.document('sha256:x')],
  ])('%s of an unknown name is null', async (_, ask) => {
    expect(await ask(open())).toBeNull()
  })
})

describe('a recipe that was never planned', () => {
  it('is known by what the distro says of it', async () => {
    await world.note('curl-8-r0', null)
    await world.note('zlib-1-r0', null)
    const outline = (name: string, wants: readonly string[], packages: readonly string[]) => ({
      expanded: {
        copyright: [{ license: 'MIT' }, { license: 'curl' }],
        environment: { packages: wants },
        packages: packages.map((one) => ({
          ...{ name: one, description: `${one} in words`, url: `https://example.org/${name}` },
          dependencies: { runtime: one === 'curl' ? ['zlib'] : [] },
        })),
      },
    })
    const distro = {
      recipes: new Map([
        ['curl', outline('curl', ['gcc', 'zlib-dev'], ['curl'])],
        ['zlib', outline('zlib', ['gcc'], ['zlib', 'zlib-dev'])],
      ]),
      graph: {
        buildsOn: new Map([['curl', new Set(['zlib'])]]),
        makerOf: new Map([
          ['curl', 'curl'],
          ['zlib', 'zlib'],
          ['zlib-dev', 'zlib'],
        ]),
      },
    } as unknown as NonNullable<CatalogOptions['distro']>
    const catalog = open({ distro })
    expect((await catalog.packages()).map((one) => [one.name, one.origin, one.description])).toEqual([
      ['curl', 'curl', 'curl in words'],
      ['zlib', 'zlib', 'zlib in words'],
      ['zlib-dev', 'zlib', 'zlib-dev in words'],
    ])
    expect((await catalog.packages())[0]?.license).toBe('MIT AND curl')
    expect((await catalog.package('zlib-dev'))?.dependents).toEqual([
      { name: 'curl', kind: 'build', wants: 'zlib-dev' },
    ])
    expect(await catalog.graph()).toEqual({
      nodes: [
        { id: 'curl', kind: 'recipe', version: '8-r0', state: 'waiting', packages: ['curl'] },
        { id: 'zlib', kind: 'recipe', version: '1-r0', state: 'waiting', packages: ['zlib', 'zlib-dev'] },
      ],
      edges: [
        { from: 'curl', to: 'zlib', kind: 'build' },
        { from: 'curl', to: 'zlib', kind: 'runtime' },
      ],
    })
  })
})

describe('the state of a recipe', () => {
  const stateOf = async (more: Partial<CatalogOptions> = {}) => {
    const catalog = open(more)
    const [status, packages, graph] = [
      await catalog.status(),
      await catalog.packages(),
      await catalog.graph(),
    ]
    expect(packages.map(({ state }) => state)).toEqual(graph.nodes.map(({ state }) => state))
    return { state: packages[0]?.state, failures: status.failures, status }
  }

  it('is waiting when it was planned and never tried, or built and not yet published', async () => {
    const key = await world.plan('zlib-1-r0')
    expect(await stateOf()).toMatchObject({ state: 'waiting', failures: [] })
    await world.attempt(key, 'build', 'passed')
    expect(await stateOf()).toMatchObject({ state: 'waiting', failures: [] })
  })

  it.each(['build', 'test', 'reproduce'] as const)('is running while its %s runs', async (kind) => {
    const key = await world.plan('zlib-1-r0')
    await world.attempt(key, 'build', 'failed', FAILED)
    const { state, status } = await stateOf({ running: doing(kind, 'zlib-1-r0') })
    expect([state, status.running, status.failed]).toEqual(['running', 1, 0])
    expect((await stateOf({ running: doing(kind, 'zlib-2-r0') })).state).toBe('failed')
  })

  it('is failed when its build failed last, and says at which step and why', async () => {
    const key = await world.plan('zlib-1-r0')
    await world.attempt(key, 'build', 'failed', FAILED)
    const { state, failures, status } = await stateOf()
    expect([state, status.failed, status.waiting]).toEqual(['failed', 1, 0])
    expect(failures).toEqual([
      {
        ...{ name: 'zlib', version: '1-r0', purpose: 'build', buildKey: key, step: 'autoconf/make' },
        ...{ why: 'exit code 2: error: no zlib.h', at: '2026-03-01T00:00:01.500Z' },
      },
    ])
  })

  it('is failed when its test failed after its build passed, until the test passes', async () => {
    const key = await world.plan('zlib-1-r0')
    await world.attempt(key, 'build', 'failed', FAILED)
    await world.attempt(key, 'build', 'passed')
    await world.attempt(key, 'test', 'failed', { step: 'run', why: 'the test of zlib failed' })
    expect(await stateOf()).toMatchObject({ state: 'failed', failures: [{ purpose: 'test', step: 'run' }] })
    await world.attempt(key, 'test', 'passed')
    expect(await stateOf()).toMatchObject({ state: 'waiting', failures: [] })
  })

  it('is failed when something keeps it from being planned, whatever was tried before', async () => {
    await world.plan('zlib-1-r0')
    await world.note('zlib-1-r0', null, 'it needs glibc, which was not released')
    expect(await stateOf()).toMatchObject({
      state: 'failed',
      failures: [
        {
          ...{ name: 'zlib', version: '1-r0', purpose: 'build', buildKey: null, step: null },
          ...{ why: 'it needs glibc, which was not released', at: world.now() },
        },
      ],
    })
  })

  it('is done when edge offers what it made, also while a new run has not yet looked at it', async () => {
    const { key } = await world.release('zlib-1-r0', { 'zlib-1-r0': {} })
    expect(await stateOf()).toMatchObject({ state: 'done', failures: [] })
    await world.note('zlib-1-r0', null)
    expect(await stateOf()).toMatchObject({ state: 'done', failures: [] })
    await world.note('zlib-2-r0', null)
    expect(await stateOf()).toMatchObject({ state: 'waiting', failures: [] })
    await world.note('zlib-1-r0', key)
  })

  it('is done when a second build differs, which is told among the failures', async () => {
    const { key } = await world.release('zlib-1-r0', { 'zlib-1-r0': {} })
    await world.attempt(key, 'reproduce', 'failed', { why: '1 file differs', differences: [] })
    expect(await stateOf()).toMatchObject({
      state: 'done',
      failures: [{ name: 'zlib', purpose: 'reproduce', why: '1 file differs', step: null }],
    })
  })

  it('is told even where a report has no reason', async () => {
    const key = await world.plan('zlib-1-r0')
    await world.attempt(key, 'build', 'failed', {})
    expect((await stateOf()).failures).toMatchObject([{ why: 'it failed, and no reason was noted' }])
  })

  it('of failures, the newest is told first', async () => {
    for (const stem of ['a-1-r0', 'b-1-r0', 'c-1-r0']) {
      await world.attempt(await world.plan(stem), 'build', 'failed', FAILED)
      if (stem !== 'b-1-r0') world.tick()
    }
    expect((await stateOf()).failures.map(({ name }) => name)).toEqual(['b', 'c', 'a'])
  })
})

/** zlib with two packages, curl that needs them, and nginx that was planned and failed. */
async function smallDistro() {
  const zlib = await world.release('zlib-1.3-r0', {
    'zlib-1.3-r0': { provides: ['so:libz.so.1=1.3'], depends: ['so:libc.so.6'], licenses: ['Zlib'] },
    'zlib-dev-1.3-r0': { depends: ['zlib=1.3-r0'] },
  })
  world.tick()
  const curl = await world.release(
    'curl-8-r0',
    { 'curl-8-r0': { depends: ['so:libz.so.1', '!wget', 'nothing'] } },
    { environment: [fromDistro('zlib-1.3-r0'), fromDistro('zlib-dev-1.3-r0')] },
  )
  world.tick()
  const nginx = await world.plan('nginx-1-r0', {
    packages: ['nginx', 'nginx-doc'],
    environment: [SEED_GCC, fromDistro('zlib-dev-1.3-r0')],
    runtime: ['zlib', '!apache', 'openssl'],
  })
  await world.attempt(nginx, 'build', 'failed', FAILED)
  return { zlib, curl, nginx }
}

describe('a small distro', () => {
  let made: { zlib: Released; curl: Released; nginx: BuildKey }
  let catalog: Catalog
  beforeEach(async () => {
    made = await smallDistro()
    catalog = open()
  })

  it('is told in numbers', async () => {
    await world.repository.promote(
      'edge',
      'stable',
      world.arch,
      made.curl.apks.map(({ file }) => file),
    )
    const bytes = (apks: Released['apks']) => apks.reduce((sum, { record }) => sum + record.sizeBytes, 0)
    const { zlib, curl } = made
    expect(await catalog.status()).toMatchObject({
      ...{ recipes: 3, edge: 3, stable: 1, failed: 1, waiting: 0, running: 0, restingOnSeed: 2 },
      channels: [
        { name: 'edge', generation: 2, packages: 3, sizeBytes: bytes([...zlib.apks, ...curl.apks]) },
        { name: 'stable', generation: 1, packages: 1, sizeBytes: bytes(curl.apks), publishedAt: world.now() },
      ],
      failures: [{ name: 'nginx', buildKey: made.nginx }],
    })
  })

  it('lists what is offered and what is meant, by name', async () => {
    const packages = await catalog.packages()
    expect(packages.map(({ name, origin, version, state }) => [name, origin, version, state])).toEqual([
      ['curl', 'curl', '8-r0', 'done'],
      ['nginx', 'nginx', '1-r0', 'failed'],
      ['nginx-doc', 'nginx', '1-r0', 'failed'],
      ['zlib', 'zlib', '1.3-r0', 'done'],
      ['zlib-dev', 'zlib', '1.3-r0', 'done'],
    ])
    expect(packages[2]).toMatchObject({
      ...{ description: 'nginx-doc as planned', license: 'Zlib', sizeBytes: null, builtAt: null },
      channels: { edge: null, stable: null },
    })
    expect(packages[3]).toMatchObject({
      ...{ description: 'The zlib package', license: 'Zlib', reproduced: 'waiting' },
      channels: { edge: '1.3-r0', stable: null },
      sizeBytes: made.zlib.apks[0]?.record.sizeBytes,
      builtAt: '2026-03-01T00:00:00.000Z',
    })
  })

  it('tells everything of a package', async () => {
    const [zlib] = made.zlib.apks
    const detail = await catalog.package('zlib')
    expect(detail).toMatchObject({ name: 'zlib', url: 'https://example.org/', siblings: ['zlib-dev'] })
    expect(detail?.versions).toEqual([
      {
        ...{ version: '1.3-r0', arch: world.arch, channels: ['edge'], digest: zlib?.file },
        ...{ sizeBytes: zlib?.record.sizeBytes, installedBytes: zlib?.record.installedSizeBytes },
        builtAt: '2026-03-01T00:00:00.000Z',
        download: `/apk/edge/${world.arch}/zlib-1.3-r0.apk`,
        buildKey: made.zlib.key,
        dependencies: [{ text: 'so:libc.so.6', provider: null }],
        provides: ['so:libz.so.1=1.3'],
        sbom: expect.objectContaining({ mediaType: 'application/spdx+json' }),
        provenance: expect.objectContaining({ mediaType: expect.stringContaining('sigstore') }),
        reproduction: { result: 'waiting', at: null, differences: [] },
        seedPackages: 1,
      },
    ])
    expect(detail?.attempts).toMatchObject([
      { purpose: 'test', outcome: 'passed', buildKey: made.zlib.key, version: '1.3-r0', step: null },
      { purpose: 'build', outcome: 'passed', startedAt: '2026-03-01T00:00:00.000Z', durationMs: 1500 },
    ])
  })

  it('says who satisfies each dependency, and who depends on it', async () => {
    expect((await catalog.package('curl'))?.versions[0]?.dependencies).toEqual([
      { text: 'so:libz.so.1', provider: 'zlib' },
      { text: '!wget', provider: null },
      { text: 'nothing', provider: null },
    ])
    expect((await catalog.package('zlib'))?.dependents).toEqual([
      { name: 'curl', kind: 'runtime', wants: 'so:libz.so.1' },
      { name: 'zlib-dev', kind: 'runtime', wants: 'zlib=1.3-r0' },
      { name: 'curl', kind: 'build', wants: 'zlib' },
    ])
    expect((await catalog.package('zlib-dev'))?.dependents).toEqual([
      { name: 'curl', kind: 'build', wants: 'zlib-dev' },
      { name: 'nginx', kind: 'build', wants: 'zlib-dev' },
    ])
  })

  it('gives the graph: builds as planned, run time as found in packages, and as meant where there are none', async () => {
    expect(await catalog.graph()).toEqual({
      nodes: [
        { id: 'curl', kind: 'recipe', version: '8-r0', state: 'done', packages: ['curl'] },
        {
          ...{ id: 'nginx', kind: 'recipe', version: '1-r0', state: 'failed' },
          packages: ['nginx', 'nginx-doc'],
        },
        { id: 'zlib', kind: 'recipe', version: '1.3-r0', state: 'done', packages: ['zlib', 'zlib-dev'] },
      ],
      edges: [
        { from: 'curl', to: 'zlib', kind: 'build' },
        { from: 'curl', to: 'zlib', kind: 'runtime' },
        { from: 'nginx', to: 'zlib', kind: 'build' },
        { from: 'nginx', to: 'zlib', kind: 'runtime' },
      ],
    })
  })

  it('stands without its plans’ texts', async () => {
    for await (const { digest } of mill.f.blobs.list()) {
      const text = Buffer.concat(await Array.fromAsync(mill.f.blobs.read(digest))).toString()
      if (text.includes('build-plan/v1')) await mill.f.blobs.remove(digest)
    }
    const bare = open()
    expect((await bare.packages()).map(({ name }) => name)).toEqual(['curl', 'nginx', 'zlib', 'zlib-dev'])
    expect((await bare.graph()).edges).toEqual([{ from: 'curl', to: 'zlib', kind: 'runtime' }])
    expect(await bare.build(made.nginx)).toMatchObject({ recipe: 'nginx', packages: [], environment: [] })
  })

  it('goes on to list what is offered when its recipe is gone', async () => {
    await world.ledger.keepRecipes(['curl'])
    expect((await catalog.packages()).map(({ name, state }) => [name, state])).toEqual([
      ['curl', 'done'],
      ['zlib', 'done'],
      ['zlib-dev', 'done'],
    ])
    expect((await catalog.graph()).edges).toEqual([])
  })
})

describe('the versions of a package', () => {
  it('are all that were ever offered, newest first, each where its bytes are served', async () => {
    const release = (version: string, bytes = '') =>
      world.release(`zlib-${version}`, { [`zlib-${version}`]: {} }, { bytes, packages: ['zlib', bytes] })
    const times: string[] = []
    for (const [version, bytes] of [
      ['1.9-r0', 'first'],
      ['1.10-r0', 'first'],
      ['1.10-r0', 'second'],
    ] as const) {
      const { apks } = await release(version, bytes)
      times.push(world.now())
      if (version === '1.9-r0')
        await world.repository.promote(
          'edge',
          'stable',
          world.arch,
          apks.map(({ file }) => file),
        )
      world.tick()
    }
    await world.repository.withdraw('edge', world.arch, ['zlib-1.9-r0'], 'it is old')
    const detail = await open().package('zlib')
    expect(detail).toMatchObject({
      version: '1.10-r0',
      channels: { edge: '1.10-r0', stable: '1.9-r0' },
      builtAt: times[2],
    })
    expect(detail?.versions.map((one) => [one.version, one.channels, one.download])).toEqual([
      ['1.10-r0', ['edge'], `/apk/edge/${world.arch}/zlib-1.10-r0.apk`],
      ['1.10-r0', [], `/apk/edge@${times[1]}/${world.arch}/zlib-1.10-r0.apk`],
      ['1.9-r0', ['stable'], `/apk/stable/${world.arch}/zlib-1.9-r0.apk`],
    ])
  })

  it('show what was published since the last look', async () => {
    const catalog = open()
    await world.release('a-1-r0', { 'a-1-r0': {} })
    expect(await catalog.status()).toMatchObject({ edge: 1, channels: [{ generation: 1 }] })
    await world.release('b-1-r0', { 'b-1-r0': {} })
    await world.repository.withdraw('edge', world.arch, ['a-1-r0'], 'it has a hole')
    expect(await catalog.status()).toMatchObject({ edge: 1, channels: [{ generation: 3 }] })
    expect((await catalog.packages()).map(({ name, channels }) => [name, channels.edge])).toEqual([
      ['a', null],
      ['b', '1-r0'],
    ])
  })

  it('tell what the newest second build found', async () => {
    const { key } = await world.release('zlib-1-r0', { 'zlib-1-r0': {} })
    const catalog = open()
    const difference = { package: 'zlib', file: 'usr/lib/libz.a', offset: 68, likelyCause: 'a time stamp' }
    await world.attempt(key, 'reproduce', 'failed', { why: '1 file differs', differences: [difference] })
    const different = await catalog.package('zlib')
    expect(different?.reproduced).toBe('different')
    expect(different?.versions[0]?.reproduction).toEqual({
      ...{ result: 'different', at: '2026-03-01T00:00:01.500Z', differences: [difference] },
    })
    await world.attempt(key, 'reproduce', 'passed')
    const same = await catalog.package('zlib')
    expect(same?.reproduced).toBe('same')
    expect(same?.versions[0]?.reproduction).toMatchObject({ result: 'same', differences: [] })
  })

  it('of what was not built here have no build', async () => {
    await world.repository.publish('edge', world.arch, [
      await mill.pack('foreign-1-r0', world.arch, { files: { foreign: world.arch } }),
    ])
    expect((await open().package('foreign'))?.versions).toMatchObject([
      { buildKey: '', sbom: null, provenance: null, seedPackages: 0, reproduction: { result: 'waiting' } },
    ])
  })
})

describe('a build', () => {
  const sources = [
    { uri: 'https://example.org/a.tar.gz', sha256: 'a'.repeat(64), sha512: '' },
    { uri: 'https://example.org/b.tar.gz', sha256: '', sha512: 'b'.repeat(128) },
    { uri: 'https://example.org/c.git', sha256: '', sha512: '' },
  ].map((one): PlannedSource => ({ kind: 'fetch', place: '', inputs: {}, ...one }))

  it('tells its inputs and its attempts, by key or first digits', async () => {
    await mill.f.database
      .insertInto('source')
      .values({
        ...{ digest: digestOf('b'), sha512: 'b'.repeat(128), uri: sources[1]?.uri ?? '', size_bytes: '1' },
        ...{ fetched_from: '', fetched_at: new Date() },
      })
      .execute()
    const environment = [fromDistro('make-4-r0'), SEED_GCC]
    const key = await world.plan('zlib-1-r0', { sources, environment, packages: ['zlib', 'zlib-dev'] })
    await world.attempt(key, 'build', 'failed', { ...FAILED, failure: KNOWN })
    await world.attempt(key, 'build', 'passed')
    const want = {
      ...{ key, recipe: 'zlib', version: '1-r0', arch: world.arch, plannedAt: world.now() },
      packages: ['zlib', 'zlib-dev'],
      sources: [
        { uri: 'https://example.org/a.tar.gz', digest: `sha256:${'a'.repeat(64)}` },
        { uri: 'https://example.org/b.tar.gz', digest: digestOf('b') },
        { uri: 'https://example.org/c.git', digest: '' },
      ],
      environment: [
        { name: 'gcc', version: '12.2.0-r14', from: 'seed' },
        { name: 'make', version: '4-r0', from: 'distro' },
      ],
      attempts: [
        { outcome: 'passed', why: null, explanation: null },
        {
          ...{ outcome: 'failed', step: 'autoconf/make', why: 'exit code 2: error: no zlib.h' },
          explanation: {
            lines: [
              CLASS_TITLES.dependency,
              'it misses the header zlib.h; this package has it: zlib-dev',
              'it never came to a good end before',
            ],
            fix: 'add zlib-dev',
            enter: 'millrace debug zlib-0123',
          },
        },
      ],
    }
    for (const named of [key, key.slice(7), key.slice(7, 19), key.slice(0, 19)])
      expect(await open().build(named)).toMatchObject(want)
  })

  it('whose digits begin two keys is refused', async () => {
    const plan = await world.plan('zlib-1-r0')
    const near = `${plan.slice(0, 40)}${'0'.repeat(31)}` as Digest
    await world.imageAttempt(`near-${world.arch}`, { key: near, purpose: 'image', why: null })
    await expect(open().build(plan.slice(7, 19))).rejects.toMatchObject({ code: 'USAGE' })
    expect(await open().build(plan)).toMatchObject({ recipe: 'zlib' })
  })

  it('has the log of each attempt, the newest when none is named', async () => {
    const key = await world.plan('zlib-1-r0')
    await world.attempt(key, 'build', 'failed', FAILED)
    const catalog = open()
    const older = await textOf(await catalog.log(key, null))
    expect(older).toMatch(/^build failed/)
    await world.attempt(key, 'build', 'passed')
    expect(await textOf(await catalog.log(key.slice(7, 19), null))).toMatch(/^build passed/)
    const [, first] = (await catalog.build(key))?.attempts ?? []
    const named = await catalog.log(key, first?.id ?? null)
    expect([named?.mediaType, named?.sizeBytes]).toEqual(['text/plain', older?.length])
    expect(await textOf(named)).toBe(older)
    expect(await catalog.log(key, 999_999)).toBeNull()
    const other = await world.plan('other-1-r0')
    expect(await catalog.log(other, first?.id ?? null)).toBeNull()
  })

  it('whose log is no longer in the store has none', async () => {
    const key = await world.plan('zlib-1-r0')
    await mill.f.blobs.remove(await world.attempt(key, 'build', 'passed'))
    expect(await open().log(key, null)).toBeNull()
  })
})

describe('a document', () => {
  it('is given when a package or an image names it; any other blob is not', async () => {
    const { apks } = await world.release('base-1-r0', { 'base-1-r0': {} })
    const image = await world.releaseImage(`documented-${world.arch}`, ['base'], ['1'])
    const catalog = open()
    const { sbom } = (await catalog.package('base'))?.versions[0] ?? {}
    const found = await catalog.document(sbom?.digest ?? '')
    expect([found?.mediaType, found?.sizeBytes]).toEqual([sbom?.mediaType, sbom?.sizeBytes])
    expect(await textOf(found)).toBe(JSON.stringify({ sbomOf: apks[0]?.file }))
    expect(await textOf(await catalog.document(image.sbom))).toBe(JSON.stringify({ sbomOf: image.digest }))
    expect(await catalog.document(apks[0]?.file ?? '')).toBeNull()
    expect((await mill.f.blobs.stat(image.sbom))?.sizeBytes).toBeGreaterThan(0)
    await mill.f.blobs.remove(image.sbom)
    expect(await catalog.document(image.sbom)).toBeNull()
  })
})

describe('an image', () => {
  let name: string
  let old: ReleasedImage
  let image: ReleasedImage
  beforeEach(async () => {
    name = `app-${world.arch}`
    await world.release('base-1-r0', { 'base-1-r0': {} })
    await world.release('app-1.2.3-r0', { 'app-1.2.3-r0': {}, 'app-data-1.2.3-r0': {} })
    old = await world.releaseImage(name, ['base'], ['1.2.2', 'latest'])
    world.tick()
    image = await world.releaseImage(name, ['base', 'app'], ['latest', '1', '1.2.3'])
  })
  const images = () => [{ name, description: 'An app' }]

  it('is listed with its newest release', async () => {
    expect(await open({ images: images() }).images()).toEqual([
      {
        ...{ name, description: 'An app', state: 'done', tags: ['1.2.3', '1', 'latest'] },
        ...{ digest: image.digest, layers: image.image.layers.length, packages: 2, tested: 'passed' },
        sizeBytes: image.image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
        builtAt: world.now(),
      },
    ])
  })

  it('tells what it is made of, how it runs, how its tests went and what was before', async () => {
    const detail = await open({ images: images() }).image(name)
    expect(detail).toMatchObject({
      arch: world.arch,
      config: image.image.facts,
      contents: [
        { name: 'app', version: '1.2.3-r0', license: 'MIT' },
        { name: 'base', version: '1-r0' },
      ],
      sbom: { digest: image.sbom, mediaType: 'application/spdx+json' },
      provenance: null,
      test: { outcome: 'passed', runtime: 'runc 1.1.5', cases: [{ name: 'it runs', output: 'it ran' }] },
      history: [{ digest: old.digest, builtAt: '2026-03-01T00:00:00.000Z' }],
    })
    expect(detail?.history[0]?.tags).toEqual(['1.2.2', 'latest'])
    expect(detail?.filling.map(({ digest }) => digest)).toEqual(
      image.image.layers.map(({ descriptor }) => descriptor.digest),
    )
    expect(detail?.attempts.map(({ purpose, buildKey }) => [purpose, buildKey])).toEqual([
      ['test', image.image.key],
      ['image', image.image.key],
      ['test', old.image.key],
      ['image', old.image.key],
    ])
  })

  it('runs while its work runs, and needs the recipes of its packages', async () => {
    const catalog = open({ images: images(), running: doing('image', name) })
    expect((await catalog.images())[0]?.state).toBe('running')
    const { nodes, edges } = await catalog.graph()
    expect(nodes.at(-1)).toEqual({
      ...{ id: `image:${name}`, kind: 'image', version: '1.2.3', state: 'running', packages: [] },
    })
    expect(edges).toEqual([
      { from: `image:${name}`, to: 'app', kind: 'runtime' },
      { from: `image:${name}`, to: 'base', kind: 'runtime' },
    ])
  })

  it('that failed last is failed, and its newest release stays what it is', async () => {
    const key = digestOf(`next plan of ${name}`)
    await world.imageAttempt(name, { key, purpose: 'test', why: '1 of 1 tests failed: it runs', log: 'no\n' })
    const catalog = open({ images: images() })
    expect(await catalog.image(name)).toMatchObject({
      ...{ state: 'failed', digest: image.digest, tested: 'passed', test: { outcome: 'passed' } },
      attempts: [{ purpose: 'test', outcome: 'failed', why: '1 of 1 tests failed: it runs' }, {}, {}, {}, {}],
    })
    expect((await catalog.status()).failures).toEqual([
      {
        ...{ name, version: '', purpose: 'image', buildKey: key, step: null },
        ...{ why: '1 of 1 tests failed: it runs', at: '2026-03-01T00:01:00.900Z' },
      },
    ])
  })

  it('that never passed shows its failed test, and how it failed before it had a plan', async () => {
    const other = `broken-${world.arch}`
    const key = digestOf(`plan of ${other}`)
    await world.imageAttempt(other, { key, purpose: 'test', why: 'no answer' })
    await world.imageAttempt(other, { key: null, purpose: 'image', why: 'app is not there' })
    const catalog = open({ images: [other] })
    expect(await catalog.image(other)).toMatchObject({
      ...{ state: 'failed', tested: 'failed', digest: null },
      test: { outcome: 'failed', cases: [{ output: 'no answer' }] },
      attempts: [
        { buildKey: '', why: 'app is not there' },
        { buildKey: key, why: 'no answer' },
      ],
    })
    expect((await catalog.status()).failures).toMatchObject([{ name: other, buildKey: null }])
  })

  it('is a build too, with its packages as environment and the logs of its attempts', async () => {
    const catalog = open()
    const { key } = image.image
    const build = await catalog.build(key.slice(7, 23))
    expect(build).toMatchObject({
      ...{ key, recipe: name, arch: world.arch, plannedAt: world.now() },
      environment: [
        { name: 'app', version: '1.2.3-r0', from: 'distro' },
        { name: 'base', version: '1-r0', from: 'distro' },
      ],
      attempts: [{ purpose: 'test' }, { purpose: 'image' }],
    })
    expect(await textOf(await catalog.log(key, null))).toBe('passed it runs\n')
    expect(await textOf(await catalog.log(key, build?.attempts[1]?.id ?? null))).toMatch(
      /^the image was built/,
    )
    expect(await catalog.log(key, 999_999)).toBeNull()
  })

  it('that the distro no longer defines is still listed as long as it can be pulled', async () => {
    expect((await open().images()).map((one) => one.name)).toEqual([name])
  })
})

describe('however many packages there are', () => {
  it('a list takes the same number of queries', async () => {
    let queries = 0
    const counting = mill.f.database.withPlugin({
      transformQuery: ({ node }) => {
        queries += 1
        return node
      },
      transformResult: async ({ result }) => result,
    })
    const ask = async () => {
      queries = 0
      const catalog = open({}, counting)
      for (const answer of [catalog.packages, catalog.images, catalog.status, catalog.graph]) await answer()
      return queries
    }
    const name = `many-${world.arch}`
    await world.release('a-1-r0', { 'a-1-r0': {} })
    await world.releaseImage(`${name}-a`, ['a'], ['1'])
    const few = await ask()
    for (const one of ['b', 'c', 'd', 'e', 'f']) {
      await world.release(`${one}-1-r0`, { [`${one}-1-r0`]: {}, [`${one}-doc-1-r0`]: {} })
      await world.plan(`${one}x-1-r0`)
      await world.releaseImage(`${name}-${one}`, [one], ['1'])
    }
    expect(await ask()).toBe(few)
    expect(few).toBeLessThan(40)
  })
})

describe('over HTTP', () => {
  it('the facts are what the page reads', async () => {
    const { nginx } = await smallDistro()
    const assets = { page: null, get: () => undefined } as unknown as Parameters<typeof makeApp>[1]['assets']
    const app = makeApp(literalServices({ catalog: open() }), {
      ...{ assets, stop: new AbortController().signal, emit: () => {} },
    })
    const ask = async (path: string) => (await app.request(path)).json()
    expect(await ask('/api/status')).toMatchObject({ recipes: 3, edge: 3, failed: 1 })
    expect(await ask('/api/packages/zlib')).toMatchObject({ name: 'zlib', siblings: ['zlib-dev'] })
    expect(await ask('/api/packages/zlbi')).toMatchObject({ code: 'NOT_FOUND', fix: 'did you mean zlib?' })
    const log = await app.request(`/api/builds/${nginx.slice(7, 19)}/log`)
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await log.text()).toMatch(/^build failed/)
    const { versions } = (await ask('/api/packages/curl')) as { versions: { sbom: { digest: string } }[] }
    expect(await ask(`/api/documents/${versions[0]?.sbom.digest}`)).toHaveProperty('sbomOf')
  })
})
