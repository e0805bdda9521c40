// SPDX-License-Identifier: Apache-2.0
import { isDigest } from '../../base/index.ts'
import { type Content, IMMUTABLE, REVALIDATE } from '../answer.ts'
import { type BlobServices, blobContent } from '../blob-content.ts'
import { accepts } from './accept.ts'
import { type Problem, unknownName } from './problem.ts'
import { type AnyDigest, noManifest } from './route.ts'
import type { ImageShelf } from './shelf.ts'

interface PullServices extends BlobServices {
  readonly images: ImageShelf
}

/** Behind a digest is one answer, whatever the asker takes; a tag may name what it cannot read. */
export async function manifestContent(
  f: PullServices,
  name: string,
  reference: string,
  accept: string | null,
): Promise<Content | Problem> {
  const found = await f.images.resolve(name, reference)
  if (found === undefined) return (await noRepository(f, name)) ?? noManifest(name, reference)
  const { digest, mediaType, sizeBytes } = found
  if (!isDigest(reference) && !accepts(accept, mediaType))
    return {
      code: 'MANIFEST_UNKNOWN',
      message: `${name}:${reference} is of the type ${mediaType}, which the request does not accept`,
    }
  return blobContent(f, {
    digest,
    sizeBytes,
    mediaType,
    cacheControl: isDigest(reference) ? IMMUTABLE : REVALIDATE,
    headers: { 'docker-content-digest': digest, vary: 'accept' },
  })
}

/** Only what the repository itself refers to: a digest alone opens nothing. */
export async function repositoryBlobContent(
  f: PullServices,
  name: string,
  digest: AnyDigest,
): Promise<Content | Problem> {
  const found = digest === null ? undefined : await f.images.hasBlob(name, digest)
  if (digest === null || found === undefined)
    return (
      (await noRepository(f, name)) ?? { code: 'BLOB_UNKNOWN', message: `${name} has no blob of this digest` }
    )
  return blobContent(f, {
    digest,
    sizeBytes: found.sizeBytes,
    mediaType: found.mediaType ?? 'application/octet-stream',
    cacheControl: IMMUTABLE,
    headers: { 'docker-content-digest': digest },
  })
}

async function noRepository(f: PullServices, name: string): Promise<Problem | undefined> {
  return (await f.images.tags(name)) === undefined ? unknownName(name) : undefined
}
