// SPDX-License-Identifier: Apache-2.0
import type { ElfBytes } from './elf-bytes.ts'
import type { ByteRange } from './sections.ts'

/** What a blob of build information begins with, and where its flags and its texts are (Go's debug/buildinfo). */
const MAGIC = Buffer.from('\xff Go buildinf:', 'latin1')
const FLAGS_AT = 15
const TEXTS_AT = 32
/** The texts follow, each behind its length as a varint. Go before 1.18 left pointers to them instead, and told no settings. */
const INLINE_TEXTS = 2
/** The linker sets the module text between two marks of this many bytes. */
const MARK_BYTES = 16
const MAX_BYTES = 16 * 1024 * 1024

/**
 * The `build` lines of what `go version -m` prints: names of settings to their values.
 *
 * @returns undefined for a section that is not in the form of Go 1.18 or later; a damaged one is that too. @throws MillraceError ELF_INVALID for a range that leaves the file
 */
export async function readGoSettings(
  file: ElfBytes,
  { offset, sizeBytes }: ByteRange,
): Promise<ReadonlyMap<string, string> | undefined> {
  const { bytes } = await file.read(offset, sizeBytes, MAX_BYTES, 'the section .go.buildinfo')
  const info = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!info.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  if (((info[FLAGS_AT] ?? 0) & INLINE_TEXTS) === 0) return undefined
  const version = textAt(info, TEXTS_AT)
  const modules = version === undefined ? undefined : textAt(info, version.end)
  if (modules === undefined) return undefined
  return settingsOf(modules.bytes.subarray(MARK_BYTES, -MARK_BYTES).toString('utf8'))
}

function textAt(info: Buffer, at: number): { readonly bytes: Buffer; readonly end: number } | undefined {
  let length = 0
  for (let shift = 0; shift < 32; shift += 7) {
    const byte = info[at++]
    if (byte === undefined) return undefined
    length += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80)
      return at + length > info.length
        ? undefined
        : { bytes: info.subarray(at, at + length), end: at + length }
  }
  return undefined
}

function settingsOf(modules: string): ReadonlyMap<string, string> {
  const settings = new Map<string, string>()
  for (const [, name = '', value = ''] of modules.matchAll(/^build\t("(?:[^"\\]|\\.)*"|[^=\n]*)=(.*)$/gm))
    settings.set(unquoted(name), unquoted(value))
  return settings
}

/** Go quotes what holds blanks or quotes; its escapes for plain text are those of JSON. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : text
  } catch {
    return text
  }
}
