// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeTree } from '../../../test/support/tiny-mill.ts'
import type { ApkRecord } from '../../apk/index.ts'
import { chunksOf } from '../../archive/index.ts'
import { makeTempDirectory, type TempDirectory } from '../../base/index.ts'
import { type BuiltApk, FIRST, SECOND } from '../../build/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { comparePackages } from '../index.ts'
import { compareBodies } from './spots.ts'

let temp: TempDirectory
let store: BlobStore
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-compare')
  store = await openBlobDirectory(join(temp.path, 'store'))
})
afterAll(() => temp[Symbol.asyncDispose]())

const signer = { publicKeyName: 'x.rsa.pub', sign: async () => Buffer.from('x') }

async function packageOf(
  files: Readonly<Record<string, string | Uint8Array>>,
  record: Partial<ApkRecord> = {},
): Promise<BuiltApk> {
  const made = await storeTree({ store, signer }, 'tiny', files)
  const plain = { name: 'tiny', version: '1-r0', depends: [], provides: [], ...record }
  return { ...made, record: plain } as unknown as BuiltApk
}

async function differences(
  first: Readonly<Record<string, string | Uint8Array>>,
  second: Readonly<Record<string, string | Uint8Array>>,
) {
  return comparePackages({ store }, [await packageOf(first)], [await packageOf(second)])
}

async function causeOf(first: string | Uint8Array, second: string | Uint8Array, path = 'file') {
  const found = await differences({ [path]: first }, { [path]: second })
  expect(found).toHaveLength(1)
  return found[0]?.likelyCause
}

const bytes = (text: string) => Buffer.from(text, 'latin1')
const ar = (time: string, mode = '100644') =>
  `!<arch>\n${'a.o/'.padEnd(16)}${time.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${mode.padEnd(8)}${'4'.padEnd(10)}\`\nbody`
const noted = (id: string, rest: string) =>
  bytes(
    `\x7fELF${'\0'.repeat(60)}\x04\0\0\0\x14\0\0\0\x03\0\0\0GNU\0${id.repeat(20)}${'\0'.repeat(32)}${rest}`,
  )

describe('the likely cause of a difference', () => {
  const cases: [cause: string, first: string | Uint8Array, second: string | Uint8Array, path?: string][] = [
    ['the path of the build directory: "/home/build" in', 'in /home/build/x.c', 'in /home/rebuilder/x.c'],
    [
      'the path of the build directory',
      bytes('\x0b\0\0\0/home/build\0'),
      bytes('\x0f\0\0\0/home/rebuilder\0'),
    ],
    ['the path of the build directory', noted('a', '/home/build/x.c'), noted('b', '/home/rebuilder/x.c')],
    ['the host name: "localhost" in the first build', 'by me@localhost\n', 'by me@rebuilder\n'],
    ['the user id of the build: "1000"', 'uid=1000\n', 'uid=4242\n'],
    ['the time zone: "UTC" in', 'Built in UTC.', 'Built in REB-14.'],
    ['the locale: "C.UTF-8"', 'LC_CTYPE=C.UTF-8;', 'LC_CTYPE=POSIX;'],
    ['the date or time of the build', 'on 2026-09-01 12:00', 'on 2026-09-01 12:07'],
    ['the date or time of the build', 'Sep  1 2026\0', 'Sep  2 2026\0'],
    ['the date or time of the build', 'Tue Sep  1 09:30:01 UTC 2026', 'Tue Sep  1 09:42:12 UTC 2026'],
    ['the date or time of the build', 'stamp 20260901093001', 'stamp 20260901094212'],
    ['seconds since 1970', 'BUILD=1788255001;', 'BUILD=1788255732;'],
    [
      'a random identifier',
      '{6ba7b810-9dad-11d1-80b4-00c04fd430c8}',
      '{7ba7b810-9dad-11d1-80b4-00c04fd430c8}',
    ],
    ['a temporary file’s random name', '/tmp/tmp.AbCdEf/x.o', '/tmp/tmp.XyZaBc/x.o'],
    ['a temporary file’s random name', 'cc1aB2cD.o', 'ccXaB2cE.o'],
    ['the number of processors', 'make -j2 all', 'make -j1 all'],
    ['the kernel’s version', 'Linux 6.1.0-13-amd64', 'Linux 6.1.0-14-amd64'],
    ['the same lines in another order', 'b.o\na.o\nc.o\n', 'a.o\nb.o\nc.o\n'],
    ['the same words in another order', 'objects = b.o a.o', 'objects = a.o b.o'],
    ['the same bytes in another order', bytes(`\0${'xy'.repeat(40)}`), bytes(`\0${'yx'.repeat(40)}`)],
    ['the times of an archive’s members', ar('1788255001'), ar('1788255732'), 'usr/lib/libx.a'],
    ['the owners or modes of an archive’s members', ar('0', '100644'), ar('0', '100664')],
    [
      'the time in the header of a gzip file',
      bytes('\x1f\x8b\x08\0\x01\xe0\x88\x6a\0\xff'),
      bytes('\x1f\x8b\x08\0\x99\xe2\x88\x6a\0\xff'),
    ],
    [
      'a compiled Python file',
      bytes('\xa7\r\r\n\0\0\0\0\x01\xe0\x88\x6azzzz'),
      bytes('\xa7\r\r\n\0\0\0\0\x99\xe2\x88\x6azzzz'),
      'x.pyc',
    ],
    ['in binary form', bytes('\0\0\0\0\x01\xe0\x88\x6a\0\0\0\0'), bytes('\0\0\0\0\x99\xe2\x88\x6a\0\0\0\0')],
    ['the build id', noted('a', 'same'), noted('b', 'same')],
    ['not known: "abcX" in the first build, "abcY" in the second', 'abcX', 'abcY'],
    ['not known: <0001> in the first build, <0002> in the second', bytes('\0\x01'), bytes('\0\x02')],
  ]
  it.each(cases)('%s', async (cause, first, second, path) => {
    expect(await causeOf(first, second, path)).toContain(cause)
  })

  it('of the times in a tar or zip is told by their places', async () => {
    const tar = (time: string) =>
      bytes(`${'x'.padEnd(136, '\0')}${time}${'\0'.repeat(109)}ustar${'\0'.repeat(250)}`)
    expect(await causeOf(tar('14226560031\0'), tar('14226561114\0'))).toContain('times of an archive')
    const zip = (time: string) => bytes(`PK\x03\x04\x14\0\0\0\x08\0${time}${'\0'.repeat(16)}`)
    expect(await causeOf(zip('\x01\x4b\x21\x5d'), zip('\x7f\x4b\x21\x5d'))).toContain('times of an archive')
  })
})

