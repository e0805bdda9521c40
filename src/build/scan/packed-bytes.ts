// SPDX-License-Identifier: Apache-2.0
import { type Duplex, pipeline, Readable } from 'node:stream'
import { createZstdDecompress } from 'node:zlib'
import { ByteReader, readGzipMember } from '../../archive/index.ts'
import { type Exec, HOST_ENV, isMillraceError } from '../../base/index.ts'
import type { ScanEntry } from './tree.ts'

/** Reads the same bytes from their beginning, any number of times. What cannot be unpacked ends where it breaks. */
export type Bytes = () => AsyncIterable<Uint8Array>

const CHUNK_BYTES = 1024 * 1024
/** No kernel and no module unpacks to more: what does is a bomb, and is not read on. */
const MAX_UNPACKED_BYTES = 1024 ** 3
const MAX_MODULE_BYTES = 64 * 1024 ** 2

/** A file of a tree. */
export function bytesOf(file: Pick<ScanEntry, 'sizeBytes' | 'read'>): Bytes {
  return async function* () {
    for (let at = 0; at < file.sizeBytes; at += CHUNK_BYTES) yield await file.read(at, CHUNK_BYTES)
  }
}

/** A range; without a length, what follows an offset. */
export function partOf(bytes: Bytes, offset: number, sizeBytes = Number.MAX_SAFE_INTEGER): Bytes {
  return async function* () {
    let at = 0
    for await (const chunk of bytes()) {
      const part = chunk.subarray(Math.max(0, offset - at), Math.max(0, offset + sizeBytes - at))
      if (part.length > 0) yield part
      at += chunk.length
      if (at >= offset + sizeBytes) return
    }
  }
}

/** What the gzip member unpacks to that bytes begin with; whatever follows it is left. */
export function gunzipped(packed: Bytes): Bytes {
  return () => whatUnpacks(readGzipMember(new ByteReader(packed()), 'looking into a kernel'))
}

/** A kernel module, which may be compressed with gzip, zstd or xz (by the program: Node has no xz). */
export async function unpackedModule(file: Bytes, exec: Exec): Promise<Bytes> {
  const magic = await firstBytes(file, 6)
  if (magic.startsWith('1f8b08')) return gunzipped(file)
  if (magic.startsWith('28b52ffd')) return () => whatUnpacks(through(file, createZstdDecompress()))
  if (magic === 'fd377a585a00') return () => throughXz(file, exec)
  return file
}

async function firstBytes(bytes: Bytes, count: number): Promise<string> {
  for await (const chunk of bytes()) return Buffer.from(chunk.subarray(0, count)).toString('hex')
  return ''
}

function through(packed: Bytes, codec: Duplex): AsyncIterable<Uint8Array> {
  // Errors come out of the codec, which is what is read.
  return pipeline(Readable.from(packed()), codec, () => {})
}

async function* whatUnpacks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0
  try {
    for await (const chunk of chunks) {
      unpackedBytes += chunk.length
      if (unpackedBytes > MAX_UNPACKED_BYTES) return
      yield chunk
    }
  } catch (error) {
    if (!isMillraceError(error, 'ARCHIVE_INVALID') && !isZstdError(error)) throw error
  }
}

function isZstdError(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return /^(?:ZSTD_|Z_|ERR_STREAM_PREMATURE_CLOSE$)/.test(code)
}

async function* throughXz(packed: Bytes, exec: Exec): AsyncGenerator<Uint8Array> {
  const chunks: Uint8Array[] = []
  let unpackedBytes = 0
  const full = new AbortController()
  const onStdout = (chunk: Uint8Array) => {
    unpackedBytes += chunk.length
    if (unpackedBytes > MAX_MODULE_BYTES) full.abort()
    else chunks.push(chunk)
  }
  const command = {
    program: 'xz',
    args: ['--decompress', '--stdout'],
    env: HOST_ENV,
    stdin: Readable.from(packed()),
  }
  await exec(command, { onStdout, signal: full.signal })
  yield* chunks
}
