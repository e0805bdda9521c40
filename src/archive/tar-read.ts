// SPDX-License-Identifier: Apache-2.0
import { archiveInvalid, ByteReader, type Chunks, collectBytes, tooLarge } from './bytes.ts'
import { BLOCK_BYTES, type TarEntry, type TarType, TYPE_FLAGS } from './tar-entry.ts'

export interface TarLimits {
  /** Bytes of all bodies together. */
  readonly totalBytes: number
  readonly entries: number
  /** Bytes of one extended header. */
  readonly extendedBytes: number
}

export const DEFAULT_TAR_LIMITS: TarLimits = {
  totalBytes: 16 * 1024 ** 3,
  entries: 2_000_000,
  extendedBytes: 1024 ** 2,
}

/** A member and its body. The body must be read, or left, before the next member is asked for. */
export interface TarMember {
  readonly entry: TarEntry
  readonly body: AsyncGenerator<Uint8Array>
}

/**
 * The members of a tar, one after another: ustar, pax extended headers (`x`, `g`) and GNU long names (`L`, `K`). An archive without its two closing zero blocks is
 * accepted when it ends between members, as apk's sections do.
 *
 * @param what what is being read, for messages.
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_TOO_LARGE
 */
export async function* readTar(
  chunks: Chunks,
  what: string,
  limits: TarLimits = DEFAULT_TAR_LIMITS,
): AsyncGenerator<TarMember> {
  await using reader = new ByteReader(chunks)
  const global = new Map<string, string>()
  let extended = new Map<string, string>()
  let entries = 0
  let totalBytes = 0
  for (;;) {
    const block = await reader.exactly(BLOCK_BYTES, what)
    if (block === undefined) return
    if (block.every((byte) => byte === 0)) return
    const header = parseHeader(Buffer.from(block.buffer, block.byteOffset, block.length), what)
    if (header.flag === 'x' || header.flag === 'g' || header.flag === 'L' || header.flag === 'K') {
      if (header.sizeBytes > limits.extendedBytes)
        throw tooLarge(what, `an extended header has ${header.sizeBytes} bytes`)
      const body = await collectBytes(reader.take(header.sizeBytes, what), limits.extendedBytes, what)
      await skipPadding(reader, header.sizeBytes, what)
      const text = Buffer.from(body).toString('latin1')
      if (header.flag === 'x') for (const [key, value] of parsePax(text, what)) extended.set(key, value)
      else if (header.flag === 'g') for (const [key, value] of parsePax(text, what)) global.set(key, value)
      else extended.set(header.flag === 'L' ? 'path' : 'linkpath', text.split('\0', 1)[0] ?? '')
      continue
    }
    const entry = applyExtended(header, new Map([...global, ...extended]), what)
    extended = new Map()
    entries += 1
    totalBytes += entry.sizeBytes
    if (entries > limits.entries) throw tooLarge(what, `it has more than ${limits.entries} entries`)
    if (totalBytes > limits.totalBytes)
      throw tooLarge(what, `it unpacks to more than ${limits.totalBytes} bytes`)
    const body = reader.take(entry.sizeBytes, what)
    yield { entry, body }
    // What the caller left of the body is passed over.
    for await (const _ of body);
    await skipPadding(reader, entry.sizeBytes, what)
  }
}

interface RawHeader extends Omit<TarEntry, 'type' | 'pax'> {
  readonly flag: string
}

function parseHeader(block: Buffer, what: string): RawHeader {
  const stored = parseOctal(block, 148, 8, what)
  const sum = block.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0)
  if (sum !== stored)
    throw archiveInvalid(what, `a tar header has the checksum ${stored}, its bytes give ${sum}`)
  const ustar = block.toString('latin1', 257, 262) === 'ustar'
  const gnu = block.toString('latin1', 257, 265) === 'ustar  \0'
  const prefix = ustar && !gnu ? text(block, 345, 155) : ''
  const name = text(block, 0, 100)
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    mode: parseOctal(block, 100, 8, what) & 0o7777,
    uid: parseOctal(block, 108, 8, what),
    gid: parseOctal(block, 116, 8, what),
    sizeBytes: parseOctal(block, 124, 12, what),
    mtimeSec: parseOctal(block, 136, 12, what),
    flag: String.fromCharCode(block[156] ?? 0),
    linkPath: text(block, 157, 100),
    uname: ustar ? text(block, 265, 32) : '',
    gname: ustar ? text(block, 297, 32) : '',
    devMajor: ustar ? parseOctal(block, 329, 8, what) : 0,
    devMinor: ustar ? parseOctal(block, 337, 8, what) : 0,
  }
}

