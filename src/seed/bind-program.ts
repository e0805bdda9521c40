// SPDX-License-Identifier: Apache-2.0

/** A file of which pieces are read and overwritten in place. */
export interface Pieces {
  readonly sizeBytes: number
  /** As many bytes as the file has from there, at most `length`. */
  read(position: number, length: number): Promise<Buffer>
  write(position: number, bytes: Uint8Array): Promise<void>
}

/** The name under which the seed's programs find the seed's loader, whatever the distro puts where the platform's ABI has it. Shorter than every name that it takes the place of. */
export const SEED_LOADER = '/lib/ld-seed.so'

/**
 * Binds a dynamically linked program to the seed's own loader and libraries: names another loader (PT_INTERP) and adds a search path (DT_RPATH, which stands before LD_LIBRARY_PATH and the
 * loader's cache and holds for the libraries' libraries, ld.so(8)). Nothing moves: the path goes into the padding behind a segment, which grows by it, its entry into a spare one of the dynamic section (ELF-64).
 *
 * @returns false for what is no such program, or has no room; then nothing was written.
 */
export async function bindProgram(file: Pieces): Promise<boolean> {
  const program = await readProgram(file)
  if (program === undefined) return false
  const { interpreter, dynamic, tags } = program
  const own = tags.find(({ tag }) => tag === DT_RPATH || tag === DT_RUNPATH)
  const end = tags.findIndex(({ tag }) => tag === DT_NULL)
  const entry = own === undefined ? end : tags.indexOf(own)
  // The section must still end in an empty entry.
  const isFull = end === -1 || (own === undefined && end > tags.length - 2)
  if (isFull || interpreter.fileBytes <= SEED_LOADER.length) return false
  const text = await pathText(file, program, own?.value)
  const place = text === undefined ? undefined : findPadding(file, program, text.length)
  if (text === undefined || place === undefined) return false

  const start = place.address - program.strings
  const writeEntry = (index: number, tag: number, value: number) =>
    file.write(dynamic.position + index * ENTRY_BYTES, pairOf(tag, value))
  const size = tags.findIndex(({ tag }) => tag === DT_STRSZ)
  await file.write(place.position, text)
  await file.write(place.load.header + SIZES_OFFSET, pairOf(place.grownBytes, place.grownBytes))
  if (size !== -1) await writeEntry(size, DT_STRSZ, start + text.length)
  await writeEntry(entry, DT_RPATH, start)
  await file.write(interpreter.position, Buffer.from(SEED_LOADER.padEnd(interpreter.fileBytes, '\0')))
  return true
}

const [PT_LOAD, PT_DYNAMIC, PT_INTERP] = [1, 2, 3]
const [DT_NULL, DT_STRTAB, DT_STRSZ, DT_SONAME, DT_RPATH, DT_RUNPATH] = [0, 5, 10, 14, 15, 29]
const HEADER_BYTES = 64
const SEGMENT_BYTES = 56
const ENTRY_BYTES = 16
const PAGE_BYTES = 4096
const MAX_SEGMENTS = 128
const MAX_ENTRIES = 1024
/** Debian's name of the directory with a machine's libraries, by e_machine. */
const LIBRARIES: Readonly<Record<number, string>> = {
  62: '/usr/lib/x86_64-linux-gnu',
  183: '/usr/lib/aarch64-linux-gnu',
}

/** Of the sizes in file and memory within a program header. */
const SIZES_OFFSET = 32

interface Segment {
  /** Where its program header is in the file. */
  readonly header: number
  readonly type: number
  readonly position: number
  readonly address: number
  readonly fileBytes: number
  readonly memoryBytes: number
}

interface Program {
  readonly libraries: string
  readonly loads: readonly Segment[]
  readonly interpreter: Segment
  readonly dynamic: Segment
  readonly tags: readonly { readonly tag: number; readonly value: number }[]
  /** Address of the dynamic string table. */
  readonly strings: number
}

