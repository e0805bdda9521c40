// SPDX-License-Identifier: Apache-2.0
import type { MillraceEvent, ProgressState } from '../base/index.ts'
import type {
  BuildDetail,
  DistroGraph,
  ImageDetail,
  ImageSummary,
  PackageDetail,
  PackageSummary,
  Status,
} from './api.ts'

/** What the server asks of the facts. `null`: there is nothing of that name. */
export interface Catalog {
  status(): Promise<Status>
  packages(): Promise<readonly PackageSummary[]>
  package(name: string): Promise<PackageDetail | null>
  images(): Promise<readonly ImageSummary[]>
  image(name: string): Promise<ImageDetail | null>
  /** @param key a whole build key, or its first twelve or more hex digits. @throws MillraceError USAGE when they begin more than one. */
  build(key: string): Promise<BuildDetail | null>
  /** The text of an attempt's log; `attempt` null means the newest. */
  log(key: string, attempt: number | null): Promise<StoredText | null>
  graph(): Promise<DistroGraph>
  /** An SBOM, a provenance or another document that some package or image names; null for any other blob. */
  document(digest: string): Promise<StoredText | null>
}

export interface StoredText {
  readonly mediaType: string
  readonly sizeBytes: number
  readonly body: AsyncIterable<Uint8Array>
}

/** The stream of events; the store's event log is one. */
export interface EventFeed {
  /** Hears every event from now on. Call the returned function to stop. */
  listen(listener: (event: MillraceEvent) => void): () => void
  /** Stored events behind `seq`, in order, at most `limit`. */
  since(seq: number, limit: number): Promise<readonly MillraceEvent[]>
  /** Waits until everything emitted so far is stored. */
  flush(): Promise<void>
}

/** A part of the server that answers by itself, at the whole path: the apk repository, the registry. */
export type WebHandler = (request: Request) => Response | Promise<Response>

/** What the server stands on. */
export interface ServerServices {
  readonly catalog: Catalog
  readonly events: EventFeed
  readonly progress: () => ProgressState
  /** Answers `/apk/…`. */
  readonly apkRepository: WebHandler
  /** Answers `/v2/…`. */
  readonly registry: WebHandler
  /** Public keys by file name, such as `millrace-1a2b3c.rsa.pub`, in PEM. */
  readonly publicKeys: () => Promise<ReadonlyMap<string, string>>
}
