// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'

export interface StoredBlob {
  readonly digest: Digest
  readonly sizeBytes: number
}

/** Half-open byte range: `start` inclusive, `end` exclusive. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** Content-addressed bytes. What is put is durable when the promise resolves; what is read is what the digest names, or an error. */
export interface BlobStore {
  has(digest: Digest): Promise<boolean>
  /** Undefined when the store has no such blob. */
  stat(digest: Digest): Promise<StoredBlob | undefined>
  /**
   * Streams the bytes. A whole read is verified as it goes: BLOB_CORRUPT comes before the last chunk does. A range is not: `verify` comes first where that matters.
   *
   * @throws BLOB_MISSING, BLOB_CORRUPT
   */
  read(digest: Digest, range?: ByteRange): AsyncIterable<Uint8Array>
  /** Reads the whole blob against its digest, once at a time; not again as long as this process remembers that it did and the file is the same. @throws BLOB_MISSING, BLOB_CORRUPT */
  verify(digest: Digest): Promise<void>
  /** Tells of each blob that is found corrupt, once it is put aside. @returns what ends that. */
  onCorrupt(listener: (digest: Digest) => void): () => void
  /** Stores a stream; with `expected`, refuses other bytes and keeps nothing. @throws SOURCE_DIGEST_MISMATCH, DISK_FULL */
  putStream(chunks: AsyncIterable<Uint8Array>, expected?: Digest): Promise<StoredBlob>
  putBytes(bytes: Uint8Array | string): Promise<StoredBlob>
  /** Moves a file of this machine into the store (same file system: no copy). */
  putFile(path: string): Promise<StoredBlob>
  /** A read-only file of this machine that holds the bytes, for programs that need a path. @throws BLOB_MISSING */
  localPath(digest: Digest): Promise<string>
  remove(digest: Digest): Promise<void>
  /** Every blob, in digest order. */
  list(): AsyncIterable<StoredBlob>
}
