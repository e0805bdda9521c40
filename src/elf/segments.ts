// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes } from './elf-bytes.ts'
import type { ElfHeader } from './elf-header.ts'

/** A program header: a range of the file, and where a loader puts it (gABI chapter 5, "Program Header"). */
export interface Segment {
  readonly type: number
  /** Of PF_X (1), PF_W (2) and PF_R (4). */
  readonly flags: number
  readonly offset: bigint
  readonly address: bigint
  readonly fileBytes: bigint
  readonly align: bigint
}

export const PT_LOAD = 1
export const PT_DYNAMIC = 2
export const PT_INTERP = 3
export const PT_NOTE = 4

/** Linux loads no program with a larger table. */
const MAX_TABLE_BYTES = 64 * 1024

/** @throws MillraceError ELF_INVALID */
export async function readSegments(file: ElfBytes, { segments }: ElfHeader): Promise<readonly Segment[]> {
  const { offset, count, entryBytes } = segments
  if (count === 0) return []
  const size = BigInt(count) * BigInt(entryBytes)
  const table = await file.read(offset, size, MAX_TABLE_BYTES, 'the program header table')
  return Array.from({ length: count }, (_, index) => {
    const at = index * entryBytes
    return {
      type: table.u32(at),
      flags: table.u32(at + (file.words.class === 64 ? 4 : 24)),
      offset: table.word(at + 4, at + 8),
      address: table.word(at + 8, at + 16),
      fileBytes: table.word(at + 16, at + 32),
      align: table.word(at + 28, at + 48),
    }
  })
}

/** Where in the file the byte of an address is, and how many of its segment follow; undefined for an address that no file byte is loaded to. */
export function placeOfAddress(
  segments: readonly Segment[],
  address: bigint,
): { offset: bigint; bytesLeft: bigint } | undefined {
  for (const segment of segments) {
    const into = address - segment.address
    if (segment.type === PT_LOAD && into >= 0n && into < segment.fileBytes)
      return { offset: segment.offset + into, bytesLeft: segment.fileBytes - into }
  }
  return undefined
}
