// SPDX-License-Identifier: Apache-2.0
import type { Selectable } from 'kysely'
import type { Clock, Digest } from '../base/index.ts'
import { type BuildKey, type BuildPlan, formatPlan } from '../plan/index.ts'
import type { BlobStore, Database } from '../store/index.ts'
import {
  type AttemptReport,
  type DocumentKind,
  type LedgerTables,
  type Purpose,
  withLedgerTables,
} from './tables.ts'

/** One try at a plan. `workKey` is the build key for builds and reproductions, the test plan's key for tests. */
export interface Attempt {
  readonly id: number
  readonly planKey: string
  readonly purpose: Purpose
  readonly workKey: string
  readonly outcome: 'passed' | 'failed'
  readonly startedAt: Date
  readonly durationMs: number
  readonly log: Digest
  readonly report: AttemptReport
}

/** A plan that was made; its text is the blob `digest`. */
export interface PlanEntry {
  readonly key: string
  readonly recipe: string
  readonly version: string
  readonly digest: Digest
  readonly plannedAt: Date
}

export interface StoredDocument {
  readonly kind: DocumentKind
  readonly digest: Digest
  readonly mediaType: string
  readonly sizeBytes: number
}

/** A recipe as it was last read; `planKey` is null as long as its inputs are not there, `trouble` says what keeps it from going on. */
export interface RecipeEntry {
  readonly name: string
  readonly version: string
  readonly file: string
  readonly planKey: string | null
  readonly trouble: string | null
}

/** What was planned, tried and found. An attempt is forgotten when what it made is gone from the store; a recipe's row is its newest state. */
export interface Ledger {
  /** Keeps a plan; the same plan again changes nothing. */
  recordPlan(key: BuildKey, plan: BuildPlan): Promise<void>
  recordAttempt(attempt: Omit<Attempt, 'id'>): Promise<void>
  /** The attempt that succeeded, when one did. */
  passed(workKey: string, purpose: Purpose): Promise<Attempt | undefined>
  /** The newest attempt that failed. */
  failed(workKey: string, purpose: Purpose): Promise<Attempt | undefined>
  /** The newest attempt at any plan of a recipe that succeeded, and the plan. */
  lastPassed(
    recipe: string,
    purpose: Purpose,
  ): Promise<{ readonly plan: PlanEntry; readonly startedAt: Date } | undefined>
  /** One attempt by its number. */
  attempt(id: number): Promise<Attempt | undefined>
  /** Forgets a success whose results are no longer in the store, so that it is made again. */
  forget(workKey: string, purpose: Purpose): Promise<void>
  /** Plans of a recipe, newest first. */
  plansOf(recipe: string): Promise<PlanEntry[]>
  /** Plans whose key begins with these hexadecimal digits. */
  findPlans(prefix: string): Promise<PlanEntry[]>
  /** Every attempt at a plan, newest first. */
  attemptsOf(planKey: string): Promise<Attempt[]>
  recordDocuments(subject: Digest, documents: readonly StoredDocument[]): Promise<void>
  documents(subject: Digest): Promise<StoredDocument[]>
  recordRecipe(entry: RecipeEntry): Promise<void>
  /** Recipes that the distro no longer has are taken off the list; what they made stays. */
  keepRecipes(names: readonly string[]): Promise<void>
  recipes(): Promise<RecipeEntry[]>
  /** The last measured times of successful work, in milliseconds, by recipe. */
  durations(): Promise<
    ReadonlyMap<string, { readonly build: number | null; readonly reproduce: number | null }>
  >
}

