// SPDX-License-Identifier: Apache-2.0
import type { BodyDifference, Spot } from './spots.ts'

/** What a file's format tells of a difference in it; null when it tells nothing. */
export function formatCause(path: string, { spots, whole }: BodyDifference, spot: Spot): string | null {
  const bytes = whole?.first ?? (spots[0].at === spots[0].offset ? spots[0].first : null)
  if (bytes === null) return null
  const { offset } = spot
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && offset >= 4 && offset < 8)
    return 'the time in the header of a gzip file'
  if (path.endsWith('.pyc') && offset >= 8 && offset < 12)
    return 'the time of the source in a compiled Python file'
  if (whole === null) return null
  if (bytes.toString('latin1', 0, 8) === '!<arch>\n') return arCause(bytes, offset)
  if (bytes.toString('latin1', 257, 262) === 'ustar') return tarCause(offset)
  if (bytes.toString('latin1', 0, 4) === 'PK\x03\x04') return zipCause(bytes, offset)
  return null
}

/** ar(5): a header of 60 bytes has the time at 16, the user at 28, the group at 34, the mode at 40, the size at 48. */
function arCause(bytes: Buffer, offset: number): string | null {
  for (let header = 8; header + 60 <= bytes.length; ) {
    const size = Number(bytes.toString('latin1', header + 48, header + 58).trim())
    if (!Number.isSafeInteger(size) || size < 0) return null
    const place = offset - header
    if (place < 60) {
      if (place >= 16 && place < 28) return 'the times of an archive’s members (use the D modifier of ar)'
      if (place >= 28 && place < 48)
        return 'the owners or modes of an archive’s members (use the D modifier of ar)'
      return null
    }
    header += 60 + size + (size % 2)
    if (offset < header) return null
  }
  return null
}

/** POSIX.1-2017 pax, "ustar Interchange Format": owner ids from 108, the time from 136, owner names from 265. Bodies may hold anything there. */
function tarCause(offset: number): string | null {
  const place = offset % 512
  if (place >= 136 && place < 148) return 'the times of an archive’s members'
  if ((place >= 108 && place < 124) || (place >= 265 && place < 329))
    return 'the owners of an archive’s members'
  return null
}

/** APPNOTE 4.3.7 and 4.3.12: the time is at 10 of a local header, at 12 of a central one. */
function zipCause(bytes: Buffer, offset: number): string | null {
  const from = Math.max(0, offset - 16)
  const before = bytes.subarray(from, offset + 1).toString('latin1')
  const local = before.lastIndexOf('PK\x03\x04')
  const central = before.lastIndexOf('PK\x01\x02')
  const isTime = (place: number, field: number) =>
    place !== -1 && offset - from - place >= field && offset - from - place < field + 4
  return isTime(local, 10) || isTime(central, 12) ? 'the times of an archive’s members' : null
}

/** The owner and type of a note with a build id (elf.h, NT_GNU_BUILD_ID), little-endian. */
const BUILD_ID_NOTE = Buffer.from('03000000474e5500', 'hex')
const BUILD_ID_BYTES = 64

/** True when the difference lies in an ELF file's build id, which is a digest of the rest of it. */
export function isBuildId({ first, at }: Spot): boolean {
  const note = first.lastIndexOf(BUILD_ID_NOTE, at)
  if (note < 8) return false
  const length = first.readUInt32LE(note - 4)
  const start = note + BUILD_ID_NOTE.length
  return length <= BUILD_ID_BYTES && at >= start && at < start + length
}

const isLetter = (byte: number) => byte >= 0x20 && byte < 0x7f

const YEAR_SEC = 365.25 * 86_400
const WITHIN_SEC = 30 * 86_400

/** True for four bytes that are times of our days, near each other; letters are a text rather than a time. */
export function isBinaryTime({ first, second, at }: Spot): boolean {
  for (let start = Math.max(0, at - 3); start <= at; start++) {
    if (start + 4 > first.length || start + 4 > second.length) continue
    if ([first, second].every((bytes) => bytes.subarray(start, start + 4).every(isLetter))) continue
    for (const read of ['readUInt32LE', 'readUInt32BE'] as const) {
      const [one, other] = [first[read](start), second[read](start)]
      const isRecent = (time: number) => time > 50 * YEAR_SEC && time < 130 * YEAR_SEC
      const rest = (bytes: Buffer) => bytes.subarray(start + 4, start + 8)
      if (
        isRecent(one) &&
        isRecent(other) &&
        Math.abs(one - other) < WITHIN_SEC &&
        rest(first).equals(rest(second))
      )
        return true
    }
  }
  return false
}
