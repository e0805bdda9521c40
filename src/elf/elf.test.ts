// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TinyElf, tinyElf } from '../../test/support/tiny-elf.ts'
import { isMillraceError } from '../base/index.ts'
import { type Elf, readElf } from './index.ts'

const WHAT = 'scanning usr/lib/libtiny.so'
const read = (bytes: Uint8Array): Promise<Elf | undefined> =>
  readElf(
    { sizeBytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) },
    WHAT,
  )
const full: TinyElf = {
  soname: 'libtiny.so.1',
  needed: ['libz.so.1', 'libc.so.6'],
  rpath: '$ORIGIN/../lib:/opt/lib',
  runpath: '/usr/lib/tiny',
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  buildId: Buffer.from('0123456789abcdef', 'hex'),
  isPie: true,
}
const CODE = 6n
const NOBITS = 8

describe('an ELF file', () => {
  const kinds = [
    { class: 32, byteOrder: 'little', machine: 3, arch: 'x86' },
    { class: 32, byteOrder: 'little', machine: 40, arch: undefined },
    { class: 32, byteOrder: 'big', machine: 8, arch: undefined },
    { class: 64, byteOrder: 'little', machine: 183, arch: 'aarch64' },
    { class: 64, byteOrder: 'big', machine: 22, arch: 's390x' },
  ] as const
  it.each(kinds)(
    'is read in class $class, $byteOrder-endian, machine $machine',
    async ({ arch, ...kind }) => {
      expect(await read(tinyElf({ ...full, ...kind }))).toEqual({
        ...kind,
        arch,
        type: 'shared',
        isPie: true,
        interpreter: '/lib64/ld-linux-x86-64.so.2',
        soname: 'libtiny.so.1',
        needed: ['libz.so.1', 'libc.so.6'],
        rpath: ['$ORIGIN/../lib', '/opt/lib'],
        runpath: ['/usr/lib/tiny'],
        buildId: '0123456789abcdef',
        isStatic: false,
        isStripped: true,
        hasDebugSections: false,
        isDebugOnly: false,
      })
    },
  )

  it('is read where a kernel is loaded, at the top of the address space', async () => {
    const elf = await read(tinyElf({ ...full, address: 0xffffffff80000000n }))
    expect(elf?.needed).toEqual(full.needed)
  })

  it.each<[string, TinyElf, boolean]>([
    ['a program without segments for a loader', { type: 2 }, true],
    ['a position-independent program that needs nothing', { isPie: true }, true],
    ['a program with an interpreter', { type: 2, interpreter: '/lib/ld.so' }, false],
    ['a library that needs nothing', { soname: 'ld-linux.so.2' }, false],
    ['an object file', { type: 1 }, false],
  ])('is static or not: %s', async (_, tiny, isStatic) => {
    expect((await read(tinyElf(tiny)))?.isStatic).toBe(isStatic)
  })

  it.each([false, true])(
    'tells symbols and debug sections (counts in section 0: %s)',
    async (hasLargeCounts) => {
      const sections = [
        { name: '.text', type: 1, flags: CODE },
        { name: '.symtab', type: 2 },
        { name: '.debug_info', type: 1 },
      ]
      const elf = await read(tinyElf({ ...full, sections, hasLargeCounts }))
      expect(elf).toMatchObject({ isStripped: false, hasDebugSections: true, isDebugOnly: false })
      expect(elf).toMatchObject({ needed: full.needed })
    },
  )

  it('does not take a loaded section for debug information because of its name', async () => {
    const sections = [{ name: '.debug_gdb_scripts', type: 1, flags: 2n }]
    expect((await read(tinyElf({ sections })))?.hasDebugSections).toBe(false)
  })

  it('that holds debug information alone asks nothing of a loader, but keeps its build id', async () => {
    const sections = [
      { name: '.text', type: NOBITS, flags: CODE },
      { name: '.note.gnu.build-id', type: 7, flags: 2n, isBuildId: true },
      { name: '.debug_line', type: 1 },
    ]
    expect(await read(tinyElf({ ...full, sections }))).toMatchObject({
      isDebugOnly: true,
      soname: undefined,
      needed: [],
      interpreter: undefined,
      buildId: full.buildId && Buffer.from(full.buildId).toString('hex'),
    })
  })

  it('that is a core dump is known as one, and its memory is left alone', async () => {
    expect(await read(tinyElf({ ...full, type: 4 }))).toMatchObject({ type: 'core', needed: [] })
  })
})

describe('what is no ELF file', () => {
  it.each([
    ['nothing', ''],
    ['three bytes', '\x7fEL'],
    ['a script', '#!/bin/sh\necho \x7fELF\n'],
  ])('is undefined: %s', async (_, text) => {
    expect(await read(Buffer.from(text, 'latin1'))).toBeUndefined()
  })
})

