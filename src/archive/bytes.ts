// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'

export type Chunks = AsyncIterable<Uint8Array>

/** Reads exact amounts from a stream of chunks, without keeping more than one chunk beyond them. */
export class ByteReader implements AsyncDisposable {
  readonly #source: AsyncIterator<Uint8Array>
  readonly #waiting: Uint8Array[] = []
  /** Bytes given out so far. */
  offset = 0

  constructor(chunks: Chunks) {
    this.#source = chunks[Symbol.asyncIterator]()
  }

  /** The next bytes that are at hand, at most `max`; undefined at the end. */
  async some(max = Number.POSITIVE_INFINITY): Promise<Uint8Array | undefined> {
    const chunk = await this.#next()
    if (chunk === undefined) return undefined
    if (chunk.length > max) this.#waiting.unshift(chunk.subarray(max))
    const part = chunk.length > max ? chunk.subarray(0, max) : chunk
    this.offset += part.length
    return part
  }

  /** Exactly `count` bytes, or undefined when the stream is at its end before the first. @throws ARCHIVE_INVALID when it ends within. */
  async exactly(count: number, reading: string): Promise<Uint8Array | undefined> {
    const first = await this.some(count)
    if (first === undefined || first.length === count) return first
    const whole = new Uint8Array(count)
    whole.set(first)
    let filled = first.length
    while (filled < count) {
      const part = await this.some(count - filled)
      if (part === undefined) throw truncated(reading, count, filled)
      whole.set(part, filled)
      filled += part.length
    }
    return whole
  }

  /** Streams exactly `count` bytes. @throws ARCHIVE_INVALID when the stream ends before. */
  async *take(count: number, reading: string): AsyncGenerator<Uint8Array> {
    let left = count
    while (left > 0) {
      const part = await this.some(left)
      if (part === undefined) throw truncated(reading, count, count - left)
      left -= part.length
      yield part
    }
  }

  /** Puts back bytes that were given out last. */
  putBack(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#waiting.unshift(bytes)
    this.offset -= bytes.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#source.return?.()
  }

  async #next(): Promise<Uint8Array | undefined> {
    const waiting = this.#waiting.shift()
    if (waiting !== undefined) return waiting
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done) return undefined
      if (value.length > 0) return value
    }
  }
}

/** A stream of given pieces, for callers that have their bytes at hand. */
export async function* chunksOf(...pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces
}

/** All bytes of a stream that is known to be small. @throws ARCHIVE_TOO_LARGE beyond `maxBytes`. */
export async function collectBytes(chunks: Chunks, maxBytes: number, reading: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let total = 0
  for await (const chunk of chunks) {
    total += chunk.length
    if (total > maxBytes) throw tooLarge(reading, `it has more than ${maxBytes} bytes`)
    parts.push(chunk)
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
}

export function archiveInvalid(what: string, why: string): MillraceError {
  return new MillraceError('ARCHIVE_INVALID', {
    what,
    why,
    fix: 'get the file again from where it comes; these bytes are damaged or of another kind',
  })
}

export function tooLarge(what: string, why: string): MillraceError {
  return new MillraceError('ARCHIVE_TOO_LARGE', {
    what,
    why,
    fix: 'check where the archive comes from; if it must be this large, raise the limit',
  })
}

function truncated(reading: string, wanted: number, found: number): MillraceError {
  return archiveInvalid(reading, `the bytes end too early: ${found} of ${wanted} are there`)
}
