// SPDX-License-Identifier: Apache-2.0
import type { Digest, ProgressState, TaskKind } from '../../base/index.ts'
import type { Failure, WorkState } from '../api.ts'
import { type NewestAttempt, newestAttempts, type PlanAttempts } from './attempts.ts'
import type { ChannelView } from './channel-view.ts'
import type { FactsContext } from './context.ts'
import type { FactsDatabase } from './database.ts'

/** A recipe of the distro, and how far its newest plan has come. */
export interface RecipeStanding {
  readonly name: string
  readonly version: string
  /** Null where it was never planned as it is now. */
  readonly plan: { readonly key: string; readonly digest: Digest } | null
  /** `done`: its packages are published; a second build may still find others. */
  readonly state: WorkState
  /** Whether edge offers the packages of its plan. */
  readonly released: boolean
  /** What failed and is not being tried again. */
  readonly failure: Failure | null
}

/** What is published, what the recipes are, and what was tried last: read together, because every answer needs all three. */
export interface Survey {
  readonly edge: ChannelView
  readonly stable: ChannelView
  /** By name, sorted. */
  readonly recipes: ReadonlyMap<string, RecipeStanding>
  /** By build key, for the recipes' plans and for what the newest packages were built from. */
  readonly attempts: ReadonlyMap<string, PlanAttempts>
}

export async function survey(f: FactsContext): Promise<Survey> {
  const [edge, stable, rows] = await Promise.all([f.channel('edge'), f.channel('stable'), readRecipes(f)])
  const published = [edge, stable].flatMap(({ newest }) => [...newest.values()])
  const keys = [...published.map(({ buildKey }) => buildKey), ...rows.map(({ key }) => key)]
  const attempts = await newestAttempts(
    f.database,
    [...new Set(keys)].filter((key) => key !== null),
  )
  const running = runningSubjects(f.running())
  const recipes = rows.map((row) => standingOf(row, attempts, edge, running))
  return { edge, stable, recipes: new Map(recipes.map((one) => [one.name, one])), attempts }
}

type RecipeRow = Awaited<ReturnType<typeof readRecipes>>[number]

/**
 * The recipes with their current plans. A run that has begun looks at its recipes anew, one after the other: until then, the newest plan of a recipe's version stands for its
 * current one, unless something kept it from being planned.
 */
function readRecipes({ database, arch }: { readonly database: FactsDatabase; readonly arch: string }) {
  return database
    .selectFrom('recipe')
    .leftJoinLateral(
      (from) =>
        from
          .selectFrom('plan')
          .select(['plan.key', 'plan.plan_digest'])
          .whereRef('plan.recipe', '=', 'recipe.name')
          .whereRef('plan.arch', '=', 'recipe.arch')
          .where((is) =>
            is.or([
              is('plan.key', '=', is.ref('recipe.plan_key')),
              is.and([
                is('recipe.plan_key', 'is', null),
                is('recipe.trouble', 'is', null),
                is('plan.version', '=', is.ref('recipe.version')),
              ]),
            ]),
          )
          .orderBy('plan.planned_at', 'desc')
          .orderBy('plan.key')
          .limit(1)
          .as('current'),
      (join) => join.onTrue(),
    )
    .select(['recipe.name', 'recipe.version', 'recipe.trouble', 'recipe.read_at as readAt'])
    .select(['current.key', 'current.plan_digest as digest'])
    .where('recipe.arch', '=', arch)
    .orderBy('recipe.name')
    .execute()
}

function standingOf(
  row: RecipeRow,
  attempts: ReadonlyMap<string, PlanAttempts>,
  edge: ChannelView,
  running: ReadonlySet<string>,
): RecipeStanding {
  const { name, version, key, digest } = row
  const plan = key === null || digest === null ? null : { key, digest }
  const tried = plan === null ? {} : (attempts.get(plan.key) ?? {})
  const released = plan !== null && edge.buildKeys.has(plan.key)
  const isRunning = running.has(`${name}-${version}`)
  const stopped = stopOf(row, tried)
  const differs = failedAs(row, 'reproduce', tried.reproduce)
  const state = isRunning ? 'running' : stopped !== null ? 'failed' : released ? 'done' : 'waiting'
  return { name, version, plan, state, released, failure: isRunning ? null : (stopped ?? differs) }
}

/** What keeps a recipe from being released: the newest of its build and its test, or what came before both. */
function stopOf(row: RecipeRow, { build, test }: PlanAttempts): Failure | null {
  const testIsNewer = test !== undefined && test.id > (build?.id ?? 0)
  const failed = testIsNewer ? failedAs(row, 'test', test) : failedAs(row, 'build', build)
  if (failed !== null || row.trouble === null) return failed
  const { name, version, key, trouble, readAt } = row
  return {
    ...{ name, version, purpose: 'build', buildKey: key, step: null, why: trouble },
    at: readAt.toISOString(),
  }
}

function failedAs(
  { name, version, key }: RecipeRow,
  purpose: Failure['purpose'],
  attempt: NewestAttempt | undefined,
): Failure | null {
  if (attempt === undefined || attempt.failure === null) return null
  const { step, why, endedAt } = attempt.failure
  return { ...{ name, version, purpose, buildKey: key, step, why: why ?? '' }, at: endedAt.toISOString() }
}

const WORK_ON_RECIPES: ReadonlySet<TaskKind> = new Set(['build', 'test', 'reproduce'])

/** Such as `zlib-1.3.1-r0`: what the factory calls a recipe's work. */
function runningSubjects({ running }: ProgressState): ReadonlySet<string> {
  return new Set(running.filter(({ kind }) => WORK_ON_RECIPES.has(kind)).map(({ subject }) => subject))
}
