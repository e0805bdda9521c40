// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { constants, crc32, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib'
import { archiveInvalid, type ByteReader, type Chunks } from './bytes.ts'

/**
 * The header of every gzip member written here (RFC 1952, section 2.3): no name, no time, unknown system, so that only the content decides the bytes.
 */
export const GZIP_HEADER: Uint8Array = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

/** The eight bytes behind a member's deflate data: CRC-32 and length of what it unpacks to (RFC 1952, section 2.3.1). */
export function gzipTrailer(crc: number, lengthBytes: number): Uint8Array {
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc >>> 0, 0)
  trailer.writeUInt32LE(lengthBytes % 2 ** 32, 4)
  return trailer
}

export const GZIP_TRAILER_BYTES = 8

/** A small content as one whole member. */
export function gzipSmall(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([
    GZIP_HEADER,
    deflateRawSync(bytes, { level: LEVEL }),
    gzipTrailer(crc32(bytes), bytes.length),
  ])
}

export const LEVEL = 6

/** Where a stretch of uncompressed bytes went. */
export interface DeflatedStretch {
  /** Offset of its first deflate byte from the member's first byte. */
  readonly start: number
  /** Offset behind its last deflate byte. */
  readonly end: number
  readonly crc32: number
  readonly lengthBytes: number
}

/**
 * Writes one gzip member whose content is cut in stretches by full flushes (zlib manual, Z_FULL_FLUSH): the deflate bytes of the last stretch unpack by themselves and
 * may stand in another member. Input is fed in blocks of one size, so that the caller's chunks leave no trace in the bytes.
 *
 * @param write takes the compressed bytes, in order.
 */
export async function writeGzipStretches(
  stretches: Iterable<Chunks>,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<DeflatedStretch[]> {
  const deflate = createDeflateRaw({ level: LEVEL })
  let offset = GZIP_HEADER.length
  let crcOfAll = 0
  let lengthOfAll = 0
  await write(GZIP_HEADER)
  const written = (async () => {
    for await (const chunk of deflate as AsyncIterable<Uint8Array>) {
      offset += chunk.length
      await write(chunk)
    }
  })()
  // A failing sink is noticed at the end; until then it must not be an unhandled rejection.
  written.catch((error: unknown) =>
    deflate.destroy(error instanceof Error ? error : new Error(String(error))),
  )
  const placed: DeflatedStretch[] = []
  try {
    for (const stretch of stretches) {
      if (placed.length > 0) await fullFlush(deflate)
      const start = offset
      let crc = 0
      let lengthBytes = 0
      for await (const block of sameSize(stretch, BLOCK)) {
        crc = crc32(block, crc)
        crcOfAll = crc32(block, crcOfAll)
        lengthBytes += block.length
        if (!deflate.write(block)) await once(deflate, 'drain')
      }
      lengthOfAll += lengthBytes
      placed.push({ start, end: 0, crc32: crc, lengthBytes })
    }
    deflate.end()
    await written
  } finally {
    deflate.destroy()
  }
  await write(gzipTrailer(crcOfAll, lengthOfAll))
  return placed.map((stretch, index) => ({ ...stretch, end: placed[index + 1]?.start ?? offset }))
}

/** Resolves when every byte so far has been compressed, flushed and given out. */
function fullFlush(deflate: ReturnType<typeof createDeflateRaw>): Promise<void> {
  return new Promise((resolve, reject) => {
    deflate.once('error', reject)
    deflate.flush(constants.Z_FULL_FLUSH, () => {
      deflate.off('error', reject)
      const drained = () => (deflate.readableLength === 0 ? resolve() : setImmediate(drained))
      setImmediate(drained)
    })
  })
}

const BLOCK = 64 * 1024
/** What one call of the inflater gives: few large chunks cost their readers less than many small ones. */
const INFLATED_BYTES = 256 * 1024

/** The same bytes in blocks of one size; the last may be smaller. */
export async function* sameSize(chunks: Chunks, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(sizeBytes)
  let filled = 0
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + sizeBytes - filled)
      block.set(part, filled)
      filled += part.length
      at += part.length
      if (filled < sizeBytes) continue
      yield block
      block = Buffer.allocUnsafe(sizeBytes)
      filled = 0
    }
  }
  if (filled > 0) yield block.subarray(0, filled)
}

/**
 * The content of the gzip member that begins at the reader's place; afterwards the reader stands behind the member. The CRC-32 and length in the trailer are checked.
 *
 * @throws MillraceError ARCHIVE_INVALID
 */
