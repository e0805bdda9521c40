// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  asDiskFull,
  type Digest,
  digestFromHex,
  digestHex,
  digestOfFile,
  exists,
  isSystemError,
  MillraceError,
  namingFullDisk,
  syncDirectory,
  writeAll,
} from '../base/index.ts'
import type { BlobStore, ByteRange, StoredBlob } from './blobs.ts'

/**
 * Blobs as read-only files below one directory: `blobs/sha256/ab/abcd…`. Half-written bytes live in `incoming/`, which is emptied here; what is
 * found corrupt is moved to `quarantine/`, so that it is missing afterwards and is fetched or built again, never served.
 *
 * @param options.shared another process works in it: what that one has half written is left alone.
 */
export async function openBlobDirectory(
  root: string,
  options: { readonly shared?: boolean } = {},
): Promise<BlobStore> {
  const directory = new BlobDirectory(root)
  await directory.prepare(options.shared ?? false)
  return directory
}

class BlobDirectory implements BlobStore {
  readonly #blobs: string
  readonly #incoming: string
  readonly #quarantine: string
  /** Which file of a blob was found to be right, oldest first. */
  readonly #verified = new Map<Digest, string>()
  readonly #verifying = new Map<Digest, Promise<void>>()
  readonly #listeners = new Set<(digest: Digest) => void>()

  constructor(root: string) {
    this.#blobs = join(root, 'blobs', 'sha256')
    this.#incoming = join(root, 'incoming')
    this.#quarantine = join(root, 'quarantine')
  }