export function openLedger(
  f: { readonly database: Database; readonly store: BlobStore; readonly clock: Clock },
  arch: string,
): Ledger {
  const database = withLedgerTables(f.database)
  const newest = async (workKey: string, purpose: Purpose, outcome: 'passed' | 'failed') => {
    const row = await database
      .selectFrom('attempt')
      .selectAll()
      .where('work_key', '=', workKey)
      .where('purpose', '=', purpose)
      .where('outcome', '=', outcome)
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst()
    return row === undefined ? undefined : attemptOf(row)
  }
  return {
    recordPlan: async (key, plan) => {
      const { digest } = await f.store.putBytes(formatPlan(plan))
      await database
        .insertInto('plan')
        .values({
          key,
          recipe: plan.recipe.name,
          version: plan.recipe.fullVersion,
          arch: plan.arch,
          plan_digest: digest,
          seed_packages: plan.environment.filter(({ from }) => from === 'seed').length,
          planned_at: new Date(f.clock.now()),
        })
        .onConflict((conflict) => conflict.column('key').doNothing())
        .execute()
    },
    recordAttempt: async ({ planKey, purpose, workKey, outcome, startedAt, durationMs, log, report }) => {
      await database
        .insertInto('attempt')
        .values({
          plan_key: planKey,
          purpose,
          work_key: workKey,
          outcome,
          started_at: startedAt,
          duration_ms: Math.round(durationMs),
          log_digest: log,
          report: JSON.stringify(report),
        })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
    },
    passed: (workKey, purpose) => newest(workKey, purpose, 'passed'),
    failed: (workKey, purpose) => newest(workKey, purpose, 'failed'),
    lastPassed: async (recipe, purpose) => {
      const row = await database
        .selectFrom('attempt')
        .innerJoin('plan', 'plan.key', 'attempt.plan_key')
        .selectAll('plan')
        .select('attempt.started_at')
        .where('plan.recipe', '=', recipe)
        .where('plan.arch', '=', arch)
        .where('attempt.purpose', '=', purpose)
        .where('attempt.outcome', '=', 'passed')
        .orderBy('attempt.id', 'desc')
        .limit(1)
        .executeTakeFirst()
      return row === undefined ? undefined : { plan: planEntryOf(row), startedAt: row.started_at }
    },
    attempt: async (id) => {
      const row = await database.selectFrom('attempt').selectAll().where('id', '=', id).executeTakeFirst()
      return row === undefined ? undefined : attemptOf(row)
    },
    forget: async (workKey, purpose) => {
      await database
        .deleteFrom('attempt')
        .where('work_key', '=', workKey)
        .where('purpose', '=', purpose)
        .where('outcome', '=', 'passed')
        .execute()
    },
    plansOf: async (recipe) => {
      const rows = await database
        .selectFrom('plan')
        .selectAll()
        .where('recipe', '=', recipe)
        .where('arch', '=', arch)
        .orderBy('planned_at', 'desc')
        .execute()
      return rows.map(planEntryOf)
    },
    findPlans: async (prefix) => {
      const form = `sha256:${prefix.replace(/^sha256:/, '')}%`
      const rows = await database
        .selectFrom('plan')
        .selectAll()
        .where('key', 'like', form)
        .orderBy('key')
        .limit(10)
        .execute()
      return rows.map(planEntryOf)
    },
    attemptsOf: async (planKey) => {
      const rows = await database
        .selectFrom('attempt')
        .selectAll()
        .where('plan_key', '=', planKey)
        .orderBy('id', 'desc')
        .execute()
      return rows.map(attemptOf)
    },
    recordDocuments: async (subject, documents) => {
      if (documents.length === 0) return
      await database
        .insertInto('document')
        .values(
          documents.map(({ kind, digest, mediaType, sizeBytes }) => ({
            subject,
            kind,
            digest,
            media_type: mediaType,
            size_bytes: sizeBytes,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['subject', 'kind']).doUpdateSet(({ ref }) => ({
            digest: ref('excluded.digest'),
            media_type: ref('excluded.media_type'),
            size_bytes: ref('excluded.size_bytes'),
          })),
        )
        .execute()
    },
    documents: async (subject) => {
      const rows = await database.selectFrom('document').selectAll().where('subject', '=', subject).execute()
      return rows.map(({ kind, digest, media_type, size_bytes }) => ({
        kind,
        digest,
        mediaType: media_type,
        sizeBytes: Number(size_bytes),
      }))
    },
    recordRecipe: async ({ name, version, file, planKey, trouble }) => {
      const values = { version, file, plan_key: planKey, trouble, read_at: new Date(f.clock.now()) }
      await database
        .insertInto('recipe')
        .values({ name, arch, ...values })
        .onConflict((conflict) => conflict.columns(['name', 'arch']).doUpdateSet(values))
        .execute()
    },
    keepRecipes: async (names) => {
      await database
        .deleteFrom('recipe')
        .where('arch', '=', arch)
        .where('name', 'not in', names.length === 0 ? [''] : [...names])
        .execute()
    },
    recipes: async () => {
      const rows = await database
        .selectFrom('recipe')
        .selectAll()
        .where('arch', '=', arch)
        .orderBy('name')
        .execute()
      return rows.map(({ name, version, file, plan_key, trouble }) => ({
        name,
        version,
        file,
        planKey: plan_key,
        trouble,
      }))
    },
    durations: async () => {
      const rows = await database
        .selectFrom('attempt')
        .innerJoin('plan', 'plan.key', 'attempt.plan_key')
        .distinctOn(['plan.recipe', 'attempt.purpose'])
        .select(['plan.recipe', 'attempt.purpose', 'attempt.duration_ms'])
        .where('attempt.outcome', '=', 'passed')
        .where('plan.arch', '=', arch)
        .orderBy('plan.recipe')
        .orderBy('attempt.purpose')
        .orderBy('attempt.id', 'desc')
        .execute()
      const found = new Map<string, { build: number | null; reproduce: number | null }>()
      for (const { recipe, purpose, duration_ms } of rows) {
        const known = found.get(recipe) ?? { build: null, reproduce: null }
        if (purpose !== 'test') known[purpose] = duration_ms
        found.set(recipe, known)
      }
      return found
    },
  }
}

function planEntryOf(row: Selectable<LedgerTables['plan']>): PlanEntry {
  const { key, recipe, version, plan_digest, planned_at } = row
  return { key, recipe, version, digest: plan_digest, plannedAt: planned_at }
}

function attemptOf(row: Selectable<LedgerTables['attempt']>): Attempt {
  return {
    id: Number(row.id),
    planKey: row.plan_key,
    purpose: row.purpose,
    workKey: row.work_key,
    outcome: row.outcome,
    startedAt: row.started_at,
    durationMs: row.duration_ms,
    log: row.log_digest,
    report: row.report,
  }
}
