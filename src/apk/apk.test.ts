// SPDX-License-Identifier: Apache-2.0
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { gunzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chunksOf, collectBytes, readTar } from '../archive/index.ts'
import { isMillraceError } from '../base/index.ts'
import {
  type ApkContent,
  type ApkRecord,
  type ApkSigner,
  formatApkRecord,
  formatInstalled,
  formatPkgInfo,
  openApk,
  type PkgInfo,
  parseApkIndex,
  parsePkgInfo,
  readApkIndex,
  recordOf,
  writeApkData,
  writeApkHead,
  writeApkIndex,
} from './index.ts'

const keys = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
})
const signer: ApkSigner = {
  publicKeyName: 'test.rsa.pub',
  sign: async (bytes) => sign('sha256', bytes, keys.privateKey),
}
const keyring = new Map([['test.rsa.pub', keys.publicKey]])

const info: Omit<PkgInfo, 'datahash' | 'installedSizeBytes'> = {
  name: 'hello',
  version: '1.0-r0',
  arch: 'x86_64',
  origin: 'hello',
  description: 'says hello',
  url: 'https://example.org/hello',
  commit: '',
  maintainer: '',
  buildTimeSec: 1_700_000_000,
  licenses: ['MIT'],
  depends: ['so:libc.so.6'],
  provides: ['cmd:hello=1.0-r0'],
  replaces: [],
  installIf: [],
  providerPriority: 0,
  replacesPriority: 0,
  triggers: [],
  comments: ['seed = none'],
}

const content = (path: string, text: string | null, more: Partial<ApkContent> = {}): ApkContent => ({
  path,
  type: text === null ? 'directory' : 'file',
  mode: text === null ? 0o755 : 0o644,
  sizeBytes: Buffer.byteLength(text ?? ''),
  linkTarget: '',
  open: () => chunksOf(Buffer.from(text ?? '')),
  ...more,
})
const tree = [
  content('usr/bin/hello', 'hello\n', { mode: 0o755 }),
  content('usr/bin', null),
  content('usr', null),
  content('usr/bin/hi', '', { type: 'symlink', linkTarget: 'hello', mode: 0o777 }),
  content('usr/bin/hej', 'hello\n', { type: 'hardlink', linkTarget: 'usr/bin/hello', mode: 0o755 }),
]

async function makeApk(entries: readonly ApkContent[] = tree, given = info) {
  const parts: Uint8Array[] = []
  const data = await writeApkData(entries, 0, async (bytes) => void parts.push(bytes))
  const head = await writeApkHead(
    given,
    data,
    [{ name: '.post-install', text: '#!/bin/sh\n', mode: 0o755 }],
    signer,
  )
  return { bytes: Buffer.concat([head.bytes, ...parts]), data, head, dataBytes: Buffer.concat(parts) }
}

describe('a package', () => {
  it('reads back as it was written, signature and datahash verified', async () => {
    const { bytes, data, head } = await makeApk()
    const opened = await openApk(chunksOf(bytes), 'hello', keyring)
    expect(opened).toMatchObject({
      signedBy: 'test.rsa.pub',
      identity: head.identity,
      dataStart: head.bytes.length,
    })
    expect(opened.info).toMatchObject({
      ...info,
      installedSizeBytes: data.installedSizeBytes,
      datahash: data.datahash.slice(7),
    })
    expect(opened.control.get('.post-install')).toMatchObject({ text: '#!/bin/sh\n', mode: 0o755 })
    const members: string[] = []
    for await (const { entry, body } of opened.data) {
      const text = Buffer.from(await collectBytes(body, 100, 'x')).toString()
      members.push(
        `${entry.type} ${entry.mode.toString(8)} ${entry.path} ${entry.linkPath}${JSON.stringify(text)} ${entry.pax.get('APK-TOOLS.checksum.SHA1') ?? ''}`,
      )
    }
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex')
    expect(members).toEqual([
      'directory 755 usr "" ',
      'directory 755 usr/bin "" ',
      `hardlink 755 usr/bin/hej usr/bin/hello"" ${sha1('hello\n')}`,
      `file 755 usr/bin/hello "hello\\n" ${sha1('hello\n')}`,
      `symlink 777 usr/bin/hi hello"" ${sha1('hello')}`,
    ])
  })

  it('has the same bytes whatever the order of its entries and the size of chunks', async () => {
    const { bytes } = await makeApk()
    const shuffled = await makeApk(
      [...tree].reverse().map((entry) => ({
        ...entry,
        open: async function* () {
          for await (const chunk of entry.open()) for (const byte of chunk) yield Uint8Array.of(byte)
        },
      })),
    )
    expect(shuffled.bytes.equals(bytes)).toBe(true)
  })

  it('has its files’ deflate bytes ready for a layer', async () => {
    const { data, dataBytes } = await makeApk()
    const rest = inflateRawSync(dataBytes.subarray(data.rest.start, data.rest.end))
    expect(rest.length).toBe(data.rest.lengthBytes)
    const whole = gunzipSync(dataBytes)
    expect(whole.subarray(whole.length - rest.length)).toEqual(rest)
    expect(createHash('sha256').update(whole).digest('hex')).toBe(data.diffId.slice(7))
    const paths: string[] = []
    for await (const { entry } of readTar(chunksOf(rest), 'x')) paths.push(entry.path)
    expect(paths).toEqual(['usr/bin/hej', 'usr/bin/hello', 'usr/bin/hi'])
    expect(data.directories.map(({ path }) => path)).toEqual(['usr', 'usr/bin'])
  })

  it('of an unknown key, unsigned, or changed anywhere is refused', async () => {
    const { bytes, head } = await makeApk()
    const read = async (given: Uint8Array, ring = keyring) => {
      const { data } = await openApk(chunksOf(given), 'hello', ring)
      for await (const _ of data);
    }
    await expect(read(bytes, new Map([['other.rsa.pub', keys.publicKey]]))).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
    })
    await expect(read(bytes.subarray(head.controlStart))).rejects.toMatchObject({
      code: 'SIGNATURE_INVALID',
      why: 'it is not signed',
    })
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Uint8Array.from(bytes)
        changed[at] = (changed[at] ?? 0) ^ change
        await read(changed).then(
          // The gzip header's time, system and flags of the signature member are all that is not signed.
          () => expect(at).toBeLessThan(head.controlStart),
          (error: unknown) => {
            if (!isMillraceError(error)) throw error
          },
        )
      }),
      { numRuns: 300 },
    )
  })

  it.each(['./usr', '.hidden', '/usr', 'usr/', 'a//b', 'a/../b', ''])(
    'cannot hold a path such as %j, which apk-tools passes over',
    async (path) => {
      await expect(makeApk([content(path, 'x')])).rejects.toMatchObject({ code: 'APK_INVALID' })
    },
  )
})

