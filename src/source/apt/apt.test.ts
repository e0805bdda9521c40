// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Exec, type Exited, HOST_ENV, makeTempDirectory, type TempDirectory } from '../../base/index.ts'
import { formatAptConfig, openAptDirectory } from './apt-directory.ts'
import { aptEntries, debianArchives, formatAptSources } from './archives.ts'
import {
  catCommand,
  downloadCommand,
  indexTargetsCommand,
  machineAptCommand,
  machineSettingsCommand,
  resolveCommand,
  showCommand,
  sourceUrisCommand,
  updateCommand,
} from './commands.ts'
import { fieldsOf, parseDeb822Sources, parseOneLineSources } from './machine-sources.ts'
import { findIndexed, type SourcesList, writeSourcesIndex } from './sources-index.ts'

let temp: TempDirectory
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-apt')
})
afterAll(() => temp[Symbol.asyncDispose]())

const MIRROR = 'http://mirror.example/debian'
const SECURITY = 'http://mirror.example/security'

describe('apt’s commands', () => {
  const context = { configPath: '/d/apt.conf', proxies: { http_proxy: 'http://proxy.example' } }
  const env = { ...HOST_ENV, http_proxy: 'http://proxy.example', APT_CONFIG: '/d/apt.conf' }
  const sha256 = 'ab'.repeat(32)
  it.each([
    [updateCommand(context), 'apt-get update -q=2'],
    [
      indexTargetsCommand(context),
      'apt-get indextargets --format $(CREATED_BY)|$(REPO_URI)|$(RELEASE)|$(FILENAME)',
    ],
    [catCommand(context, '/d/lists/x.lz4'), '/usr/lib/apt/apt-helper cat-file /d/lists/x.lz4'],
    [
      downloadCommand(context, [{ uri: 'http://a/x', path: '/d/x', sha256 }]),
      `/usr/lib/apt/apt-helper download-file http://a/x /d/x SHA256:${sha256}`,
    ],
    [
      resolveCommand(context, ['a', 'b']),
      'apt-get install --print-uris --yes --no-install-recommends --quiet=2 -- a b',
    ],
    [showCommand(context, ['a=1']), 'apt-cache show --no-all-versions -- a=1'],
    [
      sourceUrisCommand(context, 'a', '1-2'),
      'apt-get source --print-uris --download-only --only-source --quiet=2 -- a=1-2',
    ],
  ])('use a configuration of our own: $1', (command, want) => {
    expect([command.program, ...command.args].join(' ')).toBe(want)
    expect(command.env).toEqual(env)
  })

  it('that look at the machine’s only read', () => {
    expect(machineSettingsCommand()).toEqual({ program: 'apt-config', args: ['dump'], env: HOST_ENV })
    expect(machineAptCommand().program).toBe('apt-config')
  })
})

describe('the machine’s apt sources', () => {
  it.each([
    [
      'plain',
      `deb ${MIRROR} bookworm main`,
      [{ uris: [MIRROR], suites: ['bookworm'], signedBy: null, trusted: false }],
    ],
    [
      'with options',
      `deb [ arch=amd64 signed-by=/k.gpg trusted=yes ] ${MIRROR} bookworm main # why`,
      [{ uris: [MIRROR], suites: ['bookworm'], signedBy: '/k.gpg', trusted: true }],
    ],
    [
      'sources',
      `deb-src ${MIRROR} sid main`,
      [{ uris: [MIRROR], suites: ['sid'], signedBy: null, trusted: false }],
    ],
    ['a comment', `# deb ${MIRROR} bookworm main`, []],
    ['other text', 'debug yes no', []],
    ['nothing', '', []],
  ])('of one line: %s', (_, text, want) => {
    expect(parseOneLineSources(text)).toEqual(want)
  })

  it('of stanzas: several URIs and suites, a key in the stanza, one that is off', () => {
    const text = [
      `Types: deb\nURIs: ${MIRROR}\nSuites: bookworm bookworm-updates\nComponents: main\nSigned-By: /k.gpg`,
      `Types: deb\nEnabled: no\nURIs: ${MIRROR}\nSuites: sid`,
      `# a comment\nTypes: deb\nuris: ${SECURITY}\nSuites:\n bookworm-security\nTrusted: yes\nSigned-By:\n -----BEGIN\n .\n -----END`,
    ].join('\n\n')
    expect(parseDeb822Sources(text)).toEqual([
      { uris: [MIRROR], suites: ['bookworm', 'bookworm-updates'], signedBy: '/k.gpg', trusted: false },
      {
        uris: [SECURITY],
        suites: ['bookworm-security'],
        signedBy: '-----BEGIN\n .\n -----END',
        trusted: true,
      },
    ])
  })

  it('never fail to be read, whatever stands there', () => {
    const piece = fc.constantFrom(
      'deb ',
      '[',
      ']',
      ' ',
      '\n',
      'URIs: ',
      'Suites: ',
      'x',
      'http://a ',
      '=',
      '#',
      ':',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string())), (pieces) => {
        for (const source of [
          ...parseOneLineSources(pieces.join('')),
          ...parseDeb822Sources(pieces.join('')),
        ])
          expect(Math.min(source.uris.length, source.suites.length)).toBeGreaterThan(0)
      }),
    )
  })

  it('have fields of any case, folded lines kept', () => {
    expect(fieldsOf('A: 1\nb:2\n c\n\n# no\nC:')).toEqual(
      new Map([
        ['a', '1'],
        ['b', '2\n c'],
        ['c', ''],
      ]),
    )
  })
})

