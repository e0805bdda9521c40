// SPDX-License-Identifier: Apache-2.0
/**
 * Container images: apko YAML to a locked list of packages, to layers that are ranges of those packages' own bytes, to an OCI image that was tried in a real runtime and is offered with its SBOM and
 * provenance. The factory and the doors import it; it imports base, apk, archive, attest, elf, oci, versions, store, recipe (located YAML) and repository. Specifications: apko's image YAML, OCI image and distribution 1.1,
 * OCI runtime 1.0.
 */
export type { ImageAttempt, StoredAttempt } from './attempts.ts'
export { type BuildServices, buildImage, type ImageBuild } from './build.ts'
export {
  type DocumentFacts,
  type ImageCatalog,
  type ImageRecord,
  type ImageTestRecord,
  openImageCatalog,
} from './catalog.ts'
export type { CaseResult, ImageTestOutcome } from './check/outcome.ts'
export { probeRuntime } from './check/room.ts'
export { type TestServices, testImage } from './check/test-image.ts'
export { type ImageFile, ImageSchema } from './definition-schema.ts'
export type { Attestor } from './documents.ts'
export type { ImageFacts, ImageLayer, ImagePackage } from './image-facts.ts'
export type { BuiltImage } from './image-rows.ts'
export { learnTrees } from './learn-trees.ts'
export {
  type LockableImage,
  type LockableRepository,
  lockImage,
  readLockableImage,
  repositoriesOf,
} from './lock.ts'
export { parseImage } from './parse-definition.ts'
export { archsOf, type ImageKey, type ImagePlan, planImage, planJson } from './plan.ts'
export { makeIndex } from './publish.ts'
export { type ImageDefinition, readImage } from './read-definition.ts'
export { type ImageOutcome, type ImageServices, noteRefused, releaseImage } from './release.ts'
export { type ImageCase, type ImageSheet, parseImageSheet } from './sheet.ts'
export { type ImageShelf, openImageShelf, type ShelfManifest, type ShelfReferrer } from './shelf.ts'
export type { AttemptReport, ImageTables } from './tables.ts'
export { tagsOf, versionOf, versionsFirst } from './tags.ts'
export { writeImageLayout } from './write-layout.ts'
