// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson, digestOf, isMillraceError, type Json } from '../base/index.ts'
import {
  type ApkProvenance,
  type EnvironmentPackage,
  imageProvenance,
  parseStatement,
  type Statement,
  slsaProvenance,
  spdxStatement,
} from './index.ts'

const run = {
  builder: { id: 'https://millrace.dev/builder/1', version: { millrace: '1' } },
  invocationId: 'build-7',
  startedOn: new Date('2026-01-02T03:04:05Z'),
  finishedOn: new Date('2026-01-02T03:05:05Z'),
  log: digestOf('log'),
}
const inEnvironment = (name: string, from: 'seed' | 'distro'): EnvironmentPackage => ({
  namespace: 'millrace',
  name,
  version: '1.0-r0',
  arch: 'x86_64',
  datahash: digestOf(`${name} data`),
  file: from === 'seed' ? undefined : digestOf(`${name} file`),
  from,
})
const zlib: ApkProvenance = {
  subjects: [
    { name: 'zlib-dev-1.3.1-r0.apk', digest: digestOf('zlib-dev') },
    { name: 'zlib-1.3.1-r0.apk', digest: digestOf('zlib') },
  ],
  namespace: 'millrace',
  name: 'zlib',
  version: '1.3.1-r0',
  arch: 'x86_64',
  recipe: { path: 'packages/zlib.yaml', digest: digestOf('recipe') },
  buildKey: digestOf('plan'),
  sourceDateEpoch: 1_700_000_000,
  sources: [
    { kind: 'fetch', uri: 'https://me:pw@example.org/zlib.tar.gz', sha256: 'AB'.repeat(32), sha512: '' },
    { kind: 'git', repository: 'https://example.org/data.git', tag: 'v1', commit: 'cd'.repeat(20) },
  ],
  files: [{ path: 'packages/zlib/fix.patch', digest: digestOf('fix') }],
  environment: [inEnvironment('make', 'distro'), inEnvironment('gcc', 'seed'), inEnvironment('bash', 'seed')],
  compilerOptions: { from: inEnvironment('options', 'distro'), optOuts: [] },
  run,
}
interface Predicate {
  readonly buildDefinition: {
    readonly externalParameters: unknown
    readonly internalParameters: unknown
    readonly resolvedDependencies: readonly Record<string, unknown>[]
  }
  readonly runDetails: unknown
}
const predicateOf = (statement: Statement) => statement.predicate as unknown as Predicate

describe('the provenance of a build', () => {
  it('is about every apk of it, by name', () => {
    expect(slsaProvenance(zlib).subject).toEqual([
      { name: 'zlib-1.3.1-r0.apk', digest: { sha256: digestOf('zlib').slice(7) } },
      { name: 'zlib-dev-1.3.1-r0.apk', digest: { sha256: digestOf('zlib-dev').slice(7) } },
    ])
  })

  it('says what was asked, and how much of the environment rests on the seed', () => {
    const { buildDefinition } = predicateOf(slsaProvenance(zlib))
    expect(buildDefinition).toMatchObject({
      buildType: 'https://millrace.dev/build/v1',
      externalParameters: { recipe: { name: 'packages/zlib.yaml' }, name: 'zlib', version: '1.3.1-r0' },
      internalParameters: { buildKey: digestOf('plan'), environment: { packages: 3, fromSeed: 2 } },
    })
  })

  it('says which options compilers got by default, and what the recipe took back of them', () => {
    const optOuts = [{ at: 'Build', by: 'GCC_SPEC_FILE=/dev/null' }]
    const from = inEnvironment('options', 'distro')
    const digest = { apkDatahash: digestOf('options data').slice(7) }
    const said = predicateOf(slsaProvenance({ ...zlib, compilerOptions: { from, optOuts } }))
    expect(said.buildDefinition).toMatchObject({
      externalParameters: { compilerOptOuts: optOuts },
      internalParameters: { compilerOptions: { name: 'options', version: '1.0-r0', digest } },
    })
    const none = predicateOf(slsaProvenance({ ...zlib, compilerOptions: { from: undefined, optOuts: [] } }))
    expect(none.buildDefinition).toMatchObject({
      externalParameters: { compilerOptOuts: [] },
      internalParameters: { compilerOptions: null },
    })
  })

  it('names everything that went in: files of the distribution, sources, packages around it', () => {
    const { resolvedDependencies } = predicateOf(slsaProvenance(zlib)).buildDefinition
    expect(resolvedDependencies.map(({ name, uri }) => uri ?? name)).toEqual([
      'packages/zlib.yaml',
      'packages/zlib/fix.patch',
      `git+https://example.org/data.git@${'cd'.repeat(20)}`,
      'https://example.org/zlib.tar.gz',
      'pkg:apk/millrace/bash@1.0-r0?arch=x86_64',
      'pkg:apk/millrace/gcc@1.0-r0?arch=x86_64',
      'pkg:apk/millrace/make@1.0-r0?arch=x86_64',
    ])
    expect(resolvedDependencies[3]?.['digest']).toEqual({ sha256: 'ab'.repeat(32) })
    expect(resolvedDependencies[5]).toMatchObject({
      digest: { apkDatahash: digestOf('gcc data').slice(7) },
      annotations: { from: 'seed' },
    })
    expect(resolvedDependencies[6]).toMatchObject({
      digest: { apkDatahash: digestOf('make data').slice(7), sha256: digestOf('make file').slice(7) },
      annotations: { from: 'distro' },
    })
  })

  it('says who built, when, and with which log', () => {
    expect(predicateOf(slsaProvenance(zlib)).runDetails).toEqual({
      builder: run.builder,
      metadata: {
        invocationId: 'build-7',
        startedOn: '2026-01-02T03:04:05.000Z',
        finishedOn: '2026-01-02T03:05:05.000Z',
      },
      byproducts: [{ name: 'log', digest: { sha256: digestOf('log').slice(7) } }],
    })
  })

  it('does not depend on the order in which its input comes', () => {
    const turned = {
      ...zlib,
      subjects: zlib.subjects.toReversed(),
      sources: zlib.sources.toReversed(),
      environment: zlib.environment.toReversed(),
    }
    expect(slsaProvenance(turned)).toEqual(slsaProvenance(zlib))
  })
})

