// SPDX-License-Identifier: Apache-2.0
import { type Digest, type Emit, formatError, isMillraceError, MillraceError } from '../base/index.ts'
import type { BlobStore, ByteRange } from '../store/index.ts'
import type { Content } from './answer.ts'

export interface BlobServices {
  readonly blobs: Pick<BlobStore, 'read' | 'stat' | 'verify'>
  /** Hears of blobs that cannot be read: the asker is told only that it is so. */
  readonly emit: Emit
}

export interface BlobDescription extends Pick<Content, 'mediaType' | 'cacheControl'> {
  readonly digest: Digest
  /** What the facts say; null where they do not. */
  readonly sizeBytes: number | null
  readonly lastModified?: Date
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A stored blob as content; its digest is its entity tag. A whole blob is verified as it is sent; before the first part of one is, all of it is read against the digest. That is done
 * here and not by the store, since images are made from ranges too, of bytes that nobody else sees before their digests were found to be right.
 *
 * @throws MillraceError BLOB_MISSING, BLOB_CORRUPT
 */
export async function blobContent(
  f: BlobServices,
  { digest, sizeBytes, ...description }: BlobDescription,
): Promise<Content> {
  const stored = await f.blobs.stat(digest)
  if (stored === undefined) throw missing(digest)
  if (sizeBytes !== null && sizeBytes !== stored.sizeBytes) {
    const text = `the blob ${digest} has ${stored.sizeBytes} bytes instead of ${sizeBytes}`
    f.emit({ type: 'notice.raised', level: 'error', code: 'BLOB_CORRUPT', text })
    throw damaged(digest)
  }
  const isWhole = (range: ByteRange) => range.start === 0 && range.end === stored.sizeBytes
  return {
    ...description,
    sizeBytes: stored.sizeBytes,
    etag: `"${digest}"`,
    body: (range) => readBlob(f, digest, range === undefined || isWhole(range) ? undefined : range),
  }
}

async function* readBlob(
  f: BlobServices,
  digest: Digest,
  range: ByteRange | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    if (range !== undefined) await f.blobs.verify(digest)
    yield* f.blobs.read(digest, range)
  } catch (error) {
    if (isMillraceError(error, 'BLOB_MISSING')) throw missing(digest)
    const code = isMillraceError(error) ? error.code : 'INTERNAL'
    f.emit({ type: 'notice.raised', level: 'error', code, text: `sending a blob: ${formatError(error)}` })
    throw damaged(digest)
  }
}

function missing(digest: Digest): MillraceError {
  return new MillraceError('BLOB_MISSING', {
    what: `sending ${digest}`,
    why: 'the store does not have its bytes',
    fix: 'ask again later: the factory fetches or builds again what is missing',
  })
}

/** The store's own words name paths of this machine. */
function damaged(digest: Digest): MillraceError {
  return new MillraceError('BLOB_CORRUPT', {
    what: `sending ${digest}`,
    why: 'its stored bytes cannot be read as they were written',
    fix: 'ask again later: the factory fetches or builds again what is damaged',
  })
}