describe('Debian’s archives', () => {
  const source = (uri: string, ...suites: string[]) => ({
    uris: [uri],
    suites,
    signedBy: '/k.gpg',
    trusted: false,
  })

  it('are those with Debian’s suites; security has one of its own, or none', () => {
    const others = source('http://other.example', 'noble')
    const archives = debianArchives([
      others,
      source(MIRROR, 'bookworm'),
      source(SECURITY, 'bookworm-security'),
    ])
    const entries = aptEntries('deb', ['trixie', 'trixie-security', 'sid'], archives)
    expect(entries.map(({ suite, archive }) => `${suite} ${archive.uri}`)).toEqual([
      `trixie ${MIRROR}`,
      `trixie-security ${SECURITY}`,
      `sid ${MIRROR}`,
    ])
    expect(formatAptSources(entries)).toBe(
      [
        `Types: deb\nURIs: ${MIRROR}\nSuites: trixie\nComponents: main\nSigned-By: /k.gpg\n`,
        `Types: deb\nURIs: ${SECURITY}\nSuites: trixie-security\nComponents: main\nSigned-By: /k.gpg\n`,
        `Types: deb\nURIs: ${MIRROR}\nSuites: sid\nComponents: main\nSigned-By: /k.gpg\nCheck-Valid-Until: no\n`,
      ].join('\n'),
    )
    const alone = debianArchives([source(MIRROR, 'stable')])
    expect(aptEntries('deb', ['trixie', 'trixie-security'], alone).map(({ suite }) => suite)).toEqual([
      'trixie',
    ])
  })

  it('are missed on a machine that is no Debian', () => {
    expect(() => debianArchives([source('http://other.example', 'noble')])).toThrowError(
      expect.objectContaining({ code: 'TOOL_MISSING' }),
    )
  })
})

describe('the configuration of our own apt', () => {
  it('keeps the machine’s network settings, and nothing else of it', () => {
    const machine = [
      'APT::Install-Recommends "true";',
      'Acquire::http::Proxy "http://proxy.example";',
      'Acquire::https::CaInfo "/ca.pem";',
      'Acquire::Retries "3";',
      'Dir::State "/var/lib/apt";',
      'Acquire::http::Proxy "x"; DPkg::Pre-Invoke "rm";',
      'DPkg::Post-Invoke:: "rm";',
    ].join('\n')
    const lines = formatAptConfig('/d', 'amd64', machine).split('\n')
    expect(lines.slice(0, 3)).toEqual([
      'Acquire::http::Proxy "http://proxy.example";',
      'Acquire::https::CaInfo "/ca.pem";',
      'Acquire::Retries "3";',
    ])
    expect(lines).toContain('Dir::State "/d";')
    expect(lines).toContain('APT::Architectures { "amd64"; };')
    expect(lines.join('\n')).not.toMatch(/DPkg|var\/lib|"true";$/)
  })

  it('is private: it may hold a mirror’s password', async () => {
    const list = join(temp.path, 'sources.list')
    const exec: Exec = async ({ args }): Promise<Exited> => ({
      ...{
        code: 0,
        signal: null,
        stderr: '',
        durationMs: 1,
        timedOut: false,
        cancelled: false,
        truncated: false,
      },
      stdout: args[0] === 'shell' ? `LIST='${list}'\nPARTS='${list}.d'\n` : '',
    })
    await writeFile(list, `deb ${MIRROR.replace('//', '//u:p@')} bookworm main\n`)
    const directory = join(temp.path, 'apt')
    const context = await openAptDirectory({ exec, proxies: {} }, directory, 'deb-src', ['trixie'], 'arm64')
    expect(context).toEqual({ configPath: join(directory, 'apt.conf'), proxies: {} })
    expect(await readFile(join(directory, 'millrace.sources'), 'utf8')).toContain('Suites: trixie')
    for (const name of ['apt.conf', 'millrace.sources'])
      expect((await stat(join(directory, name))).mode & 0o777, name).toBe(0o600)
  })
})