describe('the provenance of an image', () => {
  it('names its definition and the file of each package', () => {
    const statement = imageProvenance({
      subjects: [{ name: 'web', digest: digestOf('manifest') }],
      name: 'web',
      ociArchs: ['arm64', 'amd64'],
      definition: { path: 'images/web.yaml', digest: digestOf('definition') },
      imageKey: digestOf('key'),
      created: 1_700_000_000,
      packages: [
        {
          namespace: 'millrace',
          name: 'zlib-dev',
          version: '1-r0',
          arch: 'x86_64',
          origin: 'zlib',
          file: digestOf('f'),
        },
      ],
      run,
    })
    expect(parseStatement(JSON.stringify(statement), 'reading it')).toEqual(statement)
    expect(predicateOf(statement).buildDefinition).toEqual({
      buildType: 'https://millrace.dev/image/v1',
      externalParameters: {
        definition: { name: 'images/web.yaml', digest: { sha256: digestOf('definition').slice(7) } },
        name: 'web',
        architectures: ['amd64', 'arm64'],
      },
      internalParameters: { imageKey: digestOf('key'), created: 1_700_000_000 },
      resolvedDependencies: [
        { name: 'images/web.yaml', digest: { sha256: digestOf('definition').slice(7) } },
        {
          name: 'zlib-dev',
          uri: 'pkg:apk/millrace/zlib-dev@1-r0?arch=x86_64&upstream=zlib',
          digest: { sha256: digestOf('f').slice(7) },
        },
      ],
    })
  })
})

describe('a statement', () => {
  const good = slsaProvenance(zlib)
  const parse = (value: unknown) =>
    parseStatement(typeof value === 'string' ? value : JSON.stringify(value), 'reading it')

  it('is read as it was written', () => {
    expect(parse(canonicalJson(good as unknown as Json))).toEqual(good)
  })

  it('carries an SPDX document whole', () => {
    const statement = spdxStatement(zlib.subjects, '{"spdxVersion":"SPDX-2.3"}')
    expect(statement).toMatchObject({
      predicateType: 'https://spdx.dev/Document',
      predicate: { spdxVersion: 'SPDX-2.3' },
    })
  })

  const subject = (digest: unknown) => ({ ...good, subject: [{ name: 'x', digest }] })
  it.each<[string, unknown, RegExp]>([
    ['is cut short', '{"_type":', /not JSON/],
    ['is null', null, /^it: /],
    ['is of an older version', { ...good, _type: 'https://in-toto.io/Statement/v0.1' }, /_type: /],
    ['has no subject', { ...good, subject: [] }, /subject: /],
    ['has a subject without digest', subject({}), /at least one digest/],
    ['has a digest of the wrong length', subject({ sha256: 'abc' }), /hexadecimal/],
    ['has a digest in capitals', subject({ sha256: 'AB'.repeat(32) }), /hexadecimal/],
    ['has a predicate that is a list', { ...good, predicate: [] }, /predicate: /],
    ['has a field that nobody knows', { ...good, extra: 1 }, /extra/],
    ['is nested without end', `{"predicate":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /nested/],
  ])('is refused when it %s', (_, value, why) => {
    let caught: unknown
    try {
      parse(value)
    } catch (error) {
      caught = error
    }
    expect(caught).toMatchObject({ code: 'ATTESTATION_INVALID', why: expect.stringMatching(why) })
  })

  it('is read or refused, and never more than that, whatever the text is', () => {
    const text = canonicalJson(good as unknown as Json)
    const mutated = fc
      .array(fc.tuple(fc.nat(text.length), fc.nat(4), fc.string()), { minLength: 1, maxLength: 3 })
      .map((edits) =>
        edits.reduce((now, [at, drop, put]) => now.slice(0, at) + put + now.slice(at + drop), text),
      )
    fc.assert(
      fc.property(
        fc.oneof(
          mutated,
          fc.json(),
          fc.string(),
          fc.object().map((one) => JSON.stringify({ ...good, ...one })),
        ),
        (given) => {
          try {
            expect(parse(given)._type).toBe(good._type)
          } catch (error) {
            if (!isMillraceError(error, 'ATTESTATION_INVALID')) throw error
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
