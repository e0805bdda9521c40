// SPDX-License-Identifier: Apache-2.0
/**
 * The door over HTTP: the JSON API and the event stream, the web page, public keys, the apk repository and the OCI registry, on one address. It only reads. The
 * command line imports it; it imports base, and gets everything else as small interfaces (catalog.ts). The page in web/ imports the types of api.ts.
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
export { type AppOptions, makeApp } from './app.ts'
export { type Assets, openAssets } from './assets.ts'
export type { Catalog, EventFeed, ServerServices, StoredText, WebHandler } from './catalog.ts'
export { type OpenServer, openServer, type ServerOptions } from './open-server.ts'
export { nextLines, pullLines, repositoryLines } from './paste.ts'
