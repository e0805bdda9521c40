// SPDX-License-Identifier: Apache-2.0
import { createWriteStream } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Digest, isSystemError, MillraceError } from '../base/index.ts'
import { type Descriptor, imageLayout } from '../oci/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { BuiltImage } from './image-rows.ts'

/**
 * Writes images into a directory as an OCI image layout, which skopeo, umoci, crane and podman read: `oci:DIR:TAG`.
 *
 * @param blobs reads layers too. @param directory is made; it may be there, when it is empty.
 * @throws MillraceError USAGE when the directory is not empty; BLOB_MISSING, BLOB_CORRUPT
 */
export async function writeImageLayout(
  blobs: Pick<BlobStore, 'read'>,
  index: Descriptor,
  images: readonly BuiltImage[],
  tag: string,
  directory: string,
): Promise<void> {
  await requireEmpty(directory)
  const needed: Digest[] = [
    index.digest,
    ...images.flatMap(({ manifest, config, layers }) => [
      manifest.digest,
      config.digest,
      ...layers.map(({ descriptor }) => descriptor.digest),
    ]),
  ]
  for (const { path, open } of imageLayout([{ descriptor: index, name: tag, blobs: needed }], (digest) =>
    blobs.read(digest),
  )) {
    await mkdir(dirname(join(directory, path)), { recursive: true })
    await pipeline(Readable.from(open()), createWriteStream(join(directory, path), { flags: 'wx' }))
  }
}

async function requireEmpty(directory: string): Promise<void> {
  try {
    if ((await readdir(directory)).length === 0) return
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return
    if (!isSystemError(error, 'ENOTDIR')) throw error
  }
  throw new MillraceError('USAGE', {
    what: `writing an image to ${directory}`,
    why: 'there is something already',
    fix: 'name a directory that is not there yet',
  })
}
