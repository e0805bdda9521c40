// SPDX-License-Identifier: Apache-2.0
/**
 * The door over HTTP: the JSON API and the event stream, the web page, public keys, the apk repository and the OCI registry, on one address. It only reads. The
 * command line imports it; it imports base, apk, versions, and from store, keys, repository, image and factory what it gives out. What answers over HTTP knows facts through small
 * interfaces (catalog.ts, registry/shelf.ts); facts/ is the catalog on the database. The page in web/ imports the types of api.ts. Specifications: RFC 9110 (HTTP semantics),
 * OCI distribution-spec 1.1, apk-tools' `apk-repositories(5)`.
 */
export type {
  Attempt,
  AttemptPurpose,
  BuildDetail,
  ChannelName,
  ChannelStatus,
  Dependency,
  Dependent,
  Difference,
  DistroGraph,
  ErrorBody,
  Failure,
  GraphEdge,
  GraphNode,
  ImageAnswer,
  ImageDetail,
  ImageFacts,
  ImagePackage,
  ImageSummary,
  ImageTest,
  Layer,
  PackageDetail,
  PackageSummary,
  PackageVersion,
  PasteLine,
  Progress,
  Reproduced,
  Reproduction,
  Status,
  StoredDocument,
  Verdict,
  WorkState,
} from './api.ts'
export { type ApkRepositoryServices, makeApkRepository } from './apk-repository/apk-repository.ts'
export { type AppOptions, makeApp } from './app.ts'
export { type Assets, openAssets } from './assets.ts'
export type { Catalog, EventFeed, ServerServices, StoredText, WebHandler } from './catalog.ts'
export type { NamedImage } from './facts/context.ts'
export { type CatalogOptions, openCatalog } from './facts/open-catalog.ts'
export { type OpenServer, openServer, type ServerOptions } from './open-server.ts'
export { nextLines, pullLines, repositoryLines } from './paste.ts'
export { makeRegistry, type RegistryServices } from './registry/registry.ts'
export type { ImageShelf, Referrer, RepositoryBlob, StoredManifest } from './registry/shelf.ts'
