// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from 'kysely'
import type { Digest } from '../base/index.ts'
import type { AttemptReport, ImageDatabase, ImageTables } from './tables.ts'

/** One try at making or testing an image. */
export interface ImageAttempt {
  readonly name: string
  readonly arch: string
  /** Of the package that names the image's version; '' where none does. */
  readonly version: string
  /** The plan's; null for what failed before there was one. */
  readonly key: Digest | null
  readonly purpose: 'image' | 'test'
  readonly outcome: 'passed' | 'failed'
  readonly startedAt: Date
  readonly durationMs: number
  /** The blob of its log; null when there is none. */
  readonly log: Digest | null
  readonly report: AttemptReport
}

export interface StoredAttempt extends ImageAttempt {
  readonly id: number
}

export async function addAttempt(database: ImageDatabase, attempt: ImageAttempt): Promise<number> {
  const { id } = await database
    .insertInto('image_attempt')
    .values({
      name: attempt.name,
      arch: attempt.arch,
      version: attempt.version,
      key: attempt.key,
      purpose: attempt.purpose,
      outcome: attempt.outcome,
      started_at: attempt.startedAt,
      duration_ms: Math.round(attempt.durationMs),
      log_digest: attempt.log,
      report: JSON.stringify(attempt.report),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** The newest attempts of an image, newest first. */
export async function newestAttempts(
  database: ImageDatabase,
  name: string,
  limit: number,
): Promise<StoredAttempt[]> {
  const rows = await database
    .selectFrom('image_attempt')
    .selectAll()
    .where('name', '=', name)
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(attemptOf)
}

/** The newest attempt of each image. */
export async function lastAttempts(database: ImageDatabase): Promise<StoredAttempt[]> {
  const rows = await database
    .selectFrom('image_attempt')
    .selectAll()
    .distinctOn('name')
    .orderBy('name')
    .orderBy('id', 'desc')
    .execute()
  return rows.map(attemptOf)
}

/** The newest test of an image of this plan; undefined when it was never tested. */
export async function newestTest(database: ImageDatabase, key: Digest): Promise<StoredAttempt | undefined> {
  const row = await database
    .selectFrom('image_attempt')
    .selectAll()
    .where('key', '=', key)
    .where('purpose', '=', 'test')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row === undefined ? undefined : attemptOf(row)
}

function attemptOf(row: Selectable<ImageTables['image_attempt']>): StoredAttempt {
  const { id, name, arch, version, key, purpose, outcome, report } = row
  return {
    ...{ id, name, arch, version, key, purpose, outcome, report },
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    log: row.log_digest,
  }
}