  async prepare(shared: boolean): Promise<void> {
    if (!shared) await rm(this.#incoming, { recursive: true, force: true })
    for (const directory of [this.#blobs, this.#incoming, this.#quarantine])
      await mkdir(directory, { recursive: true })
  }

  async has(digest: Digest): Promise<boolean> {
    return (await this.stat(digest)) !== undefined
  }

  async stat(digest: Digest): Promise<StoredBlob | undefined> {
    const file = await this.#look(digest)
    return file && { digest, sizeBytes: file.sizeBytes }
  }

  async *read(digest: Digest, range?: ByteRange): AsyncIterable<Uint8Array> {
    const file = await this.#require(digest)
    if (range !== undefined) {
      if (range.start >= range.end) return
      yield* createReadStream(this.#path(digest), {
        start: range.start,
        end: range.end - 1,
        highWaterMark: CHUNK_BYTES,
      })
      return
    }
    const hash = createHash('sha256')
    // The last chunk is held back until the digest is known to be right.
    let held: Uint8Array | undefined
    for await (const chunk of createReadStream(this.#path(digest), { highWaterMark: CHUNK_BYTES })) {
      hash.update(chunk as Uint8Array)
      if (held !== undefined) yield held
      held = chunk as Uint8Array
    }
    const found = digestFromHex(hash.digest('hex'))
    if (found !== digest) throw await this.#corrupt(digest, found, file)
    this.#remember(digest, file)
    if (held !== undefined) yield held
  }

  async verify(digest: Digest): Promise<void> {
    const { identity } = await this.#require(digest)
    if (this.#verified.get(digest) === identity) return
    const verifying =
      this.#verifying.get(digest) ??
      readToEnd(this.read(digest)).finally(() => this.#verifying.delete(digest))
    this.#verifying.set(digest, verifying)
    await verifying
  }

  onCorrupt(listener: (digest: Digest) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async putStream(chunks: AsyncIterable<Uint8Array>, expected?: Digest): Promise<StoredBlob> {
    const temporary = join(this.#incoming, randomBytes(8).toString('hex'))
    try {
      const hash = createHash('sha256')
      let sizeBytes = 0
      const file = await open(temporary, 'wx')
      try {
        for await (const chunk of chunks) {
          hash.update(chunk)
          sizeBytes += chunk.length
          await writeAll(file, chunk)
        }
        await file.sync()
      } finally {
        await file.close()
      }
      const digest = digestFromHex(hash.digest('hex'))
      if (expected !== undefined && digest !== expected) throw mismatch(expected, digest)
      await this.#adopt(temporary, digest)
      return { digest, sizeBytes }
    } catch (error) {
      await rm(temporary, { force: true })
      throw asDiskFull(error, `writing below ${this.#incoming}`)
    }
  }

  async putBytes(bytes: Uint8Array | string): Promise<StoredBlob> {
    const whole = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
    return this.putStream(
      (async function* () {
        yield whole
      })(),
    )
  }

  async putFile(path: string): Promise<StoredBlob> {
    const digest = await digestOfFile(path)
    const { size: sizeBytes } = await stat(path)
    const file = await open(path, 'r')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
    await namingFullDisk(`writing below ${this.#blobs}`, () => this.#adopt(path, digest))
    return { digest, sizeBytes }
  }

  async localPath(digest: Digest): Promise<string> {
    await this.#require(digest)
    return this.#path(digest)
  }

  async remove(digest: Digest): Promise<void> {
    await rm(this.#path(digest), { force: true })
  }

  async *list(): AsyncIterable<StoredBlob> {
    for (const prefix of (await readdir(this.#blobs)).sort()) {
      for (const hex of (await readdir(join(this.#blobs, prefix))).sort()) {
        const blob = await this.stat(digestFromHex(hex))
        if (blob !== undefined) yield blob
      }
    }
  }

  #path(digest: Digest): string {
    const hex = digestHex(digest)
    return join(this.#blobs, hex.slice(0, 2), hex)
  }

  async #look(digest: Digest): Promise<BlobFile | undefined> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(this.#path(digest), { bigint: true })
      return { sizeBytes: Number(size), identity: [ino, size, mtimeNs, ctimeNs].join(' ') }
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async #require(digest: Digest): Promise<BlobFile> {
    const file = await this.#look(digest)
    if (file !== undefined) return file
    throw new MillraceError('BLOB_MISSING', {
      what: `reading the blob ${digest}`,
      why: 'the store does not have it',
      fix: 'run millrace start: it fetches or builds again what is missing',
    })
  }

  /** Moves a synced file to its place; whoever comes second to the same digest finds the same bytes there. */
  async #adopt(temporary: string, digest: Digest): Promise<void> {
    const path = this.#path(digest)
    await mkdir(dirname(path), { recursive: true })
    if (await exists(path)) return rm(temporary, { force: true })
    await chmod(temporary, 0o444)
    await rename(temporary, path)
    await syncDirectory(dirname(path))
  }

  #remember(digest: Digest, { identity }: BlobFile): void {
    this.#verified.delete(digest)
    this.#verified.set(digest, identity)
    const [oldest] = this.#verified.keys()
    if (this.#verified.size > MAX_VERIFIED && oldest !== undefined) this.#verified.delete(oldest)
  }

  async #corrupt(digest: Digest, found: Digest, { sizeBytes, identity }: BlobFile): Promise<MillraceError> {
    // Another reader may have moved it away first, and right bytes may have come since.
    if ((await this.#look(digest))?.identity === identity) await this.#putAside(digest)
    return new MillraceError('BLOB_CORRUPT', {
      what: `reading the blob ${digest} (${sizeBytes} bytes)`,
      why: `its bytes have the digest ${found}; the file was moved to ${this.#quarantine}`,
      fix: 'run the same command again: the blob is fetched or built anew. If this comes back, check the disk',
    })
  }

  async #putAside(digest: Digest): Promise<void> {
    try {
      await rename(this.#path(digest), join(this.#quarantine, `${digestHex(digest)}.corrupt`))
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return
      throw error
    }
    for (const listener of this.#listeners) listener(digest)
  }
}

const CHUNK_BYTES = 256 * 1024
/** Some 200 bytes of memory each. */
const MAX_VERIFIED = 50_000

interface BlobFile {
  readonly sizeBytes: number
  /** Another whenever the file is replaced or written to: every change moves its ctime, which no program can set. */
  readonly identity: string
}

async function readToEnd(chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of chunks);
}

function mismatch(expected: Digest, found: Digest): MillraceError {
  return new MillraceError('SOURCE_DIGEST_MISMATCH', {
    what: 'storing bytes whose digest is given',
    why: `expected ${expected}, found ${found}`,
    fix: 'check where the bytes come from; nothing was stored',
  })
}
