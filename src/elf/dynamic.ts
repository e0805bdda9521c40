// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes } from './elf-bytes.ts'
import { PT_DYNAMIC, placeOfAddress, type Segment } from './segments.ts'
import { readText } from './text.ts'

/** What the dynamic section asks of the loader (gABI chapter 5, "Dynamic Section"). */
export interface Dynamic {
  readonly soname: string | undefined
  readonly needed: readonly string[]
  readonly rpath: readonly string[]
  readonly runpath: readonly string[]
  /** DF_1_PIE: a program, though its type is that of a shared object. */
  readonly isPie: boolean
}

const DT_NULL = 0n
const DT_NEEDED = 1n
const DT_STRTAB = 5n
const DT_STRSZ = 10n
const DT_SONAME = 14n
const DT_RPATH = 15n
const DT_RUNPATH = 29n
const DT_FLAGS_1 = 0x6ffffffbn
const DF_1_PIE = 0x08000000n

const MAX_DYNAMIC_BYTES = 1024 * 1024
const MAX_NEEDED = 4096
const NOTHING: Dynamic = { soname: undefined, needed: [], rpath: [], runpath: [], isPie: false }

/**
 * Read by program headers alone, as a loader does: section headers may be missing or wrong.
 *
 * @returns undefined for a file without a dynamic section. @throws MillraceError ELF_INVALID
 */
export async function readDynamic(
  file: ElfBytes,
  segments: readonly Segment[],
): Promise<Dynamic | undefined> {
  const segment = segments.find(({ type }) => type === PT_DYNAMIC)
  if (segment === undefined) return undefined
  const entries = await readDynamicEntries(file, segment)
  /** The last of equal tags counts, as for glibc. */
  const value = (tag: bigint) => entries.findLast((entry) => entry.tag === tag)?.value
  const needed = entries.filter(({ tag }) => tag === DT_NEEDED)
  const isPie = ((value(DT_FLAGS_1) ?? 0n) & DF_1_PIE) !== 0n
  const named = [DT_SONAME, DT_RPATH, DT_RUNPATH].map(value)
  if (needed.length === 0 && named.every((one) => one === undefined)) return { ...NOTHING, isPie }
  if (needed.length > MAX_NEEDED)
    throw file.invalid(`it needs ${needed.length} libraries; at most ${MAX_NEEDED} are taken`)

  const table = stringTable(file, segments, value(DT_STRTAB), value(DT_STRSZ))
  const text = (at: bigint, part: string) => readText(file, table, at, part)
  const optional = async (at: bigint | undefined, part: string) =>
    at === undefined ? undefined : await text(at, part)
  const [soname, rpath, runpath] = named
  const result = {
    soname: await optional(soname, 'the soname'),
    needed: [] as string[],
    rpath: searchPath(await optional(rpath, 'the rpath')),
    runpath: searchPath(await optional(runpath, 'the runpath')),
    isPie,
  }
  for (const entry of needed) result.needed.push(await text(entry.value, 'the name of a needed library'))
  return result
}

export interface DynamicEntry {
  readonly tag: bigint
  readonly value: bigint
}

/** The entries of a PT_DYNAMIC segment before the first DT_NULL. @throws MillraceError ELF_INVALID */
export async function readDynamicEntries(
  file: ElfBytes,
  { offset, fileBytes }: Segment,
): Promise<readonly DynamicEntry[]> {
  const bytes = await file.read(offset, fileBytes, MAX_DYNAMIC_BYTES, 'the dynamic section')
  const half = file.words.class / 8
  const entries: DynamicEntry[] = []
  for (let at = 0; at + 2 * half <= bytes.bytes.length; at += 2 * half) {
    const tag = bytes.word(at, at)
    if (tag === DT_NULL) break
    entries.push({ tag, value: bytes.word(at + half, at + half) })
  }
  return entries
}

/** Where the names of the dynamic section are. @throws MillraceError ELF_INVALID */
export function stringTable(
  file: ElfBytes,
  segments: readonly Segment[],
  address: bigint | undefined,
  sizeBytes: bigint | undefined,
): { offset: bigint; sizeBytes: bigint } {
  if (address === undefined || sizeBytes === undefined)
    throw file.invalid('its dynamic section has names, but does not say where their table is')
  const place = placeOfAddress(segments, address)
  if (place === undefined)
    throw file.invalid(`its dynamic names are at address 0x${address.toString(16)}, where nothing is loaded`)
  if (sizeBytes > place.bytesLeft)
    throw file.invalid(
      `its table of dynamic names has ${sizeBytes} bytes, but its segment only ${place.bytesLeft}`,
    )
  return { offset: place.offset, sizeBytes }
}

function searchPath(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split(':')
}
