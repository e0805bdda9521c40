// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkSpdx } from '../../test/support/check-spdx.ts'
import { canonicalJson, digestOf, type Json } from '../base/index.ts'
import { type AttestedSource, type ImageSpdx, imageSpdx, type PackageSpdx, packageSpdx } from './index.ts'

const tarball: AttestedSource = {
  kind: 'fetch',
  uri: 'https://example.org/zlib-1.3.1.tar.gz',
  sha256: 'ab'.repeat(32),
  sha512: '',
}
const checkout: AttestedSource = {
  kind: 'git',
  repository: 'https://github.com/madler/zlib.git',
  tag: 'v1.3.1',
  commit: 'cd'.repeat(20),
}
const zlib: PackageSpdx = {
  namespace: 'millrace',
  name: 'zlib',
  version: '1.3.1-r0',
  arch: 'x86_64',
  origin: 'zlib',
  description: 'compression',
  license: 'Zlib',
  supplier: 'Millrace',
  created: 1_700_000_000,
  builderVersion: '1',
  recipe: { path: 'packages/zlib.yaml', digest: digestOf('recipe') },
  files: [],
  sources: [tarball, checkout],
}
const image: ImageSpdx = {
  name: 'web',
  digest: digestOf('manifest'),
  ociArch: 'amd64',
  supplier: 'Millrace',
  created: 1_700_000_000,
  builderVersion: '1',
  definition: { path: 'images/web.yaml', digest: digestOf('definition') },
  layers: [{ digest: digestOf('layer') }],
  packages: [
    {
      namespace: 'millrace',
      name: 'libstdc++',
      version: '14.2.0-r0',
      arch: 'x86_64',
      origin: 'gcc',
      description: '',
      license: 'GPL-3.0-or-later WITH GCC-exception-3.1',
      file: digestOf('libstdc++'),
      sources: [tarball],
    },
    {
      namespace: 'millrace',
      name: 'zlib',
      version: '1.3.1-r0',
      arch: 'x86_64',
      origin: 'zlib',
      description: 'compression',
      license: 'custom',
      file: digestOf('zlib'),
      sources: [tarball, checkout],
    },
  ],
}
const read = (input: Partial<PackageSpdx>) => checkSpdx(packageSpdx({ ...zlib, ...input }))
const main = (input: Partial<PackageSpdx>) =>
  read(input).packages.find(({ primaryPackagePurpose }) => primaryPackagePurpose === 'APPLICATION')

