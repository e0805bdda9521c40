// SPDX-License-Identifier: Apache-2.0
import { type Chunks, chunksOf } from '../archive/index.ts'
import { type Digest, digestHex } from '../base/index.ts'
import { type Descriptor, writeDocument } from './descriptor.ts'
import { OCI_INDEX } from './media-types.ts'

/** A file of an image layout, relative to its root. */
export interface LayoutFile {
  readonly path: string
  open(): Chunks
}

/** An image or index that a layout holds, and every blob below it. */
export interface LayoutRoot {
  readonly descriptor: Descriptor
  /** What `skopeo copy oci:DIR:NAME` calls it; null for one without a name. */
  readonly name: string | null
  /** Digests of all it needs, its own among them. */
  readonly blobs: readonly Digest[]
}

/** The files of an image layout (OCI image spec, image-layout.md): blobs first, `index.json` last, so that a reader never sees a name without its bytes. */
export function imageLayout(
  roots: readonly LayoutRoot[],
  open: (digest: Digest) => Chunks,
): readonly LayoutFile[] {
  const blobs = [...new Set(roots.flatMap((root) => root.blobs))].sort()
  const index = {
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests: roots.map(({ descriptor, name }) => ({
      ...descriptor,
      ...(name === null ? {} : { annotations: { ...descriptor.annotations, [REF_NAME]: name } }),
    })),
  }
  return [
    ...blobs.map((digest) => ({ path: `blobs/sha256/${digestHex(digest)}`, open: () => open(digest) })),
    { path: 'oci-layout', open: () => chunksOf(Buffer.from('{"imageLayoutVersion":"1.0.0"}')) },
    { path: 'index.json', open: () => chunksOf(writeDocument(index, OCI_INDEX).bytes) },
  ]
}

const REF_NAME = 'org.opencontainers.image.ref.name'