const TYPES = new Map<string, TarType>([
  ...Object.entries(TYPE_FLAGS).map(([type, flag]): [string, TarType] => [flag, type as TarType]),
  ['\0', 'file'],
  ['7', 'file'],
])

function applyExtended({ flag, ...header }: RawHeader, records: Map<string, string>, what: string): TarEntry {
  const known = TYPES.get(flag)
  if (known === undefined)
    throw archiveInvalid(what, `an entry has the type ${JSON.stringify(flag)}, which Millrace does not read`)
  if (records.has('GNU.sparse.major') || records.has('GNU.sparse.size'))
    throw archiveInvalid(what, 'an entry is a GNU sparse file')
  const path = utf8(records.get('path')) ?? header.path
  // Old archives mark a directory by a trailing slash alone.
  const type = known === 'file' && path.endsWith('/') ? 'directory' : known
  const sizeBytes = paxNumber(records.get('size'), what) ?? header.sizeBytes
  const entry: TarEntry = {
    ...header,
    type,
    path: path.replace(/\/+$/, '') || (path === '' ? '' : '/'),
    linkPath: utf8(records.get('linkpath')) ?? header.linkPath,
    // Only files have bodies; some writers give links the size of their target.
    sizeBytes: type === 'file' ? sizeBytes : 0,
    uid: paxNumber(records.get('uid'), what) ?? header.uid,
    gid: paxNumber(records.get('gid'), what) ?? header.gid,
    uname: utf8(records.get('uname')) ?? header.uname,
    gname: utf8(records.get('gname')) ?? header.gname,
    mtimeSec: Math.max(0, Math.floor(paxNumber(records.get('mtime'), what) ?? header.mtimeSec)),
    pax: new Map([...records].filter(([key]) => !OWN_FIELDS.has(key))),
  }
  if (entry.path === '') throw archiveInvalid(what, 'an entry has no name')
  if (/\0/.test(entry.path) || /\0/.test(entry.linkPath))
    throw archiveInvalid(what, 'a name holds a NUL byte')
  return entry
}

const OWN_FIELDS = new Set([
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'uname',
  'gname',
  'mtime',
  'atime',
  'ctime',
])

function parsePax(body: string, what: string): Map<string, string> {
  const records = new Map<string, string>()
  let at = 0
  while (at < body.length) {
    const space = body.indexOf(' ', at)
    const length = space === -1 ? Number.NaN : Number(body.slice(at, space))
    const record = body.slice(space + 1, at + length)
    const equals = record.indexOf('=')
    if (
      !Number.isInteger(length) ||
      length < 5 ||
      at + length > body.length ||
      !record.endsWith('\n') ||
      equals < 1
    )
      throw archiveInvalid(what, 'a pax extended header has a broken record')
    records.set(record.slice(0, equals), record.slice(equals + 1, -1))
    at += length
  }
  return records
}

function parseOctal(block: Buffer, offset: number, width: number, what: string): number {
  // GNU base-256: the top bit of the first byte, then a big-endian number.
  if (((block[offset] ?? 0) & 0x80) !== 0) {
    let value = (block[offset] ?? 0) & 0x7f
    for (let index = offset + 1; index < offset + width; index++) value = value * 256 + (block[index] ?? 0)
    if (!Number.isSafeInteger(value)) throw archiveInvalid(what, 'a tar header has a number beyond 2^53')
    return value
  }
  const digits = block
    .toString('latin1', offset, offset + width)
    .replace(/[\0 ]+$/, '')
    .trimStart()
  if (!/^[0-7]*$/.test(digits))
    throw archiveInvalid(what, `a tar header has ${JSON.stringify(digits)} where an octal number belongs`)
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function paxNumber(value: string | undefined, what: string): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (!/^-?\d+(\.\d+)?$/.test(value) || !Number.isFinite(number))
    throw archiveInvalid(what, `a pax record has ${JSON.stringify(value)} for a number`)
  if (number > Number.MAX_SAFE_INTEGER) throw archiveInvalid(what, 'a pax record has a number beyond 2^53')
  return number
}

function text(block: Buffer, offset: number, width: number): string {
  const bytes = block.subarray(offset, offset + width)
  const end = bytes.indexOf(0)
  return bytes.toString('utf8', 0, end === -1 ? width : end)
}

function utf8(latin1: string | undefined): string | undefined {
  return latin1 === undefined ? undefined : Buffer.from(latin1, 'latin1').toString('utf8')
}

async function skipPadding(reader: ByteReader, sizeBytes: number, what: string): Promise<void> {
  const padding = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES
  if (padding > 0) for await (const _ of reader.take(padding, what));
}
