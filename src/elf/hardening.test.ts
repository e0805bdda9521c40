// SPDX-License-Identifier: Apache-2.0
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type TinyElf, type TinySegment, tinyElf } from '../../test/support/tiny-elf.ts'
import { isMillraceError, runCommand } from '../base/index.ts'
import { type ElfHardening, readElfHardening } from './index.ts'

const read = (bytes: Uint8Array) =>
  readElfHardening(
    { sizeBytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) },
    'looking at usr/bin/tiny',
  )
const [LOAD, STACK, RELRO, PROPERTY] = [1, 0x6474e551, 0x6474e552, 0x6474e553]
const stack = (flags: number): TinySegment => ({ type: STACK, flags })
const relro: TinySegment = { type: RELRO, flags: 4 }
const property = (feature: number, bits: number): TinySegment => {
  const content = Buffer.alloc(48)
  // Behind another property, which is skipped.
  const words = [4, 32, 5, 0x554e47, 0xc0008002, 4, 1, 0, feature, 4, bits, 0]
  for (const [index, word] of words.entries()) content.writeUInt32LE(word, index * 4)
  return { type: PROPERTY, flags: 4, content }
}
const program: TinyElf = { isPie: true, interpreter: '/lib/ld.so', needed: ['libc.so.6'] }

describe('what hardens an ELF file', () => {
  it.each<[claim: string, tiny: TinyElf, facts: Partial<ElfHardening>]>([
    [
      'nothing said',
      { type: 2, interpreter: '/lib/ld.so', needed: ['libc.so.6'] },
      {
        kind: 'program',
        isPositionIndependent: false,
        isStatic: false,
        relro: 'none',
        bindsNow: false,
        stack: 'unsaid',
        marks: [],
        knownMarks: ['IBT', 'SHSTK'],
        imports: undefined,
      },
    ],
    ['a position-independent program', program, { kind: 'program', isPositionIndependent: true }],
    ['a library', { soname: 'libtiny.so.1' }, { kind: 'module', isPositionIndependent: true }],
    ['a library that needs nothing is not a static program', { soname: 'a' }, { isStatic: false }],
    ['a static program', { type: 2 }, { kind: 'program', isStatic: true, bindsNow: true }],
    ['relro without the functions’ addresses', { ...program, segments: [relro] }, { relro: 'partial' }],
    [
      'full relro by DF_1_NOW',
      { ...program, segments: [relro], isPie: false, dynamic: [[0x6ffffffbn, 0x08000001n]] },
      { relro: 'full', bindsNow: true },
    ],
    ['full relro by DF_BIND_NOW', { ...program, segments: [relro], dynamic: [[30n, 8n]] }, { relro: 'full' }],
    ['full relro by DT_BIND_NOW', { ...program, segments: [relro], dynamic: [[24n, 0n]] }, { relro: 'full' }],
    [
      'binding at once without relro',
      { ...program, dynamic: [[24n, 0n]] },
      { relro: 'none', bindsNow: true },
    ],
    ['a plain stack', { ...program, segments: [stack(6)] }, { stack: 'plain' }],
    ['an executable stack', { ...program, segments: [stack(7)] }, { stack: 'executable' }],
    [
      'writable code',
      { ...program, segments: [{ type: LOAD, flags: 7 }] },
      { hasWritableCode: true, hasTextRelocations: false },
    ],
    ['text relocations by DT_TEXTREL', { ...program, dynamic: [[22n, 0n]] }, { hasTextRelocations: true }],
    ['text relocations by DF_TEXTREL', { ...program, dynamic: [[30n, 4n]] }, { hasTextRelocations: true }],
    ['both marks of x86', { ...program, segments: [property(0xc0000002, 3)] }, { marks: ['IBT', 'SHSTK'] }],
    [
      'one mark of aarch64',
      { ...program, machine: 183, segments: [property(0xc0000000, 1)] },
      { marks: ['BTI'], knownMarks: ['BTI', 'PAC', 'GCS'] },
    ],
    ['a mark of another machine', { ...program, segments: [property(0xc0000000, 1)] }, { marks: [] }],
    [
      'names it imports',
      { ...program, imports: ['__stack_chk_fail', 'strcpy'] },
      { imports: new Set(['__stack_chk_fail', 'strcpy']) },
    ],
    [
      'names it imports, of class 32',
      { class: 32, ...program, imports: ['read'] },
      { imports: new Set(['read']) },
    ],
  ])('is read: %s', async (_, tiny, facts) => {
    expect(await read(tinyElf(tiny))).toMatchObject(facts)
  })

  it.each<[string, Uint8Array]>([
    ['a text', Buffer.from('#!/bin/sh\n')],
    ['an object file', tinyElf({ type: 1 })],
    ['a core', tinyElf({ type: 4 })],
    [
      'debug information on its own',
      tinyElf({ ...program, sections: [{ name: '.text', type: 8, flags: 6n }] }),
    ],
  ])('is nothing to %s', async (_, bytes) => {
    expect(await read(bytes)).toBeUndefined()
  })

  it('is read from damaged files without harm', async () => {
    const kind = fc.record({
      class: fc.constantFrom(32 as const, 64 as const),
      byteOrder: fc.constantFrom('little' as const, 'big' as const),
    })
    const whole = { ...program, imports: ['strcpy'], segments: [stack(6), relro, property(0xc0000002, 3)] }
    const byte = fc.oneof(fc.constantFrom(0, 1, 7, 0x7f, 0xff), fc.nat(255))
    const changes = fc.array(fc.tuple(fc.nat(899), byte), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(kind, changes, fc.nat(1000), async (shape, edits, end) => {
        const bytes = tinyElf({ ...whole, ...shape })
        for (const [at, value] of edits) if (at > 4 && at < bytes.length) bytes[at] = value
        const found = await read(bytes.subarray(0, end)).catch((error: unknown) => error)
        if (found instanceof Error) expect(isMillraceError(found) && found.code).toBe('ELF_INVALID')
      }),
      { numRuns: 500 },
    )
  })
})

