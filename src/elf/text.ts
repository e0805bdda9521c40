// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes } from './elf-bytes.ts'

/** Enough for nearly every name, so that most cost one read. */
const FIRST_READ_BYTES = 256
const MAX_TEXT_BYTES = 64 * 1024

/** One NUL-terminated text of a string table. @throws MillraceError ELF_INVALID */
export async function readText(
  file: ElfBytes,
  table: { readonly offset: bigint; readonly sizeBytes: bigint },
  at: bigint,
  part: string,
): Promise<string> {
  if (at >= table.sizeBytes)
    throw file.invalid(`${part} is at ${at} of a table of names that has ${table.sizeBytes} bytes`)
  const left = table.sizeBytes - at
  for (const most of [FIRST_READ_BYTES, MAX_TEXT_BYTES]) {
    const length = left < most ? left : BigInt(most)
    const bytes = (await file.read(table.offset + at, length, most, part)).cString(0)
    if (bytes !== undefined) return decodeText(file, bytes, part)
    if (length === left) break
  }
  throw file.invalid(`${part} has no end within ${MAX_TEXT_BYTES} bytes`)
}

/** Names end up in line-based files such as .PKGINFO, so none may hold a line break or another control character. */
export function decodeText(file: ElfBytes, bytes: Uint8Array, part: string): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw file.invalid(`${part} is not UTF-8`, cause)
  }
  if (/[\x00-\x1f\x7f-\x9f]/.test(text)) throw file.invalid(`${part} holds control characters`)
  return text
}
