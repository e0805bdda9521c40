// SPDX-License-Identifier: Apache-2.0
import type { Generated } from 'kysely'
import type { Digest } from '../base/index.ts'
import type { Annotations } from '../oci/index.ts'
import type { Database, JsonColumn, TimeColumn } from '../store/index.ts'
import type { CaseResult } from './check/outcome.ts'
import type { ImageFactsRow } from './image-facts.ts'
import type { StoredTree } from './package-tree.ts'

/** A layer's part as a row has it: literal bytes in base64. */
export type StoredPart =
  | { readonly blob: Digest; readonly start: number; readonly end: number }
  | { readonly base64: string }

export type DocumentKind = 'sbom' | 'sbom-attestation' | 'provenance'

/** What an attempt found, beside its outcome. */
export interface AttemptReport {
  /** Why it failed, in one line; null when it did not. */
  readonly why: string | null
  /** A test's: which sheet it was tested by, what ran it, and how each case went. */
  readonly test: {
    readonly sheet: Digest
    readonly runtime: string
    readonly cases: readonly CaseResult[]
  } | null
}

/** The tables of migrations/0004_image.sql. */
export type ImageTables = {
  image_tree: { datahash: Digest; size_bytes: number; diff_id: Digest; tree: JsonColumn<StoredTree> }
  image_layer: {
    key: Digest
    digest: Digest
    diff_id: Digest
    size_bytes: number
    parts: JsonColumn<readonly StoredPart[]>
  }
  image: {
    key: Digest
    name: string
    arch: string
    digest: Digest
    size_bytes: number
    config_digest: Digest
    facts: JsonColumn<ImageFactsRow>
    built_at: TimeColumn
  }
  image_manifest: {
    name: string
    digest: Digest
    media_type: string
    size_bytes: number
    subject: Digest | null
    artifact_type: string | null
    annotations: JsonColumn<Annotations>
    served_at: TimeColumn
  }
  image_blob: { name: string; digest: Digest; media_type: string; size_bytes: number }
  image_release: {
    id: Generated<number>
    name: string
    digest: Digest
    image_keys: JsonColumn<readonly Digest[]>
    released_at: TimeColumn
  }
  image_tag: { id: Generated<number>; name: string; tag: string; release: number; tagged_at: TimeColumn }
  image_document: {
    release: number
    key: Digest
    kind: DocumentKind
    digest: Digest
    media_type: string
    size_bytes: number
  }
  image_attempt: {
    id: Generated<number>
    name: string
    arch: string
    version: string
    key: Digest | null
    purpose: 'image' | 'test'
    outcome: 'passed' | 'failed'
    started_at: TimeColumn
    duration_ms: number
    log_digest: Digest | null
    report: JsonColumn<AttemptReport>
  }
}

/** The database, with these tables in sight. */
export function withImageTables(database: Database) {
  return database.withTables<ImageTables>()
}

export type ImageDatabase = ReturnType<typeof withImageTables>
