// SPDX-License-Identifier: Apache-2.0
import type { ApkData, ApkRecord } from '../apk/index.ts'
import type { Digest } from '../base/index.ts'
import type { Database, JsonColumn, TimeColumn } from '../store/index.ts'

/** The tables of migrations/0002_repository.sql. */
export type RepositoryTables = {
  apk: {
    file: Digest
    name: string
    version: string
    arch: string
    origin: string
    datahash: Digest
    size_bytes: number
    record: JsonColumn<ApkRecord>
    layout: JsonColumn<ApkData> | null
    build_key: string | null
    stored_at: TimeColumn
  }
  channel_index: {
    channel: string
    arch: string
    generation: number
    index_digest: Digest
    packages: number
    signed_by: string
    published_at: TimeColumn
  }
  channel_apk: {
    channel: string
    arch: string
    name: string
    version: string
    file: Digest
    admitted_in: number
    withdrawn_in: number | null
    withdrawn_why: string | null
  }
}

/** The database, with these tables in sight. */
export function withRepositoryTables(database: Database) {
  return database.withTables<RepositoryTables>()
}

export type RepositoryDatabase = ReturnType<typeof withRepositoryTables>
