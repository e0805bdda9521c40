// SPDX-License-Identifier: Apache-2.0
import { digestOf, INITIAL_PROGRESS, type MillraceEvent, type ProgressState } from '../../src/base/index.ts'
import type {
  Attempt,
  BuildDetail,
  Catalog,
  DistroGraph,
  EventFeed,
  ImageDetail,
  PackageDetail,
  PackageVersion,
  ServerServices,
  Status,
  StoredDocument,
  StoredText,
} from '../../src/server/index.ts'

/** A small distro as facts, for tests of what shows them. */

const AT = '2026-11-22T09:30:00.000Z'
const encoder = new TextEncoder()
const documents = new Map<string, StoredText>()

function text(content: string, mediaType: string): StoredText {
  const bytes = encoder.encode(content)
  return {
    mediaType,
    sizeBytes: bytes.length,
    body: { [Symbol.asyncIterator]: () => ReadableStream.from([bytes])[Symbol.asyncIterator]() },
  }
}

function document(value: unknown, mediaType: string): StoredDocument {
  const content = JSON.stringify(value)
  const digest = digestOf(content)
  const stored = text(content, mediaType)
  documents.set(digest, stored)
  return { digest, mediaType, sizeBytes: stored.sizeBytes }
}

export const buildKeyOf = (name: string): string => digestOf(`plan of ${name}`)

function spdx(name: string, version: string, parts: readonly string[]) {
  const packages = [name, ...parts].map((part) => ({
    SPDXID: `SPDXRef-Package-${part}`,
    name: part,
    versionInfo: part === name ? version : '1.0-r0',
    licenseDeclared: 'MIT',
    licenseConcluded: 'NOASSERTION',
    supplier: 'Organization: Millrace',
    downloadLocation: 'NOASSERTION',
    externalRefs: [
      {
        referenceCategory: 'PACKAGE-MANAGER',
        referenceType: 'purl',
        referenceLocator: `pkg:apk/millrace/${part}@${version}?arch=x86_64`,
      },
    ],
  }))
  const relationships = parts.map((part) => ({
    spdxElementId: `SPDXRef-Package-${name}`,
    relationshipType: 'CONTAINS',
    relatedSpdxElement: `SPDXRef-Package-${part}`,
  }))
  return {
    spdxVersion: 'SPDX-2.3',
    dataLicense: 'CC0-1.0',
    SPDXID: 'SPDXRef-DOCUMENT',
    name: `apk-${name}-${version}`,
    documentNamespace: `https://millrace.dev/spdx/${name}-${version}`,
    creationInfo: { created: AT, creators: ['Tool: millrace'] },
    packages,
    relationships,
  }
}

function provenance(name: string, version: string) {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: `${name}-${version}.apk`, digest: { sha256: digestOf(name).slice(7) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://millrace.dev/build/apk/v1',
        externalParameters: { recipe: `packages/${name}.yaml` },
        internalParameters: { arch: 'x86_64', buildKey: buildKeyOf(name) },
        resolvedDependencies: [
          {
            uri: `https://example.org/${name}-${version.replace(/-r\d+$/, '')}.tar.gz`,
            digest: { sha256: digestOf(`${name} source`).slice(7) },
          },
          { uri: 'pkg:apk/seed/gcc@12.2.0-14', digest: { sha256: digestOf('gcc').slice(7) } },
        ],
      },
      runDetails: {
        builder: { id: 'https://millrace.dev/builder/1', version: { millrace: '0.1.0' } },
        metadata: { invocationId: 'one', startedOn: AT, finishedOn: '2026-11-22T09:31:12.000Z' },
      },
    },
  }
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint: 'millrace-1a2b3c' } },
    dsseEnvelope: {
      payload: btoa(JSON.stringify(statement)),
      payloadType: 'application/vnd.in-toto+json',
      signatures: [{ sig: 'MEUCIQ==', keyid: 'millrace-1a2b3c' }],
    },
  }
}

export function attempt(
  name: string,
  id: number,
  purpose: Attempt['purpose'],
  failed?: { step: string; why: string; explanation: Attempt['explanation'] },
): Attempt {
  return {
    id,
    buildKey: buildKeyOf(name),
    version: '1.0-r0',
    purpose,
    outcome: failed === undefined ? 'passed' : 'failed',
    startedAt: AT,
    durationMs: 42_300,
    step: failed?.step ?? null,
    why: failed?.why ?? null,
    explanation: failed?.explanation ?? null,
  }
}

interface PackageFacts {
  readonly name: string
  readonly version?: string
  readonly origin?: string
  readonly description: string
  readonly license: string
  readonly needs?: readonly string[]
  readonly state?: PackageDetail['state']
  readonly reproduced?: PackageDetail['reproduced']
}

