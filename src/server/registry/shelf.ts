// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../base/index.ts'

/** What the registry asks of the facts about images. Bytes it reads from the store, by digest. */
export interface ImageShelf {
  /** Every repository, in any order. */
  names(): Promise<readonly string[]>
  /** Every tag of a repository, in any order; undefined when there is no such repository. */
  tags(name: string): Promise<readonly string[] | undefined>
  /** The manifest or index that a tag names, or that has a digest and belongs to the repository; undefined when there is none. */
  resolve(name: string, reference: string | Digest): Promise<StoredManifest | undefined>
  /** A layer, a config or another blob that a manifest of the repository names; undefined for any other, be it in the store or not. */
  hasBlob(name: string, digest: Digest): Promise<RepositoryBlob | undefined>
  /** The manifests of the repository whose `subject` has this digest, whether it is there or not; in the order they shall be listed in. */
  referrers(name: string, digest: Digest): Promise<readonly Referrer[]>
}

export interface StoredManifest {
  readonly digest: Digest
  /** Such as `application/vnd.oci.image.index.v1+json`: the same as the manifest says of itself. */
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface RepositoryBlob {
  readonly sizeBytes: number
  /** As its descriptor says. */
  readonly mediaType?: string
}

/** A manifest that says something about another one: a signature, an SBOM, a provenance. */
export interface Referrer extends StoredManifest {
  /** Its own `artifactType`; else a manifest's is the media type of its config, and an index has none (distribution-spec, "Listing Referrers"). */
  readonly artifactType?: string
  /** All annotations of the manifest itself. */
  readonly annotations?: Readonly<Record<string, string>>
}
