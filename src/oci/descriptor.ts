// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, type Digest, digestOf, type Json } from '../base/index.ts'

/** Where bytes run: Go's words for operating systems and processors (image-index.md, "platform"). */
export interface Platform {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

export type Annotations = Readonly<Record<string, string>>

/** Names bytes by what they are, their digest and their size in bytes (OCI image spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly platform?: Platform
  readonly annotations?: Annotations
}

/** A document as its bytes, and the descriptor that names them. */
export interface Document {
  readonly bytes: Uint8Array
  readonly descriptor: Descriptor
}

/** A JSON document in canonical form (RFC 8785): equal values give equal digests. */
export function writeDocument(value: object, mediaType: string): Document {
  const bytes = Buffer.from(canonicalJson(value as Json))
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } }
}