describe('the SPDX document of a package', () => {
  it('keeps the rules and says what the package is and what it was made of', () => {
    const document = read({ files: [{ path: 'packages/zlib/fix.patch', digest: digestOf('fix') }] })
    expect(document.creationInfo.created).toBe('2023-11-14T22:13:20Z')
    expect(document.packages.map(({ name }) => name).sort()).toEqual([
      'packages/zlib.yaml',
      'packages/zlib/fix.patch',
      'zlib',
      'zlib',
      'zlib-1.3.1.tar.gz',
    ])
    const types = document.relationships.map(({ relationshipType }) => relationshipType)
    expect(types.filter((type) => type === 'GENERATED_FROM')).toHaveLength(4)
    expect(main({})).toMatchObject({
      SPDXID: 'SPDXRef-Package-zlib-1.3.1-r0',
      versionInfo: '1.3.1-r0',
      licenseDeclared: 'Zlib',
      externalRefs: [{ referenceLocator: 'pkg:apk/millrace/zlib@1.3.1-r0?arch=x86_64' }],
    })
  })

  it('leads scanners from a subpackage to its origin', () => {
    const purl = main({ name: 'zlib-dev' })?.externalRefs?.[0]?.referenceLocator
    expect(purl).toBe('pkg:apk/millrace/zlib-dev@1.3.1-r0?arch=x86_64&upstream=zlib')
  })

  it('is the same bytes for the same input, in whatever order the sources come and however often', () => {
    const sources = [checkout, tarball, tarball, checkout]
    expect(packageSpdx({ ...zlib, sources })).toBe(packageSpdx(zlib))
  })

  it.each<[string, Partial<PackageSpdx>]>([
    ['created', { created: 1_700_000_001 }],
    ['recipe', { recipe: { path: 'packages/zlib.yaml', digest: digestOf('another') } }],
    ['description', { description: 'else' }],
    ['arch', { arch: 'aarch64' }],
  ])('has a namespace of its own when its %s differs', (_, change) => {
    expect(read(change).documentNamespace).not.toBe(read({}).documentNamespace)
  })

  it.each<[string, AttestedSource, object]>([
    [
      'a tarball',
      tarball,
      {
        downloadLocation: 'https://example.org/zlib-1.3.1.tar.gz',
        checksums: [{ algorithm: 'SHA256', checksumValue: 'ab'.repeat(32) }],
      },
    ],
    [
      'a commit on GitHub',
      checkout,
      {
        downloadLocation: `git+https://github.com/madler/zlib.git@${'cd'.repeat(20)}`,
        externalRefs: [
          expect.objectContaining({ referenceLocator: `pkg:github/madler/zlib@${'cd'.repeat(20)}` }),
        ],
      },
    ],
    [
      'a repository named as ssh does',
      { kind: 'git', repository: 'git@example.org:team/tool.git', tag: 'v2', commit: '' },
      { name: 'tool', versionInfo: 'v2', downloadLocation: 'git+ssh://example.org/team/tool.git@v2' },
    ],
    [
      'a Debian source',
      { ...tarball, uri: 'debian-source:zlib=1:1.2.13-1/zlib_1.2.13.orig.tar.bz2' },
      {
        downloadLocation: 'NOASSERTION',
        externalRefs: [
          expect.objectContaining({ referenceLocator: 'pkg:deb/debian/zlib@1:1.2.13-1?arch=source' }),
        ],
      },
    ],
    [
      'a place behind a password',
      { ...tarball, uri: 'https://me:hunter2@example.org/a.tar.gz?token=hunter2' },
      { downloadLocation: 'https://example.org/a.tar.gz' },
    ],
    ['what is no URI at all', { ...tarball, uri: 'somewhere' }, { downloadLocation: 'NOASSERTION' }],
  ])('describes %s', (_, source, wanted) => {
    const text = packageSpdx({ ...zlib, sources: [source] })
    expect(checkSpdx(text).packages).toContainEqual(expect.objectContaining(wanted))
    expect(text).not.toContain('hunter2')
  })

  it.each([
    ['MIT', 'MIT', []],
    ['  GPL-2.0-only   OR (MIT AND Apache-2.0) ', 'GPL-2.0-only OR (MIT AND Apache-2.0)', []],
    ['', 'NOASSERTION', []],
    ['LicenseRef-ours AND MIT', 'LicenseRef-ours AND MIT', ['LicenseRef-ours']],
    ['MIT and Proprietary', 'MIT AND LicenseRef-Proprietary', ['Proprietary']],
    ['Public Domain', expect.stringMatching(/^LicenseRef-Public-Domain-[0-9a-f]{12}$/), ['Public Domain']],
    ['MIT WITH nonsense', expect.stringMatching(/^LicenseRef-MIT-WITH-nonsense-/), ['MIT WITH nonsense']],
    ['DocumentRef-x:LicenseRef-y', expect.stringMatching(/^LicenseRef-DocumentRef-x-/), [expect.anything()]],
  ])('declares the license %j', (license, expression, names) => {
    expect(main({ license })?.licenseDeclared).toEqual(expression)
    expect((read({ license }).hasExtractedLicensingInfos ?? []).map(({ name }) => name)).toEqual(names)
  })

  it('carries the text of a license that is not on SPDX’s list', () => {
    const licenseTexts = new Map([['custom', 'Do what you like.']])
    const [info] = read({ license: 'custom', licenseTexts }).hasExtractedLicensingInfos ?? []
    expect(info).toEqual({
      licenseId: 'LicenseRef-custom',
      name: 'custom',
      extractedText: 'Do what you like.',
    })
  })

  it.each(['https://git.example/.git', 'https://x.example/%20', ' ', '\n:'])(
    'names the source %j',
    (repository) => {
      const source = { kind: 'git', repository, tag: '', commit: '' } as const
      expect(() => read({ sources: [source] })).not.toThrow()
    },
  )

  it('keeps the rules whatever a recipe says', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', '(((', 'MIT', 'a\nb', 'LicenseRef-'),
    )
    const words = fc.array(fc.constantFrom('MIT', 'and', 'OR', 'WITH', '(', ')', 'x y', 'ü', '+'))
    const license = fc.oneof(
      text,
      words.map((list) => list.join(' ')),
    )
    const source = fc.oneof(
      fc.record({
        kind: fc.constant('fetch' as const),
        uri: fc.oneof(text, fc.webUrl()),
        sha256: fc.constant(''),
        sha512: fc.constant(''),
      }),
      fc.record({
        kind: fc.constant('git' as const),
        repository: fc.oneof(text, fc.webUrl()),
        tag: text,
        commit: fc.constant(''),
      }),
    )
    const given = fc.record({
      description: text,
      license,
      files: fc.array(
        fc.record({ path: text.filter((path) => path !== ''), digest: fc.constant(digestOf('x')) }),
      ),
      sources: fc.array(source),
    })
    fc.assert(
      fc.property(given, (input) => void read(input)),
      { numRuns: 300 },
    )
  })
})

describe('the SPDX document of an image', () => {
  it('keeps the rules and lists every package with license, purl and digest', () => {
    const document = checkSpdx(imageSpdx(image))
    expect(document.packages).toContainEqual(
      expect.objectContaining({
        name: 'libstdc++',
        licenseDeclared: 'GPL-3.0-or-later WITH GCC-exception-3.1',
        checksums: [{ algorithm: 'SHA256', checksumValue: digestOf('libstdc++').slice(7) }],
        externalRefs: [
          {
            referenceCategory: 'PACKAGE-MANAGER',
            referenceType: 'purl',
            referenceLocator: 'pkg:apk/millrace/libstdc%2B%2B@14.2.0-r0?arch=x86_64&upstream=gcc',
          },
        ],
      }),
    )
    expect(document.hasExtractedLicensingInfos?.map(({ licenseId }) => licenseId)).toEqual([
      'LicenseRef-custom',
    ])
  })

  it('contains packages and layers, and comes of its definition', () => {
    const { relationships } = checkSpdx(imageSpdx(image))
    const root = `SPDXRef-Image-sha256-${image.digest.slice(7)}`
    const ends = (type: string, from: string) =>
      relationships.filter((one) => one.relationshipType === type && one.spdxElementId === from).length
    expect([
      ends('DESCRIBES', 'SPDXRef-DOCUMENT'),
      ends('CONTAINS', root),
      ends('GENERATED_FROM', root),
    ]).toEqual([1, 3, 1])
    expect(ends('GENERATED_FROM', 'SPDXRef-Package-zlib-1.3.1-r0')).toBe(2)
  })

  it('names a source once that two packages share', () => {
    const { packages } = checkSpdx(imageSpdx(image))
    expect(packages.filter(({ name }) => name === 'zlib-1.3.1.tar.gz')).toHaveLength(1)
  })

  it('is canonical, and does not depend on the order of packages', () => {
    const text = imageSpdx(image)
    expect(imageSpdx({ ...image, packages: image.packages.toReversed() })).toBe(text)
    expect(canonicalJson(JSON.parse(text) as Json)).toBe(text)
  })

  it('needs no layers', () => {
    const { layers: _, ...bare } = image
    expect(checkSpdx(imageSpdx(bare)).packages).toHaveLength(6)
  })
})