const hex = (digit: string) => digit.repeat(64)
const stanza = (name: string, version: string, files: readonly (readonly [string, string])[]) =>
  [
    `Package: ${name}`,
    'Binary: a,',
    ' b',
    `Version: ${version}`,
    'Files:',
    ...files.map(([file]) => ` 0123 9 ${file}`),
    'Checksums-Sha256:',
    ...files.map(([file, sha256]) => ` ${sha256} 9 ${file}`),
    `Directory: pool/${name}`,
    '',
  ].join('\n')

function list(suite: string, text: string, chunkBytes = 7): SourcesList {
  const bytes = Buffer.from(text)
  const read = async (onChunk: (chunk: Uint8Array) => void) => {
    for (let at = 0; at < bytes.length; at += chunkBytes) onChunk(bytes.subarray(at, at + chunkBytes))
  }
  return { archive: `${MIRROR}/`, suite, read }
}

describe('the index of Debian’s sources', () => {
  it('finds upstream’s files by sha256: the first suite’s place of each file, packaging left out', async () => {
    const directory = join(temp.path, 'index')
    const files = [
      ['a_1.dsc', hex('1')],
      ['a_1.orig.tar.gz', hex('a')],
      ['a_1.orig.tar.gz.asc', hex('2')],
      ['a_1-1.debian.tar.xz', hex('3')],
      ['a_1.orig-more.tar.gz', hex('b')],
    ] as const
    const older = stanza('a', '1-1', files)
    const newer = `${stanza('a', '1-2', files)}\n${stanza('c', '2:1', [['a.tar.gz', hex('a')]])}`
    expect(await writeSourcesIndex(directory, [list('bookworm', older), list('sid', newer)])).toBe(3)
    const place = { sha256: hex('a'), sizeBytes: 9, archive: `${MIRROR}/` }
    expect(await findIndexed(directory, hex('a'))).toEqual([
      { ...place, name: 'a', version: '1-1', suite: 'bookworm', path: 'pool/a/a_1.orig.tar.gz' },
      { ...place, name: 'c', version: '2:1', suite: 'sid', path: 'pool/c/a.tar.gz' },
    ])
    expect(await findIndexed(directory, hex('b'))).toHaveLength(1)
    for (const digit of ['1', '2', '3', 'f']) expect(await findIndexed(directory, hex(digit))).toEqual([])
  })

  it('is replaced by a new one as a whole', async () => {
    const directory = join(temp.path, 'replaced')
    await writeSourcesIndex(directory, [list('sid', stanza('a', '1', [['a.tar', hex('a')]]))])
    await writeSourcesIndex(directory, [list('sid', stanza('b', '1', [['b.tar', hex('b')]]))])
    expect(await findIndexed(directory, hex('a'))).toEqual([])
    expect(await findIndexed(directory, hex('b'))).toHaveLength(1)
    expect((await readdir(temp.path)).filter((name) => name.startsWith('replaced'))).toEqual(['replaced'])
  })

  it('that is not there finds nothing', async () => {
    expect(await findIndexed(join(temp.path, 'none'), hex('a'))).toEqual([])
  })

  it('is the same however the text comes in pieces, and no text breaks it', async () => {
    const good = stanza('a', '1', [['a.tar', hex('a')]])
    const piece = fc.constantFrom(
      'Package: ',
      'Checksums-Sha256:',
      '\n',
      ' ',
      hex('b'),
      ' 1 x',
      'Version: ',
      '\t',
      'ü',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(piece, fc.string())),
        fc.integer({ min: 1, max: 99 }),
        async (noise, size) => {
          const directory = join(temp.path, 'fuzzed')
          await writeSourcesIndex(directory, [list('sid', `${noise.join('')}\n\n${good}`, size)])
          expect(await findIndexed(directory, hex('a'))).toContainEqual({
            ...{ sha256: hex('a'), sizeBytes: 9, archive: `${MIRROR}/`, suite: 'sid' },
            ...{ name: 'a', version: '1', path: 'pool/a/a.tar' },
          })
        },
      ),
      { numRuns: 25 },
    )
  })
})
