// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes } from './elf-bytes.ts'
import type { Segment } from './segments.ts'

/** Ways in which a processor checks where control goes, as binaries are marked for. */
export type ControlFlowMark = 'IBT' | 'SHSTK' | 'BTI' | 'PAC' | 'GCS'

export const PT_GNU_PROPERTY = 0x6474e553
const NT_GNU_PROPERTY_TYPE_0 = 5
const MAX_BYTES = 64 * 1024

/** e_machine → the property whose bits all objects of a binary share, and its bits from the lowest (Linux gABI extensions; x86-64 psABI; AArch64 ELF ABI). */
const FEATURES: Readonly<
  Record<number, { readonly type: number; readonly bits: readonly ControlFlowMark[] }>
> = {
  62: { type: 0xc0000002, bits: ['IBT', 'SHSTK'] },
  183: { type: 0xc0000000, bits: ['BTI', 'PAC', 'GCS'] },
}

/** Marks a binary can bear on a machine. */
export function marksOf(machine: number): readonly ControlFlowMark[] {
  return FEATURES[machine]?.bits ?? []
}

/**
 * The marks that a binary bears: a linker sets one only where every object had it.
 *
 * @throws MillraceError ELF_INVALID
 */
export async function readMarks(
  file: ElfBytes,
  machine: number,
  segments: readonly Segment[],
): Promise<readonly ControlFlowMark[]> {
  const features = FEATURES[machine]
  const segment = segments.find(({ type }) => type === PT_GNU_PROPERTY)
  if (features === undefined || segment === undefined) return []
  const note = await file.read(segment.offset, segment.fileBytes, MAX_BYTES, 'the note of GNU properties')
  const align = file.words.class / 8
  const padded = (value: number) => Math.ceil(value / align) * align
  if (note.bytes.length < 16 || note.u32(8) !== NT_GNU_PROPERTY_TYPE_0) return []
  const end = Math.min(note.bytes.length, 16 + note.u32(4))
  for (let at = 16; at + 8 <= end; ) {
    const [type, sizeBytes] = [note.u32(at), note.u32(at + 4)]
    if (type === features.type && sizeBytes >= 4 && at + 12 <= end) {
      const word = note.u32(at + 8)
      return features.bits.filter((_, bit) => (word & (1 << bit)) !== 0)
    }
    at = padded(at + 8 + sizeBytes)
  }
  return []
}
