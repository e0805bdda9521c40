// SPDX-License-Identifier: Apache-2.0
import { assert } from '../base/index.ts'
import { BLOCK_BYTES, type TarEntry, TYPE_FLAGS, tarEntry, tarPadding } from './tar-entry.ts'

/**
 * The header blocks of an entry: a pax extended header when a field does not fit ustar or the entry has records of its own, then the ustar header.
 * The same entry always gives the same bytes. The caller writes the body and {@link tarPadding} behind it.
 */
export function tarHeader(entry: TarEntry): Uint8Array {
  const records = new Map<string, string>()
  const name = splitName(entry)
  if (name === undefined) records.set('path', latin1(entry.path))
  if (Buffer.byteLength(entry.linkPath) > 100 || !isAscii(entry.linkPath))
    records.set('linkpath', latin1(entry.linkPath))
  if (entry.sizeBytes >= MAX_SIZE) records.set('size', String(entry.sizeBytes))
  for (const [key, value] of entry.pax) records.set(key, value)
  const main = ustarHeader(entry, name ?? { prefix: '', name: cut(entry.path, 100) })
  if (records.size === 0) return main
  return Buffer.concat([paxHeader(entry, records), main])
}

/** Eleven octal digits and a terminator: sizes from 8 GiB need a pax record. */
const MAX_SIZE = 8 ** 11

function paxHeader(entry: TarEntry, records: ReadonlyMap<string, string>): Uint8Array {
  const body = Buffer.concat(
    [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => paxRecord(key, value)),
  )
  const slash = entry.path.lastIndexOf('/')
  const path = `${entry.path.slice(0, slash + 1)}PaxHeaders.0/${entry.path.slice(slash + 1)}`
  const header = tarEntry({
    path: cut(path, 100),
    type: 'file',
    sizeBytes: body.length,
    uname: '',
    gname: '',
  })
  return Buffer.concat([
    ustarHeader(header, { prefix: '', name: header.path }, 'x'),
    body,
    tarPadding(body.length),
  ])
}

/** `LENGTH KEY=VALUE\n`, where LENGTH counts the whole record, itself included (pax, "pax Header Block"). */
function paxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value, 'latin1'), Buffer.from('\n')])
  let length = rest.length
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length
  return Buffer.concat([Buffer.from(String(length)), rest])
}

function ustarHeader(
  entry: TarEntry,
  { prefix, name }: { prefix: string; name: string },
  flag = TYPE_FLAGS[entry.type],
): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  block.write(name, 0, 100, 'utf8')
  octal(block, entry.mode, 100, 8)
  octal(block, entry.uid, 108, 8)
  octal(block, entry.gid, 116, 8)
  octal(block, entry.sizeBytes >= MAX_SIZE ? 0 : entry.sizeBytes, 124, 12)
  octal(block, entry.mtimeSec, 136, 12)
  block.fill(' ', 148, 156)
  block.write(flag, 156, 1, 'latin1')
  block.write(cut(entry.linkPath, 100), 157, 100, 'utf8')
  block.write('ustar\x0000', 257, 8, 'latin1')
  block.write(cut(entry.uname, 31), 265, 32, 'utf8')
  block.write(cut(entry.gname, 31), 297, 32, 'utf8')
  octal(block, entry.devMajor, 329, 8)
  octal(block, entry.devMinor, 337, 8)
  block.write(prefix, 345, 155, 'utf8')
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1')
  return block
}

function octal(block: Buffer, value: number, offset: number, width: number): void {
  const digits = value.toString(8)
  assert(
    Number.isInteger(value) && value >= 0 && digits.length < width,
    `${value} fits ${width - 1} octal digits of a tar header`,
  )
  block.write(`${digits.padStart(width - 1, '0')}\0`, offset, width, 'latin1')
}

/** ustar keeps a name in 100 bytes, or splits it at a slash into a prefix of at most 155 and a name; undefined when neither is possible. */
function splitName({ path }: TarEntry): { prefix: string; name: string } | undefined {
  if (!isAscii(path)) return undefined
  if (path.length <= 100) return { prefix: '', name: path }
  const slash = path.indexOf('/', path.length - 101)
  if (slash <= 0 || slash > 155) return undefined
  return { prefix: path.slice(0, slash), name: path.slice(slash + 1) }
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

/** At most `max` bytes of the text in UTF-8, never half a character. */
function cut(text: string, max: number): string {
  let short = text
  while (Buffer.byteLength(short) > max) short = short.slice(0, -1)
  return short
}