describe('a comparison', () => {
  it('finds nothing between equal packages', async () => {
    expect(await differences({ 'a/b': 'x' }, { 'a/b': 'x' })).toEqual([])
  })

  it('names what only one build made, what has another type, and where links lead', async () => {
    const found = await differences(
      { 'a/both': 'x', 'a/first': 'x', 'b/link': '-> /home/build/x', kind: '-> a', 'only/x': '' },
      { 'a/both': 'x', 'a/second': 'x', 'b/link': '-> /home/rebuilder/x', kind: 'a' },
    )
    const told = found.map(({ file, offset, likelyCause }) => `${file} ${offset} ${likelyCause}`)
    expect(told).toEqual([
      'only null only the first build made it',
      'a/first null only the first build made it',
      'a/second null only the second build made it',
      expect.stringMatching(/^b\/link null the path of the build directory: .*the link leads to/),
      'kind null a symlink in the first build, a file in the second',
      'only/x null only the first build made it',
    ])
  })

  it('names relations that differ, and packages that one build did not make', async () => {
    const one = await packageOf({ x: '' }, { depends: ['so:a.so.1', 'so:c.so.1'] })
    const other = await packageOf({ x: '' }, { depends: ['so:b.so.1', 'so:c.so.1'] })
    expect(await comparePackages({ store }, [one], [other])).toEqual([
      {
        ...{ package: 'tiny', file: '.PKGINFO', offset: null },
        likelyCause: 'its depends differ: so:a.so.1 in the first build, so:b.so.1 in the second',
      },
    ])
    expect(await comparePackages({ store }, [one], [])).toMatchObject([{ file: '' }])
    expect(await comparePackages({ store }, [], [one])).toMatchObject([{ file: '' }])
  })

  it('finds the first byte of a file that is too large to be kept, and what is around it', async () => {
    const large = (text: string) => Buffer.concat([Buffer.alloc(9 * 1024 * 1024, 7), Buffer.from(text)])
    const found = await differences({ f: large('at /home/build') }, { f: large('at /home/rebuilder') })
    expect(found).toMatchObject([
      { offset: 9 * 1024 * 1024 + 9, likelyCause: expect.stringContaining('the path of the build') },
    ])
  })

  it('tells the first differing offset, however the bytes come', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.nat(), fc.boolean(), async (parts, place, cut) => {
        const first = Buffer.concat(parts)
        const at = first.length === 0 ? 0 : place % first.length
        const second = cut ? first.subarray(0, at) : Buffer.from(first)
        if (!cut && first.length > 0) second[at] = ((first[at] ?? 0) + 1) % 256
        const sizeBytes = first.length
        const found = await compareBodies(
          { sizeBytes, body: chunksOf(...parts) },
          { sizeBytes: second.length, body: chunksOf(second) },
        )
        expect(found?.spots[0].offset).toBe(first.length === 0 ? undefined : at)
      }),
    )
  })

  it('takes any bytes', async () => {
    const some = fc.uint8Array({ maxLength: 200 })
    await fc.assert(
      fc.asyncProperty(some, some, async (first, second) => {
        const found = await comparePackages(
          { store },
          [await packageOf({ 'x.a': first })],
          [await packageOf({ 'x.a': second })],
          { first: FIRST, second: SECOND },
        )
        expect(found).toHaveLength(Buffer.from(first).equals(second) ? 0 : 1)
      }),
      { numRuns: 50 },
    )
  })
})
