// SPDX-License-Identifier: Apache-2.0
import { type ColumnType, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import type { EventBody } from '../base/index.ts'

/** A JSON column: read as the value, written as text. */
export type JsonColumn<T> = ColumnType<T, string, string>
/** A time column: read as a Date, written as one. */
export type TimeColumn = ColumnType<Date, Date, Date>

/** The tables of migrations/0001_store.sql. Folders with tables of their own name theirs by `database.withTables<…>()`. */
export interface StoreTables {
  run: { id: string; pid: number; version: string; started_at: TimeColumn; ended_at: TimeColumn | null }
  event: {
    seq: string | number
    run: string
    at: TimeColumn
    type: string
    task: string | null
    body: JsonColumn<EventBody>
  }
  source: {
    digest: string
    sha512: string | null
    uri: string
    size_bytes: string | number
    fetched_from: string
    fetched_at: TimeColumn
  }
}

export type Database = Kysely<StoreTables>

// bigint (OID 20) as a number: sizes and sequence numbers here stay below 2^53.
pg.types.setTypeParser(20, Number)

/** Opens a pool of connections. Nothing is read or written yet; `migrate` brings the schema up. */
export function openDatabase(url: string, options: { maxConnections?: number } = {}): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.maxConnections ?? 12,
    application_name: 'millrace',
  })
  // An idle connection that breaks is replaced by the pool; the next query tells when the server is gone.
  pool.on('error', () => {})
  return new Kysely<StoreTables>({ dialect: new PostgresDialect({ pool }) })
}