function makePackage(
  facts: PackageFacts,
  siblings: readonly string[],
  wantedBy: readonly string[],
): PackageDetail {
  const { name, description, license, origin = name, version = '1.0-r0' } = facts
  const { state = 'done', reproduced = 'same', needs = [] } = facts
  const built = state === 'done'
  const sizeBytes = 20_000 + name.length * 31_337
  const result: PackageVersion = {
    version,
    arch: 'x86_64',
    channels: reproduced === 'same' ? ['edge', 'stable'] : ['edge'],
    digest: digestOf(`${name} apk`),
    sizeBytes,
    installedBytes: sizeBytes * 3,
    builtAt: AT,
    download: `/apk/edge/x86_64/${name}-${version}.apk`,
    buildKey: buildKeyOf(origin),
    dependencies: needs.map((need) => ({ text: `so:lib${need}.so.1`, provider: need })),
    provides: [`so:lib${name}.so.1=1.0`, `cmd:${name}=${version}`],
    sbom: document(spdx(name, version, needs), 'application/spdx+json'),
    provenance: document(provenance(name, version), 'application/vnd.dev.sigstore.bundle.v0.3+json'),
    reproduction: {
      result: reproduced,
      at: reproduced === 'waiting' ? null : AT,
      differences:
        reproduced === 'different'
          ? [
              {
                package: name,
                file: `usr/bin/${name}`,
                offset: 4096,
                likelyCause: 'a build path is recorded in the debug information',
              },
            ]
          : [],
    },
    seedPackages: 31,
  }
  return {
    name,
    origin,
    description,
    license,
    version,
    url: `https://example.org/${origin}`,
    channels: {
      edge: built ? version : null,
      stable: built && reproduced === 'same' ? version : null,
    },
    sizeBytes: built ? sizeBytes : null,
    builtAt: built ? AT : null,
    reproduced,
    state,
    siblings,
    versions: built ? [result] : [],
    dependents: wantedBy.map((one) => ({ name: one, kind: 'runtime', wants: `so:lib${name}.so.1` })),
    attempts: built
      ? [attempt(origin, 3, 'reproduce'), attempt(origin, 2, 'test'), attempt(origin, 1, 'build')]
      : [
          attempt(origin, 4, 'build', {
            step: 'autoconf/configure',
            why: 'configure: error: no acceptable C compiler found in $PATH',
            explanation: {
              lines: [
                `at packages/${origin}.yaml:24, in autoconf/configure`,
                'a compiler or another program of the build said no',
                'it misses cmd:cc; this package has it: gcc',
                'the last good one was 1.0-r0 (build 0123456789ab, 2026-11-20 08:00); since then:',
                '  environment: gcc is gone',
              ],
              fix: 'add gcc to environment.contents.packages',
              enter: `millrace debug ${origin}-0123456789ab`,
            },
          }),
        ],
  }
}

const PACKAGES: readonly PackageFacts[] = [
  {
    name: 'ca-certificates',
    version: '20230311-r0',
    description: 'Common CA certificates',
    license: 'MPL-2.0',
  },
  {
    name: 'curl',
    version: '8.14.1-r0',
    description: 'URL retrieval utility and library',
    license: 'curl',
    needs: ['openssl', 'zlib', 'zstd', 'glibc'],
    reproduced: 'different',
  },
  {
    name: 'git',
    version: '2.47.2-r0',
    description: 'Distributed version control',
    license: 'GPL-2.0-only',
    state: 'failed',
    reproduced: 'waiting',
  },
  { name: 'glibc', version: '2.41-r1', description: 'The GNU C library', license: 'LGPL-2.1-or-later' },
  {
    name: 'nginx',
    version: '1.28.0-r0',
    description: 'HTTP and reverse proxy server',
    license: 'BSD-2-Clause',
    needs: ['openssl', 'pcre2', 'zlib', 'glibc'],
  },
  {
    name: 'openssl',
    version: '3.5.1-r0',
    description: 'Toolkit for TLS and general purpose cryptography',
    license: 'Apache-2.0',
    needs: ['glibc', 'zlib'],
  },
  {
    name: 'pcre2',
    version: '10.45-r0',
    description: 'Perl-compatible regular expressions',
    license: 'BSD-3-Clause',
    needs: ['glibc'],
  },
  {
    name: 'sqlite',
    version: '3.46.1-r0',
    description: 'Self-contained SQL database engine',
    license: 'blessing',
    needs: ['glibc', 'zlib'],
  },
  {
    name: 'zlib',
    version: '1.3.1-r0',
    description: 'Compression library implementing deflate',
    license: 'Zlib',
    needs: ['glibc'],
  },
  {
    name: 'zlib-dev',
    origin: 'zlib',
    version: '1.3.1-r0',
    description: 'Headers of zlib',
    license: 'Zlib',
    needs: ['zlib'],
  },
  {
    name: 'zstd',
    version: '1.5.7-r0',
    description: 'Fast real-time compression',
    license: 'BSD-3-Clause',
    needs: ['glibc'],
    reproduced: 'waiting',
  },
]

