// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tinyElf } from '../../test/support/tiny-elf.ts'
import { runCommand } from '../base/index.ts'
import { type Elf, readElf } from './index.ts'

/** readelf of binutils, over files of this machine and over ours. */

const PLACES = ['/usr/bin', '/usr/sbin', '/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu']
const BATCH = 100
const signal = new AbortController().signal
const TYPES = { REL: 'relocatable', EXEC: 'executable', DYN: 'shared', CORE: 'core' } as const

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-elf-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const hasReadelf = await runCommand({ program: 'readelf', args: ['--version'] }, { signal }).then(
  () => true,
  () => false,
)
if (!hasReadelf) console.warn('skipped: readelf (binutils) is not installed')

describe.skipIf(!hasReadelf)('readelf agrees', () => {
  it('about every program and library of this machine', async () => {
    const seen = { shared: 0, relocatable: 0 }
    const ours = new Map<string, Elf>()
    for (const path of await filesOf(PLACES)) {
      const elf = await readFileElf(path)
      if (elf === undefined) continue
      ours.set(path, elf)
      if (elf.type === 'shared') seen.shared++
      if (elf.type === 'relocatable') seen.relocatable++
    }
    await compare(ours)
    expect(seen.shared).toBeGreaterThan(100)
  })

  it('about files of both classes and byte orders that we make', async () => {
    const ours = new Map<string, Elf>()
    for (const bits of [32, 64] as const)
      for (const byteOrder of ['little', 'big'] as const)
        for (const hasLargeCounts of [false, true]) {
          const path = join(directory, `${bits}-${byteOrder}-${hasLargeCounts}`)
          const bytes = tinyElf({
            class: bits,
            byteOrder,
            machine: bits === 32 ? 8 : 22,
            soname: 'libtiny.so.1',
            needed: ['libb.so.2', 'liba.so.1'],
            rpath: '/a:/b',
            runpath: '$ORIGIN/../lib',
            interpreter: '/lib/ld.so.1',
            buildId: Buffer.from('00ff11ee', 'hex'),
            isPie: true,
            sections: [
              { name: '.symtab', type: 2 },
              { name: '.debug_info', type: 1 },
              { name: '.note.gnu.build-id', type: 7, flags: 2n, isBuildId: true },
            ],
            hasLargeCounts,
          })
          await writeFile(path, bytes)
          const elf = await readFileElf(path)
          if (elf !== undefined) ours.set(path, elf)
        }
    expect(ours.size).toBe(8)
    await compare(ours)
  })
})

async function compare(ours: ReadonlyMap<string, Elf>): Promise<void> {
  const paths = [...ours.keys()]
  for (let at = 0; at < paths.length; at += BATCH) {
    const batch = paths.slice(at, at + BATCH)
    const theirs = await readelf(batch)
    for (const path of batch) {
      const elf = ours.get(path)
      // Of class and byte order, arch follows; the rest of our facts readelf does not state in a word.
      const {
        class: bits,
        byteOrder,
        type,
        interpreter,
        soname,
        needed,
        rpath,
        runpath,
        buildId,
        isPie,
      } = elf as Elf
      const { isStripped, hasDebugSections } = elf as Elf
      const facts = { class: bits, byteOrder, type, interpreter, soname, needed, buildId, isPie }
      expect({ path, ...facts, rpath, runpath, isStripped, hasDebugSections }).toEqual({
        path,
        ...theirs.get(path),
      })
    }
  }
}

async function readelf(paths: readonly string[]) {
  const lines: string[] = []
  // Given one file alone, readelf does not print its name.
  await runCommand(
    { program: 'readelf', args: ['-d', '-l', '-h', '-n', '-S', '-W', ...paths, '/dev/null'] },
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
  const one = (form: RegExp) => form.exec(text)?.[1]
  const all = (form: RegExp) => [...text.matchAll(form)].map(([, name = '']) => name)
  const path = (form: RegExp) => (one(form) ?? '').split(':').filter((part) => part !== '')
  const type = one(/^ {2}Type: +(\w+)/m) as keyof typeof TYPES
  return {
    class: Number(one(/^ {2}Class: +ELF(\d+)/m)),
    byteOrder: one(/^ {2}Data: .*(little|big) endian/m),
    type: TYPES[type],
    interpreter: one(/\[Requesting program interpreter: (.*)\]/),
    soname: one(/\(SONAME\) +Library soname: \[(.*)\]/),
    needed: all(/\(NEEDED\) +Shared library: \[(.*)\]/g),
    rpath: path(/\(RPATH\) +Library rpath: \[(.*)\]/),
    runpath: path(/\(RUNPATH\) +Library runpath: \[(.*)\]/),
    buildId: one(/Build ID: ([0-9a-f]+)/),
    isPie: /\(FLAGS_1\) .*\bPIE\b/.test(text),
    isStripped: !/ SYMTAB +[0-9a-f]/.test(text),
    hasDebugSections: /\] \.z?debug_\w+ +\w+ +[0-9a-f]+ +[0-9a-f]+ +[0-9a-f]+ +\w+ +(?!\w*A)/m.test(text),
  }
}

async function filesOf(directories: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const directory of directories) {
    const names = await readdir(directory).catch(() => [])
    for (const name of names.sort()) {
      const path = join(directory, name)
      const entry = await stat(path).catch(() => undefined)
      if (entry?.isFile()) found.push(path)
    }
  }
  return found
}

async function readFileElf(path: string): Promise<Elf | undefined> {
  await using file = await open(path)
  const { size } = await file.stat()
  const source = {
    sizeBytes: size,
    read: async (offset: number, length: number) =>
      (await file.read(Buffer.alloc(length), 0, length, offset)).buffer,
  }
  return await readElf(source, `reading ${path}`)
}
