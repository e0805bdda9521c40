// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes, ElfFields } from './elf-bytes.ts'
import type { ElfHeader } from './elf-header.ts'
import type { NoteRange } from './notes.ts'

/** What the section headers tell. All of it is empty or false for a file without them. */
export interface SectionFacts {
  readonly hasSymbolTable: boolean
  readonly hasDebugSections: boolean
  /** Its code was left out: debug information that was split from its file. */
  readonly isDebugOnly: boolean
  readonly notes: readonly NoteRange[]
  /** Where Go's linker left what it knows of the build; undefined when another made the file. */
  readonly goBuildInfo: ByteRange | undefined
  /** Of the dynamic symbol table; undefined for a file without one. */
  readonly dynamicSymbolsBytes: bigint | undefined
}

export interface ByteRange {
  readonly offset: bigint
  readonly sizeBytes: bigint
}

interface Section {
  readonly name: number
  readonly type: number
  readonly flags: bigint
  readonly offset: bigint
  readonly sizeBytes: bigint
  readonly align: bigint
}

const SHT_SYMTAB = 2
const SHT_NOTE = 7
const SHT_NOBITS = 8
const SHT_DYNSYM = 11
const SHF_ALLOC = 2n
const SHF_EXECINSTR = 4n

/** Files of that many sections come of one section for each function. */
const MAX_TABLE_BYTES = 64 * 1024 * 1024
const MAX_NAMES_BYTES = 64 * 1024 * 1024
const MAX_NOTES = 64

const NO_SECTIONS: SectionFacts = {
  hasSymbolTable: false,
  hasDebugSections: false,
  isDebugOnly: false,
  notes: [],
  goBuildInfo: undefined,
  dynamicSymbolsBytes: undefined,
}

/** @throws MillraceError ELF_INVALID */
export async function readSectionFacts(file: ElfBytes, header: ElfHeader): Promise<SectionFacts> {
  const { offset, count, entryBytes } = header.sections
  if (count === 0) return NO_SECTIONS
  const size = BigInt(count) * BigInt(entryBytes)
  const table = await file.read(offset, size, MAX_TABLE_BYTES, 'the section header table')
  const names = await readNames(file, header, table)

  const seen = { symbols: false, debug: false, code: false, emptyCode: false }
  const notes: NoteRange[] = []
  let goBuildInfo: ByteRange | undefined
  let dynamicSymbolsBytes: bigint | undefined
  for (let index = 0; index < count; index++) {
    const section = sectionAt(table, index, entryBytes)
    const isLoaded = (section.flags & SHF_ALLOC) !== 0n
    if (section.type === SHT_SYMTAB) seen.symbols = true
    if (section.type === SHT_DYNSYM) dynamicSymbolsBytes = section.sizeBytes
    if (section.type === SHT_NOTE && notes.length < MAX_NOTES) notes.push(section)
    if (isLoaded && section.type !== SHT_NOBITS && nameIs(names, section.name, '.go.buildinfo'))
      goBuildInfo ??= section
    if (!isLoaded && isDebugName(names, section.name)) seen.debug = true
    if (isLoaded && (section.flags & SHF_EXECINSTR) !== 0n)
      seen[section.type === SHT_NOBITS ? 'emptyCode' : 'code'] = true
  }
  return {
    hasSymbolTable: seen.symbols,
    hasDebugSections: seen.debug,
    isDebugOnly: seen.emptyCode && !seen.code,
    notes,
    goBuildInfo,
    dynamicSymbolsBytes,
  }
}

function sectionAt(table: ElfFields, index: number, entryBytes: number): Section {
  const at = index * entryBytes
  return {
    name: table.u32(at),
    type: table.u32(at + 4),
    flags: table.word(at + 8, at + 8),
    offset: table.word(at + 16, at + 24),
    sizeBytes: table.word(at + 20, at + 32),
    align: table.word(at + 32, at + 48),
  }
}

async function readNames(file: ElfBytes, header: ElfHeader, table: ElfFields): Promise<Uint8Array> {
  const { sectionNames, sections } = header
  if (sectionNames === 0) return new Uint8Array()
  if (sectionNames >= sections.count)
    throw file.invalid(`section ${sectionNames} should hold the names, but there are ${sections.count}`)
  const { type, offset, sizeBytes } = sectionAt(table, sectionNames, sections.entryBytes)
  if (type === SHT_NOBITS) return new Uint8Array()
  return (await file.read(offset, sizeBytes, MAX_NAMES_BYTES, 'the table of section names')).bytes
}

/** `.debug_info` and its kind, compressed or split (`.zdebug_info`) among them; `.debug` is DWARF 1's. */
function isDebugName(names: Uint8Array, at: number): boolean {
  const start = Buffer.from(names.subarray(at, at + 8)).toString('latin1')
  return /^\.z?debug(?:_|\0|$)/.test(start)
}

function nameIs(names: Uint8Array, at: number, name: string): boolean {
  return Buffer.from(names.subarray(at, at + name.length + 1)).toString('latin1') === `${name}\0`
}