export function literalPackages(): PackageDetail[] {
  const originOf = ({ name, origin = name }: PackageFacts) => origin
  return PACKAGES.map((facts) =>
    makePackage(
      facts,
      PACKAGES.filter((other) => other !== facts && originOf(other) === originOf(facts)).map(
        ({ name }) => name,
      ),
      PACKAGES.filter(({ needs = [] }) => needs.includes(facts.name)).map(({ name }) => name),
    ),
  )
}

function makeImage(name: string, description: string, parts: readonly string[], failed = false): ImageDetail {
  const inside = literalPackages().filter((one) => parts.includes(one.name))
  const filling = inside.map((one) => ({
    digest: digestOf(`layer ${one.name}`),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    sizeBytes: one.sizeBytes ?? 0,
    parts: [{ name: one.name, installedBytes: (one.sizeBytes ?? 0) * 3 }],
  }))
  const top = {
    digest: digestOf(`top of ${name}`),
    mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
    sizeBytes: 4096,
    parts: [{ name: 'users, os-release, links', installedBytes: 9000 }],
  }
  const layers = [...filling, top]
  const version = inside.find((one) => one.name === name)?.version.replace(/-r\d+$/, '') ?? '1.0'
  const tags = ['latest', version]
  const digest = digestOf(`image ${name}`)
  return {
    name,
    description,
    state: 'done',
    tags,
    digest,
    sizeBytes: layers.reduce((sum, layer) => sum + layer.sizeBytes, 0),
    layers: layers.length,
    packages: inside.length,
    builtAt: AT,
    tested: failed ? 'failed' : 'passed',
    arch: 'x86_64',
    config: {
      entrypoint: [`/usr/bin/${name}`],
      command: ['-g', 'daemon off;'],
      user: '65532',
      workingDirectory: '/',
      environment: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'],
      shell: false,
    },
    filling: layers,
    contents: inside.map((one) => ({
      name: one.name,
      version: one.version,
      license: one.license,
      installedBytes: (one.sizeBytes ?? 0) * 3,
    })),
    sbom: document(spdx(name, version, parts), 'application/spdx+json'),
    provenance: document(provenance(name, version), 'application/vnd.dev.sigstore.bundle.v0.3+json'),
    test: {
      outcome: failed ? 'failed' : 'passed',
      at: AT,
      runtime: 'runc 1.1.5',
      cases: [
        { name: 'starts as user 65532', outcome: 'passed', durationMs: 210, output: 'uid=65532' },
        {
          name: `${name} does its job`,
          outcome: failed ? 'failed' : 'passed',
          durationMs: 840,
          output: failed ? 'exit 1: no answer on port 8080' : 'HTTP/1.1 200 OK',
        },
      ],
    },
    history: [{ tags: ['0.9'], digest: digestOf(`old ${name}`), builtAt: '2026-11-20T12:00:00.000Z' }],
    attempts: [attempt(name, 9, 'image')],
  }
}

export function literalImages(): ImageDetail[] {
  return [
    makeImage('curl', 'curl and the certificates it trusts', [
      'ca-certificates',
      'curl',
      'glibc',
      'openssl',
      'zlib',
      'zstd',
    ]),
    makeImage('nginx', 'The nginx web server on port 8080', ['glibc', 'nginx', 'openssl', 'pcre2', 'zlib']),
    makeImage('sqlite', 'The sqlite3 shell', ['glibc', 'sqlite', 'zlib'], true),
    makeImage('static', 'Certificates, users and nothing else', ['ca-certificates']),
  ]
}

