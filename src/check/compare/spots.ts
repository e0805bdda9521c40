// SPDX-License-Identifier: Apache-2.0
import { ByteReader, type Chunks } from '../../archive/index.ts'

/** A place where two files part, with the bytes around it. */
export interface Spot {
  readonly offset: number
  readonly first: Buffer
  readonly second: Buffer
  /** Where in both windows the difference begins. */
  readonly at: number
}

export interface BodyDifference {
  /** The earliest first. */
  readonly spots: readonly [Spot, ...Spot[]]
  /** Both files as a whole, when they are not too large for that. */
  readonly whole: { readonly first: Buffer; readonly second: Buffer } | null
}

/** Files up to here are compared as a whole, larger ones up to their first difference. */
const WHOLE_BYTES = 8 * 1024 * 1024
const BLOCK_BYTES = 64 * 1024
const AROUND_BYTES = 256
const MAX_SPOTS = 100

/** Reads two files in step. @returns null when they are equal */
export async function compareBodies(
  first: { readonly sizeBytes: number; readonly body: Chunks },
  second: { readonly sizeBytes: number; readonly body: Chunks },
): Promise<BodyDifference | null> {
  const readers = [new ByteReader(first.body), new ByteReader(second.body)] as const
  const isSmall = Math.max(first.sizeBytes, second.sizeBytes) <= WHOLE_BYTES
  return isSmall ? compareWhole(readers) : compareStreams(readers)
}

type Readers = readonly [ByteReader, ByteReader]

async function compareWhole([a, b]: Readers): Promise<BodyDifference | null> {
  const [first, second] = [await upTo(a, WHOLE_BYTES), await upTo(b, WHOLE_BYTES)]
  const [earliest, ...later] = spotsOf(first, second, 0)
  return earliest === undefined ? null : { spots: [earliest, ...later], whole: { first, second } }
}

async function compareStreams([a, b]: Readers): Promise<BodyDifference | null> {
  let before: Buffer = Buffer.alloc(0)
  let offset = 0
  for (;;) {
    const [first, second] = [await upTo(a, BLOCK_BYTES), await upTo(b, BLOCK_BYTES)]
    if (first.length === 0 && second.length === 0) return null
    if (!first.equals(second)) {
      const window = async (block: Buffer, reader: ByteReader) =>
        Buffer.concat([before, block, await upTo(reader, AROUND_BYTES)])
      const start = offset - before.length
      const [earliest] = spotsOf(await window(first, a), await window(second, b), start)
      return earliest === undefined ? null : { spots: [earliest], whole: null }
    }
    before = first.subarray(-AROUND_BYTES)
    offset += first.length
  }
}

/** Exactly so many bytes, fewer only at the end. */
async function upTo(reader: ByteReader, count: number): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let left = count; left > 0; ) {
    const part = await reader.some(left)
    if (part === undefined) break
    parts.push(part)
    left -= part.length
  }
  return Buffer.concat(parts)
}

/** Only files of one length stay in step behind their first difference. */
function spotsOf(first: Buffer, second: Buffer, start: number): Spot[] {
  const spots: Spot[] = []
  const most = first.length === second.length ? MAX_SPOTS : 1
  for (let from = 0; spots.length < most; ) {
    const found = firstDifference(first, second, from)
    if (found === null) break
    const begin = Math.max(0, found - AROUND_BYTES)
    const window = (bytes: Buffer) => bytes.subarray(begin, found + AROUND_BYTES)
    spots.push({
      offset: start + found,
      first: window(first),
      second: window(second),
      at: found - begin,
    })
    from = endOfDifference(first, second, found)
  }
  return spots
}

function firstDifference(first: Buffer, second: Buffer, from: number): number | null {
  const common = Math.min(first.length, second.length)
  for (let block = from; block < common; block += BLOCK_BYTES) {
    const end = Math.min(common, block + BLOCK_BYTES)
    if (first.compare(second, block, end, block, end) === 0) continue
    for (let at = block; at < end; at++) if (first[at] !== second[at]) return at
  }
  return first.length === second.length || from > common ? null : common
}

/** Behind the next bytes that are equal for a while. */
function endOfDifference(first: Buffer, second: Buffer, found: number): number {
  let at = found
  for (let equal = 0; equal < 8 && at < first.length; at++) equal = first[at] === second[at] ? equal + 1 : 0
  return at
}
