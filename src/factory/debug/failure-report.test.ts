// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestHex, digestOf } from '../../base/index.ts'
import { failureOf, type Wanted } from '../../build/index.ts'
import type { AvailableApk, BuildPlan } from '../../plan/index.ts'
import type { BlobStore } from '../../store/index.ts'
import { reportFailure, reportLines } from './failure-report.ts'
import { likelyNames, providersOf } from './providers.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-providers-'))
  const include = join(root, 'trees', digestHex(digestOf('xml-dev')), 'usr/include')
  await mkdir(join(include, 'libxml2/libxml'), { recursive: true })
  await writeFile(join(include, 'libxml2/libxml/parser.h'), '')
  await writeFile(join(include, 'zconf.h'), '')
})
afterAll(() => rm(root, { recursive: true, force: true }))

function apk(name: string, provides: readonly string[], origin = name): AvailableApk {
  const digest = digestOf(name)
  const record = { ...({} as AvailableApk['record']), name, origin, provides, version: '1-r0' }
  return { record, file: digest, datahash: digest }
}

const POOL = [
  apk('pax-utils', ['cmd:scanelf=1']),
  apk('zlib', ['so:libz.so.1=1.3'], 'zlib'),
  apk('zlib-dev', ['pc:zlib=1.3', 'so:libz.so=1'], 'zlib'),
  apk('xml-dev', ['pc:libxml-2.0=2'], 'xml'),
  apk('py3.13-cython', []),
  apk('perl-xml-parser', []),
  apk('ruby3.4-rake', []),
]

describe('packages that have what is missing', () => {
  it.each<[Wanted, string[]]>([
    [{ kind: 'cmd', name: 'scanelf' }, ['pax-utils']],
    [{ kind: 'cmd', name: '/usr/bin/scanelf' }, ['pax-utils']],
    [{ kind: 'so', name: 'libz.so.1' }, ['zlib']],
    [{ kind: 'lib', name: 'z' }, ['zlib-dev']],
    [{ kind: 'pc', name: 'libxml-2.0 >= 2.9' }, ['xml-dev']],
    [{ kind: 'cmake', name: 'ZLIB' }, ['zlib-dev']],
    [{ kind: 'header', name: 'libxml/parser.h' }, ['xml-dev']],
    [{ kind: 'header', name: 'zconf.h' }, ['xml-dev']],
    [{ kind: 'header', name: '../../etc/passwd' }, []],
    [{ kind: 'python', name: 'Cython.Build' }, ['py3.13-cython']],
    [{ kind: 'perl', name: 'XML/Parser' }, ['perl-xml-parser']],
    [{ kind: 'ruby', name: 'rake/task' }, ['ruby3.4-rake']],
    [{ kind: 'cmd', name: 'nobody' }, []],
  ])('are found: %j', async (wanted, want) => {
    expect(await providersOf(wanted, POOL, join(root, 'trees'))).toEqual(want)
  })

  it('have names that can be guessed', () => {
    expect(likelyNames({ kind: 'header', name: 'zlib.h' })).toContain('zlib-dev')
    expect(likelyNames({ kind: 'header', name: 'openssl/ssl.h' })).toContain('openssl-dev')
    expect(likelyNames({ kind: 'lib', name: 'readline' })).toContain('readline-dev')
    expect(likelyNames({ kind: 'cmd', name: '/usr/bin/gperf' })).toEqual(['gperf'])
    expect(likelyNames({ kind: 'python', name: 'flit_core.x' })).toEqual(['py3-flit-core'])
  })
})

describe('a failure is told', () => {
  const plan = (version: string): BuildPlan => ({
    ...({
      packages: [],
      sources: [],
      files: [],
      variables: {},
      sourceDateEpoch: 1,
      documentationReaders: {},
      license: '',
    } as Partial<BuildPlan> as BuildPlan),
    builder: { name: 'millrace', version: '1' },
    recipe: { name: 'tool', version, epoch: 0, fullVersion: `${version}-r0` },
    environment: [{ name: 'gcc', version: `${version}-r0`, datahash: digestOf(version), from: 'seed' }],
  })
  const report = async (isFirst: boolean) => {
    const good = {
      plan: {
        key: `sha256:${'a'.repeat(64)}`,
        recipe: 'tool',
        version: '1-r0',
        digest: digestOf('1'),
        plannedAt: new Date(0),
      },
      startedAt: new Date(Date.UTC(2026, 0, 2, 3, 4)),
    }
    const store = {
      async *read() {
        yield Buffer.from(JSON.stringify(plan('1')))
      },
    } as unknown as BlobStore
    const f = {
      ...{ store, dataDirectory: root, arch: 'x86_64', repository: { packages: async () => [] } },
      ledger: { lastPassed: async () => (isFirst ? undefined : good), findPlans: async () => [] },
    }
    const failure = {
      ...failureOf('ended with exit code 127', 'add it', 'dependency'),
      wanted: { kind: 'cmd', name: 'gperf' } as const,
      trail: [
        { label: '', uses: 'autoconf/make', at: 'tool.yaml:9:5' },
        { label: '', uses: null, at: 'autoconf/make.yaml:12:5' },
      ],
    }
    const known = { seed: [], distroPackages: ['gperf', 'gcc'] }
    return reportLines(await reportFailure(f, plan('2'), failure, 'build', known), 'tool')
  }

  it('with its place, what is missing, and the last good build with every input that is another since', async () => {
    expect(await report(false)).toEqual([
      'at uses autoconf/make (tool.yaml:9:5) › (autoconf/make.yaml:12:5)',
      'something is missing in the environment',
      'it misses cmd:gperf, which no package that is there is known to have; by its name this package may: gperf',
      'the last good one was 1-r0 (build aaaaaaaaaaaa, 2026-01-02 03:04); since then:',
      '  version "1-r0" → "2-r0"',
      expect.stringMatching(/^ {2}environment package gcc: 1-r0 \(seed, [0-9a-f]{12}\) → 2-r0/),
    ])
  })

  it('as the first of its recipe when there was none before', async () => {
    expect((await report(true)).at(-1)).toBe('it never came to a good end before')
  })
})
