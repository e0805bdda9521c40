// SPDX-License-Identifier: Apache-2.0
import { type Annotations, type Descriptor, type Document, writeDocument } from './descriptor.ts'
import { OCI_INDEX, OCI_MANIFEST } from './media-types.ts'

/** An image for one platform, or any artifact (OCI image spec, manifest.md). */
export interface ImageManifest {
  readonly schemaVersion: 2
  readonly mediaType: typeof OCI_MANIFEST
  readonly artifactType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  /** What this manifest says something about: it is a referrer of that. */
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

/** Images by platform (OCI image spec, image-index.md). */
export interface ImageIndex {
  readonly schemaVersion: 2
  readonly mediaType: typeof OCI_INDEX
  readonly artifactType?: string
  readonly manifests: readonly Descriptor[]
  readonly subject?: Descriptor
  readonly annotations?: Annotations
}

export function writeManifest(manifest: Omit<ImageManifest, 'schemaVersion' | 'mediaType'>): Document {
  const { bytes, descriptor } = writeDocument(
    { schemaVersion: 2, mediaType: OCI_MANIFEST, ...manifest },
    OCI_MANIFEST,
  )
  const { artifactType, annotations } = manifest
  return {
    bytes,
    // A list of referrers says of each what it is (distribution spec, "Listing Referrers").
    descriptor: {
      ...descriptor,
      ...(artifactType === undefined ? {} : { artifactType, ...(annotations && { annotations }) }),
    },
  }
}

export function writeIndex(index: Omit<ImageIndex, 'schemaVersion' | 'mediaType'>): Document {
  return writeDocument({ schemaVersion: 2, mediaType: OCI_INDEX, ...index }, OCI_INDEX)
}
