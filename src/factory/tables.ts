// SPDX-License-Identifier: Apache-2.0
import type { Generated } from 'kysely'
import type { Digest } from '../base/index.ts'
import type { BuiltApk } from '../build/index.ts'
import type { Difference, TestCase } from '../check/index.ts'
import type { Database, JsonColumn, TimeColumn } from '../store/index.ts'
import type { FailureReport } from './debug/failure-report.ts'

export type Purpose = 'build' | 'test' | 'reproduce'
export type DocumentKind = 'sbom' | 'provenance'

/** What an attempt found, beside its outcome. */
export interface AttemptReport {
  /** Of a build that passed. */
  readonly packages?: readonly BuiltApk[]
  /** Of a test. */
  readonly cases?: readonly TestCase[]
  /** Of a reproduction that failed: where the second build's packages are other ones. */
  readonly differences?: readonly Difference[]
  /** Of what failed: the step by its label, half a sentence, the first line of the output that tells an error. */
  readonly step?: string | null
  readonly why?: string
  readonly errorLine?: string | null
  /** Of what failed: all that is known of it. */
  readonly failure?: FailureReport
}

/** The tables of migrations/0003_build.sql. */
export type LedgerTables = {
  plan: {
    key: string
    recipe: string
    version: string
    arch: string
    plan_digest: Digest
    seed_packages: number
    planned_at: TimeColumn
  }
  attempt: {
    id: Generated<number>
    plan_key: string
    purpose: Purpose
    work_key: string
    outcome: 'passed' | 'failed'
    started_at: TimeColumn
    duration_ms: number
    log_digest: Digest
    report: JsonColumn<AttemptReport>
  }
  recipe: {
    name: string
    arch: string
    version: string
    file: string
    plan_key: string | null
    trouble: string | null
    read_at: TimeColumn
  }
  document: {
    subject: Digest
    kind: DocumentKind
    digest: Digest
    media_type: string
    size_bytes: number
  }
}

/** The database, with these tables in sight. */
export function withLedgerTables(database: Database) {
  return database.withTables<LedgerTables>()
}
