// SPDX-License-Identifier: Apache-2.0
/**
 * OCI images as values: descriptors, configurations, manifests and indexes in canonical bytes and out of hostile ones; layers as ranges of bytes that exist already; the image
 * layout. Stores and trades import it; it imports base and archive, and opens nothing by itself. Specification: OCI image specification 1.1.
 */
export {
  type Annotations,
  type Descriptor,
  type Document,
  type Platform,
  writeDocument,
} from './descriptor.ts'
export { type History, type ImageConfig, type RunConfig, writeConfig } from './image-config.ts'
export {
  hashLayer,
  type LayerDigests,
  type LayerDirectory,
  type LayerPart,
  type PackedTree,
  type ReadRange,
  readParts,
  sizeOfParts,
  stitchLayer,
} from './layer.ts'
export { imageLayout, type LayoutFile, type LayoutRoot } from './layout.ts'
export { type ImageIndex, type ImageManifest, writeIndex, writeManifest } from './manifest.ts'
export { EMPTY_JSON, OCI_CONFIG, OCI_EMPTY, OCI_INDEX, OCI_LAYER, OCI_MANIFEST } from './media-types.ts'
export { MAX_MANIFEST_BYTES, parseConfig, parseManifest } from './parse-manifest.ts'
