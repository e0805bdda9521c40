// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes, ElfFields } from './elf-bytes.ts'

/** A range of the file that holds notes: a PT_NOTE segment or an SHT_NOTE section. */
export interface NoteRange {
  readonly offset: bigint
  readonly sizeBytes: bigint
  readonly align: bigint
}

const NT_GNU_BUILD_ID = 3
const MAX_RANGES = 64
/** Compilers leave megabytes of notes of their own (annobin); a build id stands in a small range. */
const MAX_RANGE_BYTES = 1024 * 1024
const MAX_BUILD_ID_BYTES = 64

/** The GNU build id as lower-case hex, or undefined. @throws MillraceError ELF_INVALID */
export async function findBuildId(file: ElfBytes, ranges: readonly NoteRange[]): Promise<string | undefined> {
  for (const { offset, sizeBytes, align } of ranges.slice(0, MAX_RANGES)) {
    if (sizeBytes > MAX_RANGE_BYTES) continue
    const notes = await file.read(offset, sizeBytes, MAX_RANGE_BYTES, 'a part with notes')
    const found = buildIdAmong(notes, align === 8n ? 8 : 4)
    if (found !== undefined) return found
  }
  return undefined
}

/** A note that leaves its range ends the search: some linkers joined notes of different alignment, and what follows has no known place. */
function buildIdAmong(notes: ElfFields, align: number): string | undefined {
  const padded = (value: number) => Math.ceil(value / align) * align
  const end = notes.bytes.length
  for (let at = 0; at + 12 <= end; ) {
    const [nameBytes, contentBytes, type] = [notes.u32(at), notes.u32(at + 4), notes.u32(at + 8)]
    const content = padded(at + 12 + nameBytes)
    if (content + contentBytes > end) return undefined
    const isBuildId = type === NT_GNU_BUILD_ID && nameBytes === 4 && isGnu(notes.bytes, at + 12)
    if (isBuildId && contentBytes > 0 && contentBytes <= MAX_BUILD_ID_BYTES)
      return Buffer.from(notes.bytes.subarray(content, content + contentBytes)).toString('hex')
    at = padded(content + contentBytes)
  }
  return undefined
}

/** The owner's name `GNU` and its NUL byte. */
function isGnu(bytes: Uint8Array, at: number): boolean {
  return Buffer.from(bytes.subarray(at, at + 4)).toString('latin1') === 'GNU\0'
}
