// SPDX-License-Identifier: Apache-2.0
import { open, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HOST_ENV, makeTempDirectory, runCommand } from '../base/index.ts'
import { readElf } from '../elf/index.ts'
import { bindProgram, type Pieces, SEED_LOADER } from './bind-program.ts'

const LOADER = '/lib64/ld-linux-x86-64.so.2'

interface Program {
  readonly machine?: number
  readonly loader?: string
  readonly tags?: readonly (readonly [tag: number, value: number])[]
  readonly strings?: string
  /** Where the second segment begins; the padding of the first ends there. */
  readonly next?: number
}

/** A program with one segment of everything and an empty one behind it. Its strings begin at 512, its dynamic section at 768, its loader's name at 400. */
function program(given: Program = {}): Buffer {
  const { machine = 62, loader = LOADER, strings = '\0libz.so.1\0', next = 4096 } = given
  const tags = given.tags ?? [
    [1, 1],
    [5, 0x1000 + 512],
    [10, Buffer.byteLength(strings)],
    [0, 0],
    [0, 0],
  ]
  const bytes = Buffer.alloc(next + 16)
  bytes.writeUInt32BE(0x7f454c46)
  bytes.writeUIntBE(0x020101, 4, 3)
  bytes.writeUInt16LE(machine, 18)
  bytes.writeBigUInt64LE(64n, 32)
  bytes.writeUInt16LE(56, 54)
  bytes.writeUInt16LE(4, 56)
  const segments = [
    [3, 400, loader.length + 1, loader.length + 1],
    [1, 0, 1024, 1024],
    [1, next, 16, 16],
    [2, 768, tags.length * 16, tags.length * 16],
  ]
  for (const [index, [type = 0, position = 0, fileBytes = 0, memoryBytes = 0]] of segments.entries()) {
    const at = 64 + index * 56
    bytes.writeUInt32LE(type, at)
    bytes.writeBigUInt64LE(BigInt(position), at + 8)
    bytes.writeBigUInt64LE(BigInt(0x1000 + position), at + 16)
    bytes.writeBigUInt64LE(BigInt(fileBytes), at + 32)
    bytes.writeBigUInt64LE(BigInt(memoryBytes), at + 40)
  }
  bytes.write(loader, 400)
  bytes.write(strings, 512, 'latin1')
  for (const [index, [tag, value]] of tags.entries()) {
    bytes.writeBigUInt64LE(BigInt(tag), 768 + index * 16)
    bytes.writeBigUInt64LE(BigInt(value), 776 + index * 16)
  }
  return bytes
}

function piecesOf(bytes: Buffer): Pieces & { writes: number } {
  const pieces = {
    sizeBytes: bytes.length,
    writes: 0,
    read: async (position: number, length: number) =>
      Buffer.from(
        bytes.subarray(Math.min(position, bytes.length), Math.min(position + length, bytes.length)),
      ),
    write: async (position: number, piece: Uint8Array) => {
      expect(position + piece.length).toBeLessThanOrEqual(bytes.length)
      bytes.set(piece, position)
      pieces.writes += 1
    },
  }
  return pieces
}

function withByte(bytes: Buffer, at: number, value: number): Buffer {
  bytes[at] = value
  return bytes
}

const textAt = (bytes: Buffer, at: number) => bytes.subarray(at, bytes.indexOf(0, at)).toString('latin1')
const entryAt = (bytes: Buffer, index: number) => [
  Number(bytes.readBigUInt64LE(768 + index * 16)),
  Number(bytes.readBigUInt64LE(776 + index * 16)),
]