const PLACES = ['/usr/bin', '/usr/sbin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
const signal = new AbortController().signal
const hasReadelf = await runCommand({ program: 'readelf', args: ['--version'] }, { signal }).then(
  () => true,
  () => false,
)
if (!hasReadelf) console.warn('skipped: readelf (binutils) is not installed')

describe.skipIf(!hasReadelf)('readelf agrees', () => {
  it('about the hardening of every program and library of this machine', { timeout: 120_000 }, async () => {
    const ours = new Map<string, ElfHardening>()
    for (const path of await filesOf(PLACES)) {
      const facts = await readFileHardening(path)
      if (facts !== undefined) ours.set(path, facts)
    }
    const paths = [...ours.keys()]
    expect(paths.length).toBeGreaterThan(100)
    for (let at = 0; at < paths.length; at += 100) {
      const theirs = await readelf(paths.slice(at, at + 100))
      for (const path of paths.slice(at, at + 100)) {
        const { isPositionIndependent, bindsNow, isStatic, relro, ...facts } = ours.get(path) as ElfHardening
        const { stack, hasWritableCode, hasTextRelocations, marks } = facts
        const imports = facts.imports === undefined ? undefined : [...facts.imports].sort()
        const said = { isPositionIndependent, relro: relro !== 'none', stack, hasWritableCode }
        const all = { ...said, hasTextRelocations, marks, imports, bindsNow: bindsNow && !isStatic }
        expect({ path, ...all }).toEqual({
          path,
          ...theirs.get(path),
          ...(isStatic ? { bindsNow: false, imports } : {}),
        })
      }
    }
  })
})

async function readelf(paths: readonly string[]) {
  const lines: string[] = []
  await runCommand(
    { program: 'readelf', args: ['-h', '-l', '-d', '-n', '--dyn-syms', '-W', ...paths, '/dev/null'] },
    { signal, onLine: (line) => void lines.push(line) },
  )
  const found = new Map<string, ReturnType<typeof factsOf>>()
  for (const part of lines.join('\n').split(/^(?=File: )/m)) {
    const path = /^File: (.*)$/m.exec(part)?.[1]
    if (path !== undefined) found.set(path, factsOf(part))
  }
  return found
}

function factsOf(text: string) {
  const stack = /GNU_STACK +(?:0x\w+ +){5}(.{3})/.exec(text)?.[1]
  const properties = /(?:x86|AArch64) feature: (.*)/.exec(text)?.[1] ?? ''
  const undefinedNames = [...text.matchAll(/ UND ([^\s@]+)/g)].map(([, name = '']) => name)
  return {
    isPositionIndependent: /Type: +DYN/.test(text),
    relro: /GNU_RELRO/.test(text),
    bindsNow: /BIND_NOW|\(FLAGS_1\) .*\bNOW\b/.test(text),
    stack: stack === undefined ? 'unsaid' : stack.endsWith('E') ? 'executable' : 'plain',
    hasWritableCode: /^ +LOAD .* RWE /m.test(text),
    hasTextRelocations: /TEXTREL/.test(text),
    marks: properties.split(', ').filter((mark) => ['IBT', 'SHSTK', 'BTI', 'PAC', 'GCS'].includes(mark)),
    imports: [...new Set(undefinedNames)].sort(),
  }
}

async function filesOf(directories: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => [])
    for (const name of names.sort()) {
      const path = join(directory, name)
      if ((await stat(path).catch(() => undefined))?.isFile()) found.push(path)
    }
  }
  return found
}

async function readFileHardening(path: string): Promise<ElfHardening | undefined> {
  await using file = await open(path)
  const { size } = await file.stat()
  const source = {
    sizeBytes: size,
    read: async (offset: number, length: number) =>
      (await file.read(Buffer.alloc(length), 0, length, offset)).buffer,
  }
  return await readElfHardening(source, `reading ${path}`)
}
