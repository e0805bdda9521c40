// SPDX-License-Identifier: Apache-2.0
import { sql } from 'kysely'
import type { StoredAttempt } from '../../image/index.ts'
import type { Attempt } from '../api.ts'
import type { FactsDatabase } from './database.ts'

/** The newest attempt at an image. */
export interface NewestImageAttempt {
  readonly version: string
  /** Null for what failed before there was a plan. */
  readonly key: string | null
  readonly outcome: 'passed' | 'failed'
  readonly why: string | null
  readonly endedAt: Date
}

export interface TriedImage {
  readonly newest?: NewestImageAttempt
  /** The newest that was a test. */
  readonly test?: NewestImageAttempt
}

/** The newest attempts of each image, by its name. */
export async function newestImageAttempts(database: FactsDatabase): Promise<ReadonlyMap<string, TriedImage>> {
  const rows = await database
    .selectFrom('image_attempt')
    .distinctOn(['name', 'purpose'])
    .select(['name', 'purpose', 'id', 'version', 'key', 'outcome', 'started_at', 'duration_ms'])
    .select(sql<string | null>`report->>'why'`.as('why'))
    .orderBy('name')
    .orderBy('purpose')
    .orderBy('id', 'desc')
    .execute()
  const tried = new Map<string, TriedImage>()
  for (const row of rows.sort((a, b) => a.id - b.id)) {
    const { name, purpose, version, key, outcome, why } = row
    const endedAt = new Date(row.started_at.getTime() + row.duration_ms)
    const newest = { version, key, outcome, why, endedAt }
    tried.set(name, { ...tried.get(name), newest, ...(purpose === 'test' ? { test: newest } : {}) })
  }
  return tried
}

/** '' as the key stands for a plan that could not be made. */
export function imageAttempt(attempt: StoredAttempt): Attempt {
  const { id, key, version, purpose, outcome, startedAt, durationMs, report } = attempt
  return {
    ...{ id, version, purpose, outcome, durationMs, step: null, why: report.why, explanation: null },
    buildKey: key ?? '',
    startedAt: startedAt.toISOString(),
  }
}