export async function* readGzipMember(reader: ByteReader, what: string): AsyncGenerator<Uint8Array> {
  await skipGzipHeader(reader, what)
  const inflate = createInflateRaw({ chunkSize: INFLATED_BYTES })
  const feeder = new Feeder(reader, inflate)
  const fed = feeder.run()
  let crc = 0
  let lengthBytes = 0
  try {
    for await (const chunk of inflate as AsyncIterable<Uint8Array>) {
      crc = crc32(chunk, crc)
      lengthBytes += chunk.length
      yield chunk
    }
  } catch (cause) {
    throw archiveInvalid(
      what,
      `its compressed data is damaged: ${cause instanceof Error ? cause.message : String(cause)}`,
    )
  } finally {
    feeder.stop()
    await fed
    inflate.destroy()
  }
  reader.putBack(feeder.rest())
  const trailer = await reader.exactly(GZIP_TRAILER_BYTES, what)
  const expected = gzipTrailer(crc, lengthBytes)
  if (trailer === undefined || Buffer.compare(trailer, expected) !== 0)
    throw archiveInvalid(what, 'its content does not have the CRC-32 and length that its trailer gives')
}

/** Feeds a stream to an inflater until that has the end of its deflate data, and tells what it did not need. */
class Feeder {
  readonly #reader: ByteReader
  readonly #inflate: ReturnType<typeof createInflateRaw>
  readonly #kept: Uint8Array[] = []
  readonly #stopped = Promise.withResolvers<void>()
  #done = false
  #dropped = 0

  constructor(reader: ByteReader, inflate: ReturnType<typeof createInflateRaw>) {
    this.#reader = reader
    this.#inflate = inflate
  }

  async run(): Promise<void> {
    try {
      while (!this.#done) {
        const chunk = await this.#reader.some()
        if (chunk === undefined) return void this.#inflate.end()
        this.#keep(chunk)
        if (!this.#done && !this.#inflate.write(chunk)) await this.#room()
      }
    } catch (error) {
      this.#inflate.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  stop(): void {
    this.#done = true
    this.#stopped.resolve()
  }

  rest(): Uint8Array {
    return Buffer.concat(this.#kept).subarray(this.#inflate.bytesWritten - this.#dropped)
  }

  /** Keeps what may have to be put back: chunks that the inflater has not taken whole. */
  #keep(chunk: Uint8Array): void {
    this.#kept.push(chunk)
    for (
      let first = this.#kept[0];
      first !== undefined && this.#inflate.bytesWritten >= this.#dropped + first.length;
      first = this.#kept[0]
    ) {
      this.#dropped += first.length
      this.#kept.shift()
    }
  }

  async #room(): Promise<void> {
    const drained = Promise.withResolvers<void>()
    this.#inflate.once('drain', drained.resolve)
    await Promise.race([drained.promise, this.#stopped.promise])
    this.#inflate.off('drain', drained.resolve)
  }
}

/** Whether another member begins at the reader's place. */
export async function atGzipMember(reader: ByteReader): Promise<boolean> {
  const head = await reader.some(2)
  if (head === undefined) return false
  const second = head.length === 1 ? await reader.some(1) : undefined
  const both = second === undefined ? head : Buffer.concat([head, second])
  reader.putBack(both)
  return both[0] === 0x1f && both[1] === 0x8b
}

/** All members of a stream, as one content. @throws MillraceError ARCHIVE_INVALID for bytes behind the last member. */
export async function* gunzip(reader: ByteReader, what: string): AsyncGenerator<Uint8Array> {
  do yield* readGzipMember(reader, what)
  while (await atGzipMember(reader))
  if ((await reader.some(1)) !== undefined)
    throw archiveInvalid(what, 'bytes that are no gzip member follow the last one')
}

async function skipGzipHeader(reader: ByteReader, what: string): Promise<void> {
  const head = await reader.exactly(10, what)
  if (head === undefined || head[0] !== 0x1f || head[1] !== 0x8b)
    throw archiveInvalid(what, 'it is not gzip: the bytes 1f 8b are not there')
  if (head[2] !== 8) throw archiveInvalid(what, `gzip method ${head[2]} is not deflate`)
  const flags = head[3] ?? 0
  if ((flags & 0xe0) !== 0) throw archiveInvalid(what, 'reserved gzip flags are set')
  if ((flags & 4) !== 0) {
    const size = await reader.exactly(2, what)
    for await (const _ of reader.take((size?.[0] ?? 0) + 256 * (size?.[1] ?? 0), what));
  }
  if ((flags & 8) !== 0) await skipText(reader, what)
  if ((flags & 16) !== 0) await skipText(reader, what)
  if ((flags & 2) !== 0) await reader.exactly(2, what)
}

async function skipText(reader: ByteReader, what: string): Promise<void> {
  for (let count = 0; count < 65536; count++) {
    const byte = await reader.exactly(1, what)
    if (byte === undefined || byte[0] === 0) return
  }
  throw archiveInvalid(what, 'a name in its gzip header has no end')
}
