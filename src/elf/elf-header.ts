// SPDX-License-Identifier: Apache-2.0
import { ElfBytes, type ElfSource, type ElfWords, elfInvalid } from './elf-bytes.ts'

export type ElfType = 'relocatable' | 'executable' | 'shared' | 'core'

/** gABI chapter 4, "ELF Header", with the places of both tables. */
export interface ElfHeader extends ElfWords {
  readonly type: ElfType
  readonly machine: number
  readonly segments: Table
  readonly sections: Table
  /** Index of the section that holds the sections' names; 0 for none. */
  readonly sectionNames: number
}

export interface Table {
  readonly offset: bigint
  readonly entryBytes: number
  readonly count: number
}

const TYPES: readonly (ElfType | undefined)[] = [undefined, 'relocatable', 'executable', 'shared', 'core']
const IDENT_BYTES = 16
const NO_TABLE: Table = { offset: 0n, entryBytes: 1, count: 0 }
/** Values of e_phnum and e_shstrndx that say: the number does not fit here, see section 0. */
const PN_XNUM = 0xffff
const SHN_XINDEX = 0xffff

/** @returns undefined when the file does not begin as an ELF file does. @throws MillraceError ELF_INVALID */
export async function readElfHeader(
  source: ElfSource,
  what: string,
): Promise<{ file: ElfBytes; header: ElfHeader } | undefined> {
  if (source.sizeBytes < 4) return undefined
  const ident = await source.read(0, Math.min(IDENT_BYTES, source.sizeBytes))
  if (ident[0] !== 0x7f || ident[1] !== 0x45 || ident[2] !== 0x4c || ident[3] !== 0x46) return undefined
  const words = wordsOf(ident, what)
  const file = new ElfBytes(source, what, words)
  const is64 = words.class === 64
  const fields = await file.read(0n, is64 ? 64n : 52n, 64, 'the ELF header')

  const type = TYPES[fields.u16(16)]
  if (type === undefined) throw file.invalid(`its type is ${fields.u16(16)}; known are 1 to 4`)
  // The counts stand in the header's last bytes, in the same order in both classes.
  const counts = is64 ? 54 : 42
  const segments = {
    offset: fields.word(28, 32),
    entryBytes: fields.u16(counts),
    count: fields.u16(counts + 2),
  }
  const sections = {
    offset: fields.word(32, 40),
    entryBytes: fields.u16(counts + 4),
    count: fields.u16(counts + 6),
  }
  const plain = { segments, sections, sectionNames: fields.u16(counts + 8) }
  const large = await readLargeCounts(file, plain)
  const header = { ...words, type, machine: fields.u16(18), ...large }
  checkEntries(file, header.segments, is64 ? 56 : 32, 'program header')
  checkEntries(file, header.sections, is64 ? 64 : 40, 'section header')
  return { file, header }
}

function wordsOf(ident: Uint8Array, what: string): ElfWords {
  if (ident.length < IDENT_BYTES) throw elfInvalid(what, `the file ends after ${ident.length} bytes`)
  const [bits, order] = [ident[4], ident[5]]
  if (bits !== 1 && bits !== 2)
    throw elfInvalid(what, `its class is ${bits}; known are 1 (32 bit) and 2 (64)`)
  if (order !== 1 && order !== 2)
    throw elfInvalid(what, `its byte order is ${order}; known are 1 (little) and 2 (big)`)
  return { class: bits === 1 ? 32 : 64, byteOrder: order === 1 ? 'little' : 'big' }
}

/** Counts of 65,280 and more stand in section 0 (gABI, "Section Header"). */
async function readLargeCounts(
  file: ElfBytes,
  plain: Pick<ElfHeader, 'segments' | 'sections' | 'sectionNames'>,
): Promise<Pick<ElfHeader, 'segments' | 'sections' | 'sectionNames'>> {
  const { segments, sections, sectionNames } = plain
  const withSegments = segments.count === 0 ? NO_TABLE : segments
  if (sections.offset === 0n) return { segments: withSegments, sections: NO_TABLE, sectionNames: 0 }
  const isLarge = sections.count === 0 || segments.count === PN_XNUM || sectionNames === SHN_XINDEX
  if (!isLarge) return { segments: withSegments, sections, sectionNames }

  const is64 = file.words.class === 64
  const first = await file.read(sections.offset, is64 ? 64n : 40n, 64, 'section header 0')
  const count = sections.count === 0 ? Number(first.word(20, 32)) : sections.count
  return {
    segments: segments.count === PN_XNUM ? { ...segments, count: first.u32(is64 ? 44 : 28) } : withSegments,
    sections: count === 0 ? NO_TABLE : { ...sections, count },
    sectionNames: sectionNames === SHN_XINDEX ? first.u32(is64 ? 40 : 24) : sectionNames,
  }
}

function checkEntries(file: ElfBytes, table: Table, expected: number, kind: string): void {
  if (table.count > 0 && table.entryBytes !== expected)
    throw file.invalid(`each ${kind} has ${table.entryBytes} bytes; expected ${expected}`)
}