/** Undefined for what is no dynamically linked program of a machine we know; libraries that can be run as well have a soname, and are none. */
async function readProgram(file: Pieces): Promise<Program | undefined> {
  const header = await file.read(0, HEADER_BYTES)
  // 64 bits, little-endian, version 1.
  if (header.length < HEADER_BYTES || header.readUInt32BE(0) !== 0x7f454c46) return undefined
  const libraries = LIBRARIES[header.readUInt16LE(18)]
  if (header.readUIntBE(4, 3) !== 0x020101 || libraries === undefined) return undefined
  const count = header.readUInt16LE(56)
  if (header.readUInt16LE(54) !== SEGMENT_BYTES || count > MAX_SEGMENTS) return undefined
  const table = await file.read(numberAt(header, 32), count * SEGMENT_BYTES)
  if (table.length < count * SEGMENT_BYTES) return undefined
  const segments = Array.from({ length: count }, (_, index) =>
    segmentAt(table, index * SEGMENT_BYTES, numberAt(header, 32)),
  )
  const interpreter = segments.find(({ type }) => type === PT_INTERP)
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC)
  if (interpreter === undefined || dynamic === undefined) return undefined
  const isInside = ({ position, fileBytes }: Segment) => position + fileBytes <= file.sizeBytes
  if (!segments.every(isInside) || dynamic.fileBytes > MAX_ENTRIES * ENTRY_BYTES) return undefined
  const bytes = await file.read(dynamic.position, dynamic.fileBytes)
  const tags = Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, index) => ({
    tag: numberAt(bytes, index * ENTRY_BYTES),
    value: numberAt(bytes, index * ENTRY_BYTES + 8),
  }))
  const strings = tags.find(({ tag }) => tag === DT_STRTAB)?.value
  if (strings === undefined || tags.some(({ tag }) => tag === DT_SONAME)) return undefined
  const loads = segments.filter(({ type }) => type === PT_LOAD).sort((a, b) => a.position - b.position)
  return { libraries, loads, interpreter, dynamic, tags, strings }
}

/** The search path with its end: the seed's libraries, then what the program named itself. Undefined when that cannot be read. */
async function pathText(
  file: Pieces,
  { libraries, loads, tags, strings }: Program,
  own: number | undefined,
): Promise<Buffer | undefined> {
  if (own === undefined) return Buffer.from(`${libraries}\0`)
  const load = loads.find(
    ({ address, fileBytes }) => address <= strings + own && strings + own < address + fileBytes,
  )
  const limit = (tags.find(({ tag }) => tag === DT_STRSZ)?.value ?? 0) - own
  if (load === undefined || limit <= 0) return undefined
  const bytes = await file.read(load.position + (strings + own - load.address), Math.min(limit, PAGE_BYTES))
  const end = bytes.indexOf(0)
  const path = bytes.subarray(0, end).toString('latin1')
  if (end === -1) return undefined
  return Buffer.from(path === libraries ? `${path}\0` : `${libraries}:${path}\0`, 'latin1')
}

/** The rest of a segment's last page: the file pads it, and the segment can grow into it when nothing else begins there. The string table must be able to point to it. */
function findPadding(
  file: Pieces,
  { loads, strings }: Program,
  needed: number,
):
  | {
      readonly load: Segment
      readonly position: number
      readonly address: number
      readonly grownBytes: number
    }
  | undefined {
  for (const [index, load] of loads.entries()) {
    const end = load.position + load.fileBytes
    const pageEnd = Math.ceil(end / PAGE_BYTES) * PAGE_BYTES
    const next = loads[index + 1]?.position ?? end
    if (load.fileBytes !== load.memoryBytes || load.address + load.fileBytes < strings) continue
    if (!Number.isSafeInteger(load.address + load.fileBytes)) continue
    if (Math.min(pageEnd, next, file.sizeBytes) - end >= needed)
      return {
        load,
        position: end,
        address: load.address + load.fileBytes,
        grownBytes: load.fileBytes + needed,
      }
  }
  return undefined
}

function pairOf(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(16)
  bytes.writeBigUInt64LE(BigInt(first))
  bytes.writeBigUInt64LE(BigInt(second), 8)
  return bytes
}

function segmentAt(table: Buffer, at: number, tablePosition: number): Segment {
  return {
    header: tablePosition + at,
    type: table.readUInt32LE(at),
    position: numberAt(table, at + 8),
    address: numberAt(table, at + 16),
    fileBytes: numberAt(table, at + 32),
    memoryBytes: numberAt(table, at + 40),
  }
}

/** Numbers beyond 2^53 are of no file that exists; they come out too large for every check. */
const numberAt = (bytes: Buffer, at: number) => Number(bytes.readBigUInt64LE(at))