describe('.PKGINFO', () => {
  it('refuses values that readers would read differently', () => {
    for (const depends of [['a b'], ['a,b'], ['"a"'], ['a#b'], ['']])
      expect(() => formatPkgInfo({ ...info, depends, datahash: '', installedSizeBytes: 0 })).toThrow(
        expect.objectContaining({ code: 'APK_INVALID' }),
      )
    expect(() =>
      formatPkgInfo({ ...info, description: 'a\nb', datahash: '', installedSizeBytes: 0 }),
    ).toThrow(expect.objectContaining({ code: 'APK_INVALID' }))
  })

  it('is read as apk-tools reads it', () => {
    const parsed = parsePkgInfo(
      'pkgname = a\npkgver = 1-r0\ndepend = x y\ndepend = z\npkgdesc = C# # thing\nlicense = MIT\nlicense = BSD-2-Clause\nunknown = 1\n',
      'x',
    )
    expect(parsed).toMatchObject({
      depends: ['x', 'y', 'z'],
      description: 'C# # thing',
      licenses: ['MIT', 'BSD-2-Clause'],
    })
    expect(() => parsePkgInfo('pkgver = 1\n', 'x')).toThrow(expect.objectContaining({ code: 'APK_INVALID' }))
  })
})

const word = fc.string({ unit: fc.constantFrom(...'abcxyz019.:_-'), minLength: 1, maxLength: 12 })
const line = fc.string({ unit: fc.constantFrom(...'abc XYZ.#;äé') }).map((text) => text.trim())
const anyRecord: fc.Arbitrary<ApkRecord> = fc.record({
  name: word,
  version: word,
  arch: fc.constantFrom('x86_64', ''),
  identity: fc.constant('Q1abc=' as const),
  sizeBytes: fc.nat(),
  installedSizeBytes: fc.nat(),
  description: line,
  url: line,
  license: line,
  origin: word,
  maintainer: line,
  buildTimeSec: fc.nat(),
  commit: fc.constant(''),
  depends: fc.array(word),
  provides: fc.array(word),
  installIf: fc.array(word),
  replaces: fc.constant([]),
  providerPriority: fc.nat(100),
})

describe('an index', () => {
  it('reads back as it was written, signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyRecord, { maxLength: 6 }), async (records) => {
        const bytes = await writeApkIndex(records.map(formatApkRecord), 'test', signer)
        expect(await readApkIndex(bytes, 'x', keyring)).toEqual(records)
      }),
      { numRuns: 50 },
    )
  })

  it('never does worse than refuse other text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('C', 'P', 'V', ':', '\n', 'a', ' ', 'Q1') }), (text) => {
        try {
          parseApkIndex(text, 'x')
        } catch (error) {
          if (!isMillraceError(error, 'INDEX_INVALID')) throw error
        }
      }),
      { numRuns: 500 },
    )
  })

  it('names the line that is wrong', () => {
    expect(() => parseApkIndex('C:Q1x=\nP:a\nV:1\n\nwrong\n', 'reading x')).toThrow(
      expect.objectContaining({ code: 'INDEX_INVALID', why: expect.stringContaining('line 5') }),
    )
  })
})

describe('the installed database', () => {
  it('names every file below its directory', async () => {
    const { bytes } = await makeApk()
    const opened = await openApk(chunksOf(bytes), 'hello')
    const entries = []
    for await (const { entry } of opened.data) entries.push(entry)
    const text = formatInstalled(recordOf(opened.info, opened.identity, bytes.length), entries)
    expect(text.split('\n').filter((row) => /^[FRMaZ]:/.test(row))).toEqual(
      [
        'F:usr',
        'F:usr/bin',
        'R:hej',
        'a:0:0:0755',
        'Z:Q18dpwcfGK9fqTODAs8ggjP3WnzZI=',
        'R:hello',
        'a:0:0:0755',
        'Z:Q18dpwcfGK9fqTODAs8ggjP3WnzZI=',
        'R:hi',
        'a:0:0:0777',
        'Z:Q1qvTGHdzF6KLavt4PO0gs2a6pQ00=',
      ].map((row) => (row.startsWith('Z:') ? expect.stringMatching(/^Z:Q1[\w+/]{27}=$/) : row)),
    )
  })
})