describe('a broken ELF file', () => {
  /** The bytes of a field at `at`, replaced. */
  const patched = (at: number, value: bigint, size: 2 | 8, tiny: TinyElf = full) => {
    const bytes = Buffer.from(tinyElf(tiny))
    if (size === 2) bytes.writeUInt16LE(Number(value), at)
    else bytes.writeBigUInt64LE(value, at)
    return bytes
  }
  const segmentAt = (index: number) => 64 + 56 * index
  it.each<[string, Uint8Array, RegExp]>([
    ['the magic alone', Buffer.from('\x7fELF', 'latin1'), /ends after 4 bytes/],
    ['half a header', tinyElf(full).subarray(0, 40), /ELF header .*file has 40/],
    ['an unknown class', patched(4, 0x0103n, 2), /class is 3/],
    ['an unknown byte order', patched(4, 0x0302n, 2), /byte order is 3/],
    ['an unknown type', patched(16, 0xfe00n, 2), /type is 65024/],
    ['program headers beyond its end', patched(32, 0xffffffff_fffffff0n, 8), /program header table lies at/],
    ['program headers of another size', patched(54, 32n, 2), /each program header has 32 bytes; expected 56/],
    ['more program headers than any loader takes', patched(56, 60000n, 2), /at most 65536/],
    ['section headers beyond its end', patched(40, 1n << 40n, 8, { sections: [] }), /section header table/],
    ['names in a section that is not there', patched(62, 9n, 2, { sections: [] }), /section 9/],
    ['a dynamic section of 2⁶³ bytes', patched(segmentAt(3) + 32, 1n << 63n, 8), /dynamic section has/],
    ['a dynamic section beyond its end', patched(segmentAt(3) + 8, 1n << 62n, 8), /dynamic section lies at/],
    ['no segment where its names should be', patched(segmentAt(0) + 16, 1n << 32n, 8), /nothing is loaded/],
    ['an interpreter without an end', patched(segmentAt(1) + 32, 4n, 8), /interpreter’s name has no end/],
    ['a soname with a line break', tinyElf({ soname: 'liba.so\nprovides = so:b' }), /control characters/],
    ['a name that has no end', tinyElf({ soname: 'x'.repeat(70_000) }), /no end within 65536/],
  ])('is refused with its reason: %s', async (_, bytes, why) => {
    const error = await read(bytes).catch((caught: unknown) => caught)
    expect(error).toMatchObject({ code: 'ELF_INVALID', what: WHAT, why: expect.stringMatching(why) })
  })

  it('is refused when it was cut after its size was taken', async () => {
    const bytes = tinyElf(full)
    const source = {
      sizeBytes: bytes.length,
      read: async (at: number, length: number) => bytes.subarray(0, 64).subarray(at, at + length),
    }
    await expect(readElf(source, WHAT)).rejects.toMatchObject({ code: 'ELF_INVALID' })
  })

  it('is refused or read, and never more than that, whatever bytes are changed', async () => {
    const sections = [
      { name: '.text', type: 1, flags: CODE },
      { name: '.note.gnu.build-id', type: 7, flags: 2n, isBuildId: true },
    ]
    const kind = fc.record({
      class: fc.constantFrom(32 as const, 64 as const),
      byteOrder: fc.constantFrom('little' as const, 'big' as const),
      hasLargeCounts: fc.boolean(),
    })
    const byte = fc.oneof(fc.constantFrom(0, 1, 7, 0x7f, 0xff), fc.nat(255))
    const changes = fc.array(fc.tuple(fc.nat(699), byte), { minLength: 1, maxLength: 12 })
    let refused = 0
    await fc.assert(
      fc.asyncProperty(kind, changes, fc.nat(700), fc.boolean(), async (shape, edits, end, isCut) => {
        const bytes = tinyElf({ ...full, ...shape, sections })
        for (const [at, value] of edits) bytes[at % bytes.length] = value
        const { largest, outcome } = await watchedRead(isCut ? bytes.subarray(0, end) : bytes)
        if (outcome === 'refused') refused++
        expect(largest).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(100)
  })
})

/** Reads, noting the largest range asked for; anything but a result or ELF_INVALID is thrown on. */
async function watchedRead(bytes: Uint8Array) {
  let largest = 0
  const source = {
    sizeBytes: bytes.length,
    read: async (offset: number, length: number) => {
      if (offset < 0 || offset + length > bytes.length) throw new Error('asked beyond the file')
      largest = Math.max(largest, length)
      return bytes.subarray(offset, offset + length)
    },
  }
  try {
    await readElf(source, WHAT)
    return { largest, outcome: 'read' as const }
  } catch (error) {
    if (!isMillraceError(error, 'ELF_INVALID')) throw error
    return { largest, outcome: 'refused' as const }
  }
}
