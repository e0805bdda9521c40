// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import tarStream from 'tar-stream'
import { describe, expect, it } from 'vitest'
import { isMillraceError, runCommand } from '../base/index.ts'
import {
  atGzipMember,
  ByteReader,
  chunksOf,
  collectBytes,
  diskTree,
  extractTar,
  gunzip,
  gzipSmall,
  readAr,
  readGzipMember,
  readTar,
  TAR_END,
  type TarEntry,
  tarEntry,
  tarHeader,
  tarPadding,
  writeGzipStretches,
} from './index.ts'

type Item = { entry: TarEntry; body: Uint8Array }

function writeTar(items: readonly Item[]): Uint8Array {
  return Buffer.concat([
    ...items.flatMap(({ entry, body }) => [tarHeader(entry), body, tarPadding(body.length)]),
    TAR_END,
  ])
}

async function readAll(bytes: Uint8Array, cut = 1000): Promise<Item[]> {
  const items: Item[] = []
  for await (const { entry, body } of readTar(cutIn(bytes, cut), 'a test'))
    items.push({ entry, body: await collectBytes(body, 1e9, 'a test') })
  return items
}

async function* cutIn(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const file = (path: string, text = ''): Item => ({
  entry: tarEntry({ path, type: 'file', sizeBytes: Buffer.byteLength(text) }),
  body: Buffer.from(text),
})

const anyPath = fc
  .array(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }).map((part) => part.replace(/[/\0]/g, '_')),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join('/'))
  .filter((path) => path.isWellFormed() && !path.endsWith('/'))
const anyItem: fc.Arbitrary<Item> = fc
  .record({
    path: anyPath,
    mode: fc.nat(0o7777),
    uid: fc.nat(2097151),
    gid: fc.nat(2097151),
    mtimeSec: fc.nat(8 ** 11 - 1),
    body: fc.uint8Array({ maxLength: 2000 }),
    type: fc.constantFrom('file', 'symlink', 'directory'),
    xattr: fc.option(fc.string({ unit: 'binary-ascii' })),
  })
  .map(({ body, type, xattr, ...fields }) => ({
    entry: tarEntry({
      ...fields,
      type: type as 'file',
      linkPath: type === 'symlink' ? fields.path : '',
      sizeBytes: type === 'file' ? body.length : 0,
      pax: new Map(xattr === null ? [] : [['SCHILY.xattr.user.test', xattr]]),
    }),
    body: type === 'file' ? body : new Uint8Array(),
  }))

