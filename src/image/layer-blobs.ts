// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { type Digest, digestFromHex, MillraceError } from '../base/index.ts'
import { readParts } from '../oci/index.ts'
import type { BlobStore, ByteRange } from '../store/index.ts'
import { findLayer, type StoredLayer } from './layer-rows.ts'
import type { ImageDatabase } from './tables.ts'

/**
 * Reads blobs, layers among them: a layer is put together from packages' bytes while it is read, and is nowhere else. As of a store, a whole read is verified as it goes: BLOB_CORRUPT
 * comes before the last chunk does, and the damaged package is put aside. A layer is verified for the reading of a part by each package it is made of: that is once for the
 * package, whichever of the layers it lies in and whoever asked for it, and its bytes are then those that the layer's digest was taken from.
 */
export function openLayerBlobs(f: {
  readonly database: ImageDatabase
  readonly blobs: BlobStore
}): Pick<BlobStore, 'has' | 'stat' | 'read' | 'verify'> {
  const stat = async (digest: Digest) => {
    const stored = await f.blobs.stat(digest)
    if (stored !== undefined) return stored
    const layer = await findLayer(f.database, digest)
    return layer === undefined ? undefined : { digest, sizeBytes: layer.sizeBytes }
  }
  const layerOf = async (digest: Digest) =>
    (await f.blobs.has(digest)) ? undefined : findLayer(f.database, digest)
  return {
    stat,
    has: async (digest) => (await stat(digest)) !== undefined,
    verify: async (digest) => {
      const layer = await layerOf(digest)
      for (const blob of layer === undefined ? [digest] : packagesIn(layer)) await f.blobs.verify(blob)
    },
    read: async function* (digest, range) {
      const layer = await layerOf(digest)
      if (layer === undefined) yield* f.blobs.read(digest, range)
      else yield* range === undefined ? readWhole(f.blobs, layer) : readRange(f.blobs, layer, range)
    },
  }
}

function readRange(blobs: BlobStore, { parts }: StoredLayer, range?: ByteRange): AsyncGenerator<Uint8Array> {
  return readParts(parts, (blob, start, end) => blobs.read(blob, { start, end }), range)
}

async function* readWhole(blobs: BlobStore, layer: StoredLayer): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  // The last chunk is held back until the digest is known to be right.
  let held: Uint8Array | undefined
  for await (const chunk of readRange(blobs, layer)) {
    hash.update(chunk)
    if (held !== undefined) yield held
    held = chunk
  }
  const found = digestFromHex(hash.digest('hex'))
  if (found !== layer.digest) throw await corrupt(blobs, layer, found)
  if (held !== undefined) yield held
}

/** Reads each package whole, which finds the damaged one and puts it aside. */
async function corrupt(blobs: BlobStore, layer: StoredLayer, found: Digest): Promise<MillraceError> {
  for (const blob of packagesIn(layer)) for await (const _ of blobs.read(blob));
  return new MillraceError('BLOB_CORRUPT', {
    what: `reading the layer ${layer.digest}`,
    why: `its bytes have the digest ${found}, though every package they come from is as it was`,
    fix: 'build the image again',
  })
}

function packagesIn({ parts }: StoredLayer): ReadonlySet<Digest> {
  return new Set(parts.flatMap((part) => ('blob' in part ? [part.blob] : [])))
}