function literalGraph(): DistroGraph {
  const packages = literalPackages()
  const recipes = packages.filter((one) => one.name === one.origin)
  const images = literalImages()
  return {
    nodes: [
      ...recipes.map((one) => ({
        id: one.name,
        kind: 'recipe' as const,
        version: one.version,
        state: one.state,
        packages: [one.name, ...one.siblings],
      })),
      ...images.map((one) => ({
        id: `image:${one.name}`,
        kind: 'image' as const,
        version: one.tags[1] ?? '',
        state: one.state,
        packages: [],
      })),
    ],
    edges: [
      ...PACKAGES.filter(({ name, origin = name }) => name === origin).flatMap(({ name, needs = [] }) =>
        needs.map((to) => ({ from: name, to, kind: 'runtime' as const })),
      ),
      { from: 'git', to: 'curl', kind: 'build' },
      { from: 'git', to: 'openssl', kind: 'build' },
      { from: 'nginx', to: 'zlib', kind: 'build' },
      ...images.flatMap((one) =>
        one.contents.map(({ name }) => ({ from: `image:${one.name}`, to: name, kind: 'runtime' as const })),
      ),
    ],
  }
}

export const LITERAL_LOG = `── step 1 of 3: fetch
expanding zlib-1.3.1.tar.gz
── step 2 of 3: autoconf/configure
checking for gcc... gcc
checking for shared library support...
configure: error: no acceptable C compiler found in $PATH
See 'config.log' for more details
── step 3 of 3: autoconf/make
`

export function literalStatus(): Status {
  return {
    version: '0.1.0',
    startedAt: AT,
    arch: 'x86_64',
    recipes: 10,
    edge: 10,
    stable: 8,
    images: 4,
    running: 0,
    waiting: 0,
    failed: 1,
    channels: [
      { name: 'edge', arch: 'x86_64', generation: 12, packages: 10, sizeBytes: 2_400_000, publishedAt: AT },
      { name: 'stable', arch: 'x86_64', generation: 7, packages: 8, sizeBytes: 1_900_000, publishedAt: AT },
    ],
    failures: [
      {
        name: 'git',
        version: '2.47.2-r0',
        purpose: 'build',
        buildKey: buildKeyOf('git'),
        step: 'autoconf/configure',
        why: 'configure: error: no acceptable C compiler found in $PATH',
        at: AT,
      },
    ],
    restingOnSeed: 10,
  }
}

function literalBuild(origin: string): BuildDetail {
  const packages = literalPackages().filter((one) => one.origin === origin)
  return {
    key: buildKeyOf(origin),
    recipe: origin,
    version: packages[0]?.version ?? '1.0-r0',
    arch: 'x86_64',
    plannedAt: AT,
    attempts: packages[0]?.attempts ?? [],
    packages: packages.map(({ name }) => name),
    sources: [{ uri: `https://example.org/${origin}.tar.gz`, digest: digestOf(`${origin} source`) }],
    environment: [
      { name: 'build-base', version: '12-r0', from: 'seed' },
      { name: 'glibc-dev', version: '2.41-r1', from: 'distro' },
    ],
  }
}

/** A catalog that knows what is written above. */
export function literalCatalog(): Catalog {
  const [packages, images, graph] = [literalPackages(), literalImages(), literalGraph()]
  const origins = new Map(packages.map(({ origin }) => [buildKeyOf(origin), origin]))
  const originOf = (key: string) =>
    [...origins].find(([known]) => known.slice(7).startsWith(key.replace('sha256:', '')))?.[1]
  return {
    status: async () => literalStatus(),
    packages: async () => packages,
    package: async (name) => packages.find((one) => one.name === name) ?? null,
    images: async () => images,
    image: async (name) => images.find((one) => one.name === name) ?? null,
    build: async (key) => {
      const origin = originOf(key)
      return origin === undefined ? null : literalBuild(origin)
    },
    log: async (key) => (originOf(key) === undefined ? null : text(LITERAL_LOG, 'text/plain')),
    graph: async () => graph,
    document: async (digest) => documents.get(digest) ?? null,
  }
}

/** An event log in memory: what was stored before, and a way to tell more. */
export function literalFeed(
  stored: readonly MillraceEvent[] = [],
): EventFeed & { tell(event: MillraceEvent): void } {
  const all = [...stored]
  const listeners = new Set<(event: MillraceEvent) => void>()
  return {
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    since: async (seq, limit) => all.filter((event) => event.seq > seq).slice(0, limit),
    flush: async () => {},
    tell: (event) => {
      all.push(event)
      for (const listener of listeners) listener(event)
    },
  }
}

export const PEM = '-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n'

export function literalServices(
  overrides: Partial<ServerServices> = {},
  progress: ProgressState = INITIAL_PROGRESS,
): ServerServices {
  return {
    catalog: literalCatalog(),
    events: literalFeed(),
    progress: () => progress,
    apkRepository: (request) => new Response(`apk ${new URL(request.url).pathname}`),
    registry: (request) => new Response(`registry ${request.method} ${new URL(request.url).pathname}`),
    publicKeys: async () => new Map([['millrace-1a2b3c.rsa.pub', PEM]]),
    ...overrides,
  }
}