describe('tar', () => {
  it('reads back what was written, whatever the names, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyItem, { maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        async (items, cut) => {
          const found = await readAll(writeTar(items), cut)
          expect(found.map(({ entry }) => entry)).toEqual(items.map(({ entry }) => entry))
          expect(found.map(({ body }) => Buffer.from(body))).toEqual(
            items.map(({ body }) => Buffer.from(body)),
          )
        },
      ),
      { numRuns: 60 },
    )
  })

  it('is read the same by tar-stream', async () => {
    const items = [
      file('a', 'x'),
      file(`${'d/'.repeat(80)}deep`, 'y'),
      file('grün/ä', 'z'),
      file(`${'n'.repeat(150)}`, 'w'),
    ]
    const extract = tarStream.extract()
    extract.end(Buffer.from(writeTar(items)))
    const names: string[] = []
    for await (const entry of extract) {
      names.push(entry.header.name)
      entry.resume()
    }
    expect(names).toEqual(items.map(({ entry }) => entry.path))
  })

  it('is read and written the same by the system’s tar', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-tar-'))
    try {
      const long = `${'long-name-'.repeat(15)}end`
      await writeFile(join(directory, long), 'content')
      for (const format of ['gnu', 'pax', 'ustar', 'oldgnu']) {
        const made = await runCommand({
          program: 'tar',
          args: [
            '-C',
            directory,
            '-cf',
            join(directory, `${format}.tar`),
            `--format=${format}`,
            '--',
            format === 'ustar' ? '.' : long,
          ],
        })
        if (format !== 'ustar') expect(made.stderr).toBe('')
        const [last] = (await readAll(await readFile(join(directory, `${format}.tar`)))).slice(-1)
        if (format !== 'ustar') expect(last?.entry.path).toBe(long)
      }
      await writeFile(
        join(directory, 'ours.tar'),
        writeTar([file(`${'d/'.repeat(90)}deep`, 'y'), file(long, 'w')]),
      )
      const listed = await runCommand({ program: 'tar', args: ['-tf', join(directory, 'ours.tar')] })
      expect(listed).toMatchObject({ code: 0, stderr: '', stdout: `${'d/'.repeat(90)}deep\n${long}\n` })
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('never does worse than refuse damaged bytes', async () => {
    const good = writeTar([
      file('usr/bin/a', 'hello'),
      { entry: tarEntry({ path: 'x'.repeat(300), type: 'file' }), body: new Uint8Array() },
    ])
    await fc.assert(
      fc.asyncProperty(
        fc.nat(good.length - 1),
        fc.nat(255),
        fc.nat(good.length),
        async (at, byte, length) => {
          const bytes = Uint8Array.from(good).subarray(0, length)
          if (at < length) bytes[at] = byte
          await readAll(bytes).catch((error: unknown) => {
            if (!isMillraceError(error)) throw error
          })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('keeps its limits', async () => {
    const bytes = writeTar([file('a', 'x'.repeat(600)), file('b', 'y')])
    const read = (limits: object) =>
      Array.fromAsync(
        readTar(chunksOf(bytes), 'a test', { totalBytes: 1e6, entries: 10, extendedBytes: 1000, ...limits }),
      )
    await expect(read({ entries: 1 })).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    await expect(read({ totalBytes: 600 })).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    const long = writeTar([
      { entry: tarEntry({ path: 'l'.repeat(2000), type: 'file' }), body: new Uint8Array() },
    ])
    await expect(
      Array.fromAsync(readTar(chunksOf(long), 'a test', { totalBytes: 1, entries: 1, extendedBytes: 100 })),
    ).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
  })
})

describe('a compression bomb', () => {
  const MiB = 1024 ** 2
  /** 128 files of 8 MiB, 1 GiB in 1 MiB; `claimed` is what the headers say of their sizes. */
  const bomb = (claimed = 8 * MiB) => {
    const header = tarHeader(tarEntry({ path: 'zeros', type: 'file', sizeBytes: claimed }))
    return cutIn(
      Buffer.concat(Array(128).fill(gzipSync(Buffer.concat([header, Buffer.alloc(8 * MiB)])))),
      4096,
    )
  }
  const counted = { bytes: 0, peakBytes: 0 }
  async function* unpack(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    Object.assign(counted, { bytes: 0, peakBytes: 0 })
    const before = process.memoryUsage().arrayBuffers
    for await (const chunk of gunzip(new ByteReader(chunks), 'a bomb')) {
      counted.bytes += chunk.length
      counted.peakBytes = Math.max(counted.peakBytes, process.memoryUsage().arrayBuffers - before)
      yield chunk
    }
  }
  const limits = { totalBytes: 256 * MiB, entries: 1000, extendedBytes: 1000 }

  it('is unpacked to the limit and no further, in a part of the memory', { timeout: 60_000 }, async () => {
    const files: string[] = []
    const reading = (async () => {
      for await (const { entry } of readTar(unpack(bomb()), 'a bomb', limits)) files.push(entry.path)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'ARCHIVE_TOO_LARGE' })
    expect(files).toHaveLength(32)
    expect(counted.bytes).toBeGreaterThan(256 * MiB)
    expect(counted.bytes).toBeLessThan(257 * MiB)
    expect(counted.peakBytes).toBeLessThan(128 * MiB)
  })

  it('is not unpacked at all when its header says that it is too large', async () => {
    await expect(Array.fromAsync(readTar(unpack(bomb(2 ** 32)), 'a bomb', limits))).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    })
    expect(counted.bytes).toBeLessThan(MiB)
  })

  it('is not collected beyond what a small content may have', async () => {
    await expect(collectBytes(unpack(bomb()), MiB, 'a bomb')).rejects.toMatchObject({
      code: 'ARCHIVE_TOO_LARGE',
    })
    expect(counted.bytes).toBeLessThan(2 * MiB)
  })
})

describe('gzip', () => {
  const member = async (stretches: Uint8Array[]) => {
    const parts: Uint8Array[] = []
    const placed = await writeGzipStretches(
      stretches.map((bytes) => cutIn(bytes, 777)),
      async (bytes) => void parts.push(bytes),
    )
    return { bytes: Buffer.concat(parts), placed }
  }

  it('cuts a member in stretches whose last unpacks by itself', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5000 }),
        fc.uint8Array({ maxLength: 300_000 }),
        async (first, second) => {
          const { bytes, placed } = await member([first, second])
          expect(gunzipSync(bytes)).toEqual(Buffer.concat([first, second]))
          const [, last] = placed
          expect(inflateRawSync(bytes.subarray(last?.start, last?.end))).toEqual(Buffer.from(second))
          expect(last).toMatchObject({
            crc32: crc32(second),
            lengthBytes: second.length,
            end: bytes.length - 8,
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('gives the same bytes however its input is cut', async () => {
    const content = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7919) % 251))
    const made = await Promise.all(
      [1, 1000, 65536, 300_000].map(async (size) => {
        const parts: Uint8Array[] = []
        await writeGzipStretches([cutIn(content, size)], async (bytes) => void parts.push(bytes))
        return Buffer.concat(parts).toString('base64')
      }),
    )
    expect(new Set(made).size).toBe(1)
  })

  it('reads one member after another, and stands exactly behind each', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 3000 }), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 5000 }),
        async (contents, cut) => {
          const members = contents.map((content, index) =>
            index % 2 === 0 ? gzipSmall(content) : gzipSync(content),
          )
          const reader = new ByteReader(cutIn(Buffer.concat(members), cut))
          let end = 0
          for (const [index, content] of contents.entries()) {
            expect(await atGzipMember(reader)).toBe(true)
            expect(Buffer.from(await collectBytes(readGzipMember(reader, 'a test'), 1e9, 'a test'))).toEqual(
              Buffer.from(content),
            )
            end += members[index]?.length ?? 0
            expect(reader.offset).toBe(end)
          }
          expect(await atGzipMember(reader)).toBe(false)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('refuses damaged bytes and bytes behind the end', async () => {
    const good = gzipSmall(Buffer.from('hello mill '.repeat(100)))
    const read = (bytes: Uint8Array) =>
      collectBytes(gunzip(new ByteReader(cutIn(bytes, 50)), 'a test'), 1e9, 'a test')
    await expect(read(Buffer.concat([good, Buffer.from('junk')]))).rejects.toMatchObject({
      code: 'ARCHIVE_INVALID',
    })
    await expect(read(good.subarray(0, -3))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
    await expect(read(good.subarray(0, 20))).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
    const wrong = Uint8Array.from(good)
    wrong[good.length - 6] = 1
    await expect(read(wrong)).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
    await fc.assert(
      fc.asyncProperty(fc.nat(good.length - 1), fc.nat(255), async (at, byte) => {
        const bytes = Uint8Array.from(good)
        bytes[at] = byte
        await read(bytes).catch((error: unknown) => {
          if (!isMillraceError(error)) throw error
        })
      }),
      { numRuns: 200 },
    )
  })
})

describe('ar', () => {
  it('reads what the system’s ar wrote', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-ar-'))
    try {
      await writeFile(join(directory, 'one'), 'odd')
      await writeFile(join(directory, 'two'), 'even')
      await runCommand({ program: 'ar', args: ['rcS', 'x.a', 'one', 'two'], cwd: directory })
      const found: [string, string][] = []
      for await (const { name, body } of readAr(chunksOf(await readFile(join(directory, 'x.a'))), 'a test'))
        found.push([name, Buffer.from(await collectBytes(body, 100, 'a test')).toString()])
      expect(found).toEqual([
        ['one', 'odd'],
        ['two', 'even'],
      ])
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  const header = (name: string, size: number | string) =>
    Buffer.from(`${name.padEnd(16)}${'0'.padEnd(32)}${String(size).padEnd(10)}\`\n`, 'latin1')
  const readAll = async (chunks: AsyncIterable<Uint8Array>) => {
    const found: [string, Uint8Array][] = []
    for await (const { name, body } of readAr(chunks, 'a test'))
      found.push([name, Buffer.from(await collectBytes(body, 1e6, 'a test'))])
    return found
  }
  const anyMembers = fc.array(
    fc.tuple(
      fc.stringMatching(/^[\w.+-]{1,15}$/),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
    ),
    { maxLength: 5 },
  )
  const written = (members: readonly (readonly [string, Uint8Array])[]) =>
    Buffer.concat([
      Buffer.from('!<arch>\n'),
      ...members.flatMap(([name, body]) => [
        header(name, body.length),
        body,
        Buffer.alloc(body.length % 2, '\n'),
      ]),
    ])

  it('reads back what was written, however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(anyMembers, fc.integer({ min: 1, max: 500 }), async (members, cut) => {
        expect(await readAll(cutIn(written(members), cut))).toEqual(members)
      }),
    )
  })

  it('gives members or says that the bytes are none, whatever they are', async () => {
    const damaged = fc
      .tuple(anyMembers, fc.nat(1000), fc.nat(255), fc.nat(2000))
      .map(([members, at, byte, length]) => {
        const bytes = written(members).subarray(0, length)
        if (at < bytes.length) bytes[at] = byte
        return bytes
      })
    const withMagic = fc
      .tuple(fc.constantFrom('', '!<arch>\n'), fc.uint8Array({ maxLength: 300 }))
      .map(([magic, rest]) => Buffer.concat([Buffer.from(magic), rest]))
    const withSize = fc
      .tuple(fc.stringMatching(/^[\d -]{1,10}$/), fc.uint8Array({ maxLength: 200 }))
      .map(([size, rest]) => Buffer.concat([Buffer.from('!<arch>\n'), header('x', size), rest]))
    await fc.assert(
      fc.asyncProperty(fc.oneof(damaged, withMagic, withSize), async (bytes) => {
        await readAll(cutIn(bytes, 64)).catch((error: unknown) => {
          if (!isMillraceError(error, 'ARCHIVE_INVALID')) throw error
        })
      }),
      { numRuns: 500 },
    )
  })

  it('refuses what is none', async () => {
    await expect(
      Array.fromAsync(readAr(chunksOf(Buffer.from('!<arch>\nshort')), 'a test')),
    ).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
  })
})