describe('a program of the seed', () => {
  it.each([
    ['x86_64', 62, '/usr/lib/x86_64-linux-gnu'],
    ['aarch64', 183, '/usr/lib/aarch64-linux-gnu'],
  ])(
    'of %s names the seed’s loader and libraries, and nothing else of it changes',
    async (_, machine, libraries) => {
      const before = program({ machine })
      const bytes = Buffer.from(before)
      expect(await bindProgram(piecesOf(bytes))).toBe(true)
      expect(textAt(bytes, 400)).toBe(SEED_LOADER)
      const [tag, value = 0] = entryAt(bytes, 3)
      expect(tag).toBe(15)
      expect(textAt(bytes, 512 + value)).toBe(libraries)
      expect(entryAt(bytes, 4)).toEqual([0, 0])
      expect(Number(bytes.readBigUInt64LE(64 + 56 + 32))).toBe(1024 + libraries.length + 1)
      expect(entryAt(bytes, 2)).toEqual([10, value + libraries.length + 1])
      for (const [at, length] of [
        [400, LOADER.length],
        [768 + 2 * 16, 32],
        [1024, libraries.length],
        // The segment’s sizes.
        [64 + 56 + 32, 16],
      ] as const)
        before.copy(bytes, at, at, at + length)
      expect(bytes.equals(before)).toBe(true)
    },
  )

  it('keeps its own search path behind the seed’s', async () => {
    const strings = '\0$ORIGIN/../lib\0'
    const bytes = program({
      strings,
      tags: [
        [5, 0x1000 + 512],
        [10, strings.length],
        [29, 1],
        [0, 0],
      ],
    })
    expect(await bindProgram(piecesOf(bytes))).toBe(true)
    const [tag, value = 0] = entryAt(bytes, 2)
    expect([tag, textAt(bytes, 512 + value)]).toEqual([15, '/usr/lib/x86_64-linux-gnu:$ORIGIN/../lib'])
  })

  it('whose own search path is the seed’s has it once, and before all others', async () => {
    const strings = '\0/usr/lib/x86_64-linux-gnu\0'
    const bytes = program({
      strings,
      tags: [
        [5, 0x1000 + 512],
        [10, strings.length],
        [29, 1],
        [0, 0],
      ],
    })
    expect(await bindProgram(piecesOf(bytes))).toBe(true)
    const [tag, value = 0] = entryAt(bytes, 2)
    expect([tag, textAt(bytes, 512 + value)]).toEqual([15, '/usr/lib/x86_64-linux-gnu'])
  })

  const strtab = [5, 0x1000 + 512] as const
  it.each<[string, Buffer]>([
    ['no ELF', Buffer.from('#!/bin/sh\nexit 0\n'.padEnd(100))],
    ['nothing', Buffer.alloc(0)],
    ['a header alone', program().subarray(0, 64)],
    ['another machine', program({ machine: 8 })],
    ['a library that can be run', program({ tags: [strtab, [14, 1], [0, 0], [0, 0]] })],
    ['no spare entry', program({ tags: [strtab, [10, 4], [0, 0]] })],
    ['no end of the entries', program({ tags: [strtab, [10, 4]] })],
    [
      'no string table',
      program({
        tags: [
          [0, 0],
          [0, 0],
        ],
      }),
    ],
    ['no padding', program({ next: 1030 })],
    ['an address beyond all numbers', withByte(program(), 64 + 56 + 16 + 7, 0xff)],
    ['a loader of a shorter name', program({ loader: '/lib/ld.so' })],
    ['a search path out of bounds', program({ tags: [strtab, [10, 4], [29, 9999], [0, 0]] })],
    ['a search path without an end', program({ tags: [strtab, [10, 4], [29, 1], [0, 0]] })],
  ])('is not: %s', async (_, bytes) => {
    const pieces = piecesOf(bytes)
    expect(await bindProgram(pieces)).toBe(false)
    expect(pieces.writes).toBe(0)
  })

  it('is written to only within its bounds, whatever stands in it', async () => {
    const change = fc.tuple(fc.integer({ min: 0, max: 1100 }), fc.integer({ min: 0, max: 255 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(change, { maxLength: 8 }),
        fc.integer({ min: 0, max: 4112 }),
        async (changes, cut) => {
          const bytes = program()
          for (const [at, value] of changes) bytes[at] = value
          const file = cut < 64 ? bytes.subarray(0, bytes.length - cut) : bytes
          await bindProgram(piecesOf(Buffer.from(file)))
        },
      ),
      { numRuns: 2000 },
    )
  })

  it('runs by the loader it names, as readelf, our own reader and the machine’s loader see it', async ({
    skip,
  }) => {
    await using temp = await makeTempDirectory(tmpdir(), 'millrace-bind')
    const path = join(temp.path, 'env')
    await writeFile(path, await readFile('/usr/bin/env').catch(() => skip('there is no /usr/bin/env')), {
      mode: 0o755,
    })
    const file = await open(path, 'r+')
    const { size } = await file.stat()
    const bound = await bindProgram({
      sizeBytes: size,
      read: async (position, length) => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
        return buffer.subarray(0, bytesRead)
      },
      write: async (position, bytes) => void (await file.write(bytes, 0, bytes.length, position)),
    })
    await file.close()
    if (!bound) skip('/usr/bin/env is not dynamically linked here')
    const run = (program: string, args: string[]) =>
      runCommand({ program, args, env: HOST_ENV }).catch(() => skip(`there is no ${program}`))
    const { stdout } = await run('readelf', ['--wide', '--dynamic', '--program-headers', path])
    expect(stdout).toContain(`interpreter: ${SEED_LOADER}]`)
    expect(stdout).toContain('(RPATH)')
    const bytes = await readFile(path)
    const source = { sizeBytes: size, read: piecesOf(bytes).read }
    expect(await readElf(source, path)).toMatchObject({
      interpreter: SEED_LOADER,
      rpath: [expect.stringMatching(/^\/usr\/lib\/\w+-linux-gnu$/)],
    })
    const loader = await run('sh', [
      '-c',
      'ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null',
    ])
    const worked = await run(loader.stdout.trim().split('\n')[0] ?? '', [path, 'true'])
    expect(worked.code).toBe(0)
  })
})
