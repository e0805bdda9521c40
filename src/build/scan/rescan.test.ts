// SPDX-License-Identifier: Apache-2.0
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeSigner, type PackageWish, packApk } from '../../../test/support/packed-apk.ts'
import { tinyElf } from '../../../test/support/tiny-elf.ts'
import { chunksOf, collectBytes } from '../../archive/index.ts'
import { makeTempDirectory, present, runCommand, type TempDirectory } from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { MELANGE_READERS } from './documentation.ts'
import { rescanApks, type ScannableApk } from './rescan.ts'

let directory: TempDirectory
let blobs: BlobStore
const signer = makeSigner('mill.rsa.pub')
beforeAll(async () => {
  directory = await makeTempDirectory(tmpdir(), 'rescan')
  blobs = await openBlobDirectory(directory.path)
})
afterAll(() => directory[Symbol.asyncDispose]())

async function apk(stem: string, wish: PackageWish): Promise<ScannableApk> {
  const { file } = await packApk({ blobs, signer }, stem, 'x86_64', wish)
  return { name: `${stem}.apk`, open: () => blobs.read(file) }
}
const library = { bytes: tinyElf({ soname: 'libz.so.1', needed: ['libc.so.6'] }), mode: 0o755 }
const rescan = (...apks: ScannableApk[]) =>
  rescanApks({ exec: runCommand }, apks, () => undefined, MELANGE_READERS, directory.path)

describe('a package that is scanned again', () => {
  it('says what a scan finds in it today, and keeps what a scan cannot find', async () => {
    const record = {
      ...{ depends: ['so:libold.so.1', 'ca-certificates', 'zlib>=1'], provides: ['cmd:gone=1-r0', 'mill=1'] },
      ...{ comments: ['vendored = so:libgone.so.1=1', 'from the seed'], replaces: ['b', 'a'] },
    }
    const files = {
      'usr/lib/libz.so.1.3': library,
      'usr/lib/libz.so': { link: 'libz.so.1.3' },
      'usr/bin/tool': { bytes: '#!/bin/bash\n', mode: 0o755 },
      'usr/bin/again': { hardlink: 'usr/bin/tool' },
    }
    const [found] = await rescan(await apk('zlib-1.3-r0', { files, record }))
    expect(found?.damage).toBe(null)
    expect(found?.info.depends).toEqual(record.depends.toSorted())
    expect(found?.regenerated).toEqual({
      ...found?.info,
      depends: ['ca-certificates', 'cmd:bash', 'so:libc.so.6', 'zlib>=1'],
      provides: [
        'cmd:again=1.3-r0',
        'cmd:tool=1.3-r0',
        'mill=1',
        'so-ver:libz.so.1=1.3-r0',
        'so:libz.so.1=1',
      ],
      comments: ['from the seed'],
      replaces: ['a', 'b'],
    })
  })

  it('sees the other packages of its recipe', async () => {
    const found = await rescan(
      await apk('zlib-1.3-r0', { files: { 'usr/lib/libz.so.1.3': library } }),
      await apk('zlib-dev-1.3-r0', { files: { 'usr/lib/libz.so': { link: 'libz.so.1.3' } } }),
    )
    expect(found.map(({ regenerated }) => regenerated.depends)).toEqual([['so:libc.so.6'], ['so:libz.so.1']])
  })

  it('obeys the recipe that is given with it', async () => {
    const [found] = await rescanApks(
      { exec: runCommand },
      [await apk('zlib-1.3-r0', { files: { 'usr/lib/libz.so.1.3': library } })],
      (name) => ({
        name,
        dependencies: {
          ...{ runtime: ['mill'], provides: [], replaces: ['stone'] },
          ...{ providerPriority: 7, replacesPriority: 0 },
        },
        options: {
          ...{ 'no-provides': true, 'no-depends': true, 'no-commands': false },
          'no-versioned-shlib-deps': false,
        },
      }),
      MELANGE_READERS,
      directory.path,
    )
    expect(found?.regenerated).toMatchObject({
      ...{ depends: ['mill'], provides: [], replaces: ['stone'], providerPriority: 7 },
    })
  })

  it('is scanned though its data is not what it names, and said to be damaged', async () => {
    const [whole, other] = [
      await apk('zlib-1.3-r0', { files: { 'usr/bin/a': { bytes: 'a', mode: 0o755 } } }),
      await apk('zlib-1.3-r0', { files: { 'usr/bin/b': { bytes: 'b', mode: 0o755 } } }),
    ]
    const [head, tail] = [
      await collectBytes(whole.open(), 1e6, ''),
      await collectBytes(other.open(), 1e6, ''),
    ]
    const mixed = Buffer.concat([head.subarray(0, dataStart(head)), tail.subarray(dataStart(tail))])
    const [found] = await rescan({ name: 'mixed.apk', open: () => chunksOf(mixed) })
    expect(found?.regenerated.provides).toEqual(['cmd:b=1.3-r0'])
    expect(found?.damage).toMatch(/its data has the digest sha256:/)
  })

  it('leaves nothing behind, also when a package is broken', async () => {
    const broken = { name: 'broken.apk', open: () => chunksOf(Buffer.from('no apk')) }
    await expect(rescan(broken)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
    const left = (await readdir(directory.path)).filter((name) => name.startsWith('scan-'))
    expect(left).toEqual([])
  })
})

/** Where the third gzip member begins. */
function dataStart(bytes: Uint8Array): number {
  const magic = Buffer.from([0x1f, 0x8b, 8])
  let at = 0
  for (let member = 1; member < 3; member++) at = Buffer.from(bytes).indexOf(magic, at + 3)
  return present(at > 0 ? at : undefined, 'an apk has three members')
}