describe('unpacking', () => {
  const unpack = async (items: Item[], check: (root: string) => Promise<void> = async () => {}) => {
    const root = await mkdtemp(join(tmpdir(), 'millrace-unpack-'))
    try {
      await extractTar(readTar(chunksOf(writeTar(items)), 'a test'), diskTree(root), 'a test')
      await check(root)
    } finally {
      await rm(root, { recursive: true, force: true })
    }
  }
  const link = (path: string, linkPath: string, type: TarEntry['type'] = 'symlink'): Item => ({
    entry: tarEntry({ path, type, linkPath }),
    body: new Uint8Array(),
  })
  const node = (path: string, type: TarEntry['type'], mode = 0o755): Item => ({
    entry: tarEntry({ path, type, mode }),
    body: new Uint8Array(),
  })

  it('makes the tree the archive shows', async () => {
    const script = {
      entry: tarEntry({ path: 'usr/bin/tool', type: 'file', mode: 0o4755, sizeBytes: 2 }),
      body: Buffer.from('hi'),
    }
    await unpack(
      [
        node('./usr', 'directory'),
        script,
        link('usr/bin/t', 'tool'),
        link('usr/bin/hard', './usr/bin/tool', 'hardlink'),
        node('tmp', 'directory', 0o1777),
      ],
      async (root) => {
        expect(await readFile(join(root, 'usr/bin/t'), 'utf8')).toBe('hi')
        expect(await readlink(join(root, 'usr/bin/t'))).toBe('tool')
        expect((await stat(join(root, 'usr/bin/tool'))).mode & 0o7777).toBe(0o755)
        expect((await stat(join(root, 'usr/bin/hard'))).ino).toBe(
          (await stat(join(root, 'usr/bin/tool'))).ino,
        )
        expect((await stat(join(root, 'tmp'))).mode & 0o7777).toBe(0o1777)
      },
    )
  })

  it.each([
    ['an absolute path', [file('/etc/passwd', 'x')]],
    ['a path upwards', [file('a/../../etc/passwd', 'x')]],
    ['a name below a symbolic link', [link('lib', '/'), file('lib/evil', 'x')]],
    [
      'a name below a symbolic link made later',
      [node('lib', 'directory'), link('lib', '/'), file('lib/evil', 'x')],
    ],
    ['a name below a file', [file('lib', 'x'), file('lib/evil', 'x')]],
    ['a hard link out of the tree', [link('passwd', '../../etc/passwd', 'hardlink')]],
    ['a hard link to what is not there', [link('passwd', 'etc/passwd', 'hardlink')]],
    ['a hard link to a symbolic link', [link('a', '/etc/passwd'), link('b', 'a', 'hardlink')]],
    ['a device', [node('dev/sda', 'block')]],
    ['a FIFO', [node('pipe', 'fifo')]],
  ])('refuses %s', async (_, items) => {
    await expect(unpack(items)).rejects.toMatchObject({ code: 'ARCHIVE_HOSTILE' })
  })

  it('lets the later of two files stand', async () => {
    await unpack([file('a', 'first'), file('a', 'second')], async (root) => {
      expect(await readFile(join(root, 'a'), 'utf8')).toBe('second')
    })
  })
})
