// SPDX-License-Identifier: Apache-2.0
import { type DynamicEntry, stringTable } from './dynamic.ts'
import type { ElfBytes, ElfFields } from './elf-bytes.ts'
import { placeOfAddress, type Segment } from './segments.ts'

const DT_HASH = 4n
const DT_STRTAB = 5n
const DT_SYMTAB = 6n
const DT_STRSZ = 10n

const SHN_UNDEF = 0
const MAX_SYMBOLS_BYTES = 64 * 1024 * 1024
const MAX_NAMES_BYTES = 64 * 1024 * 1024

/**
 * Names of the symbols that a binary takes from the libraries it is loaded with.
 *
 * @param tableBytes of the symbol table, as section headers have it.
 * @returns undefined where neither these nor the dynamic section tell how many symbols there are. @throws MillraceError ELF_INVALID
 */
export async function readImports(
  file: ElfBytes,
  segments: readonly Segment[],
  entries: readonly DynamicEntry[],
  tableBytes: bigint | undefined,
): Promise<ReadonlySet<string> | undefined> {
  const value = (tag: bigint) => entries.findLast((entry) => entry.tag === tag)?.value
  const symbols = value(DT_SYMTAB)
  if (symbols === undefined) return undefined
  const place = placeOfAddress(segments, symbols)
  if (place === undefined)
    throw file.invalid(`its symbols are at address 0x${symbols.toString(16)}, where nothing is loaded`)
  const entryBytes = file.words.class === 64 ? 24 : 16
  const count =
    tableBytes === undefined
      ? await countByHash(file, segments, value(DT_HASH))
      : Number(tableBytes / BigInt(entryBytes))
  if (count === undefined) return undefined
  const table = await file.read(
    place.offset,
    BigInt(count) * BigInt(entryBytes),
    MAX_SYMBOLS_BYTES,
    'the dynamic symbol table',
  )
  const names = stringTable(file, segments, value(DT_STRTAB), value(DT_STRSZ))
  const texts = await file.read(names.offset, names.sizeBytes, MAX_NAMES_BYTES, 'the table of dynamic names')
  return undefinedAmong(table, count, entryBytes, texts, file)
}

function undefinedAmong(
  table: ElfFields,
  count: number,
  entryBytes: number,
  texts: ElfFields,
  file: ElfBytes,
): Set<string> {
  const sectionAt = entryBytes === 24 ? 6 : 14
  const found = new Set<string>()
  for (let at = 0; at < count * entryBytes; at += entryBytes) {
    const name = table.u32(at)
    if (name === 0 || table.u16(at + sectionAt) !== SHN_UNDEF) continue
    const bytes = texts.cString(name)
    if (bytes === undefined) throw file.invalid(`the name of a symbol, at ${name} of their table, has no end`)
    found.add(Buffer.from(bytes).toString('latin1'))
  }
  return found
}

/** DT_HASH has a chain for every symbol (gABI chapter 5, "Hash Table"); DT_GNU_HASH leaves out those that are undefined. */
async function countByHash(
  file: ElfBytes,
  segments: readonly Segment[],
  address: bigint | undefined,
): Promise<number | undefined> {
  const place = address === undefined ? undefined : placeOfAddress(segments, address)
  if (place === undefined) return undefined
  return (await file.read(place.offset, 8n, 8, 'the hash table of symbols')).u32(4)
}
