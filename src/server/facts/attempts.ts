// SPDX-License-Identifier: Apache-2.0
import { sql } from 'kysely'
import { type AttemptReport, describeFailure, reportLines } from '../../factory/index.ts'
import type { Attempt, AttemptPurpose, FailureExplanation, Reproduced, Reproduction } from '../api.ts'
import type { FactsDatabase } from './database.ts'

/** The newest attempt at a plan for one purpose. */
export interface NewestAttempt {
  readonly id: number
  readonly outcome: 'passed' | 'failed'
  /** Of a failed one. */
  readonly failure: (FailedStep & { readonly endedAt: Date }) | null
}

type FailedStep = Pick<Attempt, 'step' | 'why'>

/** The newest attempts at a plan; undefined where there was none. */
export type PlanAttempts = Readonly<Partial<Record<'build' | 'test' | 'reproduce', NewestAttempt>>>

/** Newest attempts by build key. Reports of what passed are large, and say nothing here. */
export async function newestAttempts(
  database: FactsDatabase,
  keys: readonly string[],
): Promise<ReadonlyMap<string, PlanAttempts>> {
  const found = new Map<string, PlanAttempts>()
  if (keys.length === 0) return found
  const rows = await database
    .selectFrom('attempt')
    .distinctOn(['plan_key', 'purpose'])
    .select(['plan_key', 'purpose', 'id', 'outcome'])
    .select(failureColumn)
    .where('plan_key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .orderBy('plan_key')
    .orderBy('purpose')
    .orderBy('id', 'desc')
    .execute()
  for (const { plan_key, purpose, id, outcome, failure } of rows) {
    const told = failure && { ...failedStep(failure), endedAt: new Date(failure.endedAtMs) }
    found.set(plan_key, { ...found.get(plan_key), [purpose]: { id, outcome, failure: told } })
  }
  return found
}

/** Newest first. @param where of which recipe, or at which plan. */
export async function listAttempts(
  database: FactsDatabase,
  where: { readonly recipe: string; readonly arch: string } | { readonly planKey: string },
  limit: number,
): Promise<Attempt[]> {
  const rows = await database
    .selectFrom('attempt')
    .innerJoin('plan', 'plan.key', 'attempt.plan_key')
    .select(['attempt.id', 'attempt.plan_key', 'plan.version', 'attempt.purpose', 'attempt.outcome'])
    .select(['attempt.started_at', 'attempt.duration_ms', 'plan.recipe'])
    .select(failureColumn)
    .select(sql<AttemptReport['failure'] | null>`attempt.report->'failure'`.as('known'))
    .where((is) =>
      'planKey' in where
        ? is('attempt.plan_key', '=', where.planKey)
        : is.and([is('plan.recipe', '=', where.recipe), is('plan.arch', '=', where.arch)]),
    )
    .orderBy('attempt.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    buildKey: row.plan_key,
    version: row.version,
    purpose: row.purpose satisfies AttemptPurpose,
    outcome: row.outcome,
    startedAt: row.started_at.toISOString(),
    durationMs: row.duration_ms,
    ...(row.failure === null ? { step: null, why: null } : failedStep(row.failure)),
    explanation: row.known == null ? null : explanationOf(row.known, row.recipe),
  }))
}

function explanationOf(report: NonNullable<AttemptReport['failure']>, recipe: string): FailureExplanation {
  return {
    lines: reportLines(report, recipe),
    fix: report.fix,
    enter: report.snapshot === null ? null : `millrace debug ${report.snapshot}`,
  }
}

export const NO_REPRODUCTION: Reproduction = { result: 'waiting', at: null, differences: [] }

/** What second builds of plans found, by build key; plans without one are not there. */
export async function readReproductions(
  database: FactsDatabase,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Reproduction>> {
  if (keys.length === 0) return new Map()
  const rows = await database
    .selectFrom('attempt')
    .distinctOn('plan_key')
    .select(['plan_key', 'outcome', 'started_at', 'duration_ms', 'report'])
    .where('plan_key', '=', ({ fn, val }) => fn('any', [val(keys)]))
    .where('purpose', '=', 'reproduce')
    .orderBy('plan_key')
    .orderBy('id', 'desc')
    .execute()
  return new Map(
    rows.map(({ plan_key, outcome, started_at, duration_ms, report }) => [
      plan_key,
      {
        result: outcome === 'passed' ? 'same' : 'different',
        at: new Date(started_at.getTime() + duration_ms).toISOString(),
        differences: Array.isArray(report.differences) ? report.differences : [],
      },
    ]),
  )
}

/** A second build that fails did not give the same bytes either. */
export function reproducedBy(attempts: PlanAttempts | undefined): Reproduced {
  const outcome = attempts?.reproduce?.outcome
  return outcome === undefined ? 'waiting' : outcome === 'passed' ? 'same' : 'different'
}

type FailureReport = Pick<AttemptReport, 'step' | 'why' | 'errorLine'> & { readonly endedAtMs: number }

/** Of a failed attempt, what is told in lists. */
const failureColumn = sql<FailureReport | null>`case when attempt.outcome = 'failed' then jsonb_build_object(
  'step', attempt.report->'step', 'why', attempt.report->'why', 'errorLine', attempt.report->'errorLine',
  'endedAtMs', floor(extract(epoch from attempt.started_at) * 1000) + attempt.duration_ms) end`.as('failure')

function failedStep({ step, why, errorLine }: FailureReport): FailedStep {
  const said = describeFailure({ status: 'failed', step: null, why: why ?? '', errorLine: errorLine ?? null })
  return { step: step ?? null, why: said === '' ? 'it failed, and no reason was noted' : said }
}
