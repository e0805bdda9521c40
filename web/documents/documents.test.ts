// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readProvenance } from './provenance.ts'
import { digestOfSet, readPurl } from './read.ts'
import { readSbom } from './spdx.ts'

const statement = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'zlib-1.3.1-r0.apk', digest: { sha256: 'aa' } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: {
    buildDefinition: {
      buildType: 'https://example.org/build/v1',
      externalParameters: { recipe: { path: 'zlib.yaml', line: 3 }, tags: ['a', 'b'] },
      internalParameters: { arch: 'x86_64', nothing: null },
      resolvedDependencies: [
        { uri: 'https://example.org/zlib.tar.gz', digest: { sha512: 'cc', sha256: 'bb' } },
        { uri: 'pkg:apk/seed/gcc@12.2.0-14', digest: { sha256: 'dd' } },
        { uri: 'pkg:deb/debian/binutils@2.40-2?arch=amd64' },
        { uri: 'pkg:apk/millrace/glibc-dev@2.41-r1' },
        { uri: 'pkg:apk/millrace/make@4.4-r0', annotations: { from: 'seed' } },
        { uri: 'pkg:npm/left-pad@1.3.0' },
      ],
    },
    runDetails: {
      builder: { id: 'https://example.org/builder', version: { millrace: '0.1.0' } },
      metadata: {},
    },
  },
}
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64')
const envelope = { payload: base64(statement), signatures: [{ keyid: 'k1' }] }

describe('provenance', () => {
  it.each([
    [
      'a bundle',
      { verificationMaterial: { publicKey: { hint: 'k2' } }, dsseEnvelope: envelope },
      ['k1', 'k2'],
    ],
    ['an envelope', envelope, ['k1']],
    ['a bare statement', statement, []],
  ])('is read from %s', (_, value, signers) => {
    expect(readProvenance(value)).toMatchObject({
      builder: 'https://example.org/builder',
      builderVersions: [{ name: 'millrace', text: '0.1.0' }],
      subjects: [{ name: 'zlib-1.3.1-r0.apk', digest: 'sha256:aa' }],
      signers,
    })
  })

  it('keeps apart what was fetched and what the build ran in, and marks the seed', () => {
    const facts = readProvenance(statement)
    expect(facts?.sources).toEqual([
      { uri: 'https://example.org/zlib.tar.gz', digest: 'sha256:bb' },
      { uri: 'pkg:npm/left-pad@1.3.0', digest: '' },
    ])
    expect(facts?.environment.map(({ name, version, from }) => `${name} ${version} ${from}`)).toEqual([
      'binutils 2.40-2 seed',
      'gcc 12.2.0-14 seed',
      'glibc-dev 2.41-r1 distro',
      'make 4.4-r0 seed',
    ])
  })

  it('flattens parameters', () => {
    expect(readProvenance(statement)?.parameters).toEqual([
      { name: 'arch', text: 'x86_64' },
      { name: 'recipe.line', text: '3' },
      { name: 'recipe.path', text: 'zlib.yaml' },
      { name: 'tags', text: '["a","b"]' },
    ])
  })

  it.each([
    null,
    'text',
    {},
    { payload: '%%%' },
    { payload: base64('x') },
    { predicateType: 'https://spdx.dev/Document' },
  ])('is not seen in %j', (value) => expect(readProvenance(value)).toBeNull())
})

describe('an SBOM', () => {
  const document = {
    spdxVersion: 'SPDX-2.3',
    name: 'apk-zlib',
    creationInfo: { created: '2026-11-22T09:30:00Z', creators: ['Tool: millrace'] },
    packages: [
      {
        SPDXID: 'a',
        name: 'libb',
        licenseDeclared: 'NOASSERTION',
        licenseConcluded: 'MIT',
        supplier: 'Organization: Us',
      },
      { SPDXID: 'b', name: 'liba', licenseDeclared: 'NOASSERTION' },
      {
        SPDXID: 'c',
        name: 'zlib',
        versionInfo: '1.3.1-r0',
        licenseDeclared: 'MIT',
        externalRefs: [{ referenceType: 'purl', referenceLocator: 'pkg:apk/millrace/zlib@1.3.1-r0' }],
      },
    ],
    relationships: [{ spdxElementId: 'd', relationshipType: 'DESCRIBES', relatedSpdxElement: 'c' }],
  }

  it('is a table with its subject first and NOASSERTION as nothing', () => {
    expect(
      readSbom(document)?.rows.map(({ name, licence, type, subject }) => [name, licence, type, subject]),
    ).toEqual([
      ['zlib', 'MIT', 'apk', true],
      ['liba', '', '', false],
      ['libb', 'MIT', '', false],
    ])
  })

  it('counts licences, most first', () => {
    expect(readSbom(document)?.licences).toEqual([
      { licence: 'MIT', count: 2 },
      { licence: '', count: 1 },
    ])
  })

  it('is not seen in another document', () => expect(readSbom({ bomFormat: 'CycloneDX' })).toBeNull())
})

describe('hostile documents', () => {
  it('are read or refused, never a fault', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        readSbom({
          ...statement,
          spdxVersion: 'SPDX-2.3',
          packages: value,
          relationships: value,
          creationInfo: value,
        })
        readProvenance({ ...statement, predicate: value, subject: value })
        readProvenance({
          ...statement,
          predicate: { buildDefinition: { resolvedDependencies: value }, runDetails: value },
        })
      }),
    )
  })
})

describe('a purl', () => {
  it.each([
    ['pkg:apk/millrace/libstdc%2B%2B@15.1-r0?arch=x86_64', ['apk', 'millrace', 'libstdc++', '15.1-r0']],
    ['pkg:golang/github.com/a/b@v1.0', ['golang', 'github.com/a', 'b', 'v1.0']],
    ['pkg:npm/%40scope/name', ['npm', '@scope', 'name', '']],
    ['pkg:apk/bad%ZZ@1', ['apk', '', 'bad%ZZ', '1']],
  ])('%s is read', (text, [type, namespace, name, version]) =>
    expect(readPurl(text)).toEqual({ type, namespace, name, version }),
  )
  it.each(['https://example.org', 'pkg:', 'pkg:apk/'])('%s is none', (text) =>
    expect(readPurl(text)).toBeNull(),
  )
})

describe('a digest set', () => {
  it.each([
    [{ sha512: 'b', sha256: 'a' }, 'sha256:a'],
    [{ gitCommit: 'c' }, 'gitCommit:c'],
    [{}, ''],
    [null, ''],
  ])('%j is %j', (set, want) => expect(digestOfSet(set)).toBe(want))
})
