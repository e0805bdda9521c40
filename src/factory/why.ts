// SPDX-License-Identifier: Apache-2.0
import { type Digest, MillraceError, nearestName } from '../base/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { Ledger, PlanEntry } from './ledger.ts'

/** Why there is a plan: what differs from the one before. */
export interface Explanation {
  readonly plan: PlanEntry
  readonly before: PlanEntry | null
  /** One line a difference; empty when there was no plan before. */
  readonly changes: readonly string[]
  /** What keeps the recipe from going on. */
  readonly trouble: string | null
}

/**
 * Explains a build: by recipe its newest plan, or by the first digits of a build key.
 *
 * @throws MillraceError NOT_FOUND
 */
export async function explain(
  f: { readonly ledger: Ledger; readonly store: BlobStore },
  named: string,
): Promise<Explanation> {
  const plan = await findPlan(f, named)
  const plans = await f.ledger.plansOf(plan.recipe)
  const before = plans.find(({ plannedAt, key }) => plannedAt < plan.plannedAt && key !== plan.key) ?? null
  const recipe = (await f.ledger.recipes()).find(({ name }) => name === plan.recipe)
  const changes =
    before === null ? [] : differencesOf(await readPlan(f.store, before), await readPlan(f.store, plan))
  return { plan, before, changes, trouble: recipe?.trouble ?? null }
}

/** The plan that a recipe's name or the first digits of a build key mean. @throws MillraceError NOT_FOUND, USAGE */
export async function findPlan({ ledger }: { readonly ledger: Ledger }, named: string): Promise<PlanEntry> {
  const recipes = await ledger.recipes()
  const current = recipes.find(({ name }) => name === named)
  const plans = await ledger.plansOf(named)
  const byName = plans.find(({ key }) => key === current?.planKey) ?? plans[0]
  if (byName !== undefined) return byName
  const digits = named.replace(/^sha256:/, '')
  const byKey = /^[0-9a-f]{6,64}$/.test(digits) ? await ledger.findPlans(digits) : []
  if (byKey.length > 1)
    throw new MillraceError('USAGE', {
      what: `looking for the build ${named}`,
      why: `${byKey.length} builds begin with these digits`,
      fix: 'give more digits of the build key',
    })
  const [one] = byKey
  if (one !== undefined) return one
  if (current?.trouble) throw unplanned(named, current.trouble)
  const near = nearestName(
    named,
    recipes.map(({ name }) => name),
  )
  throw new MillraceError('NOT_FOUND', {
    what: `looking for the build ${named}`,
    why: `no recipe of that name was ever planned, and no build key begins so${near === undefined ? '' : `; the nearest name is ${near}`}`,
    fix: 'millrace status lists what there is',
  })
}

function unplanned(name: string, trouble: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `looking for a build of ${name}`,
    why: `it was never planned: ${trouble}`,
    fix: 'mend that, then start the factory again',
  })
}

/** The plan of an entry, as it was recorded. @throws MillraceError BLOB_MISSING, BLOB_CORRUPT */
export async function readPlan(store: BlobStore, { digest }: PlanEntry): Promise<BuildPlan> {
  const chunks: Uint8Array[] = []
  for await (const chunk of store.read(digest)) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString('utf8')) as BuildPlan
}

/** What of a plan's inputs differs, in words. */
export function differencesOf(a: BuildPlan, b: BuildPlan): string[] {
  const changed = (what: string, x: unknown, y: unknown) =>
    JSON.stringify(x) === JSON.stringify(y) ? [] : [`${what} ${JSON.stringify(x)} → ${JSON.stringify(y)}`]
  const scripts = (plan: BuildPlan) => plan.packages.map((one) => [one.name, one.scripts] as const)
  const facts = (plan: BuildPlan) => plan.packages.map(({ scripts: _, ...rest }) => rest)
  return [
    ...changed('version', a.recipe.fullVersion, b.recipe.fullVersion),
    ...changed('builder', a.builder.version, b.builder.version),
    ...changed('source date', a.sourceDateEpoch, b.sourceDateEpoch),
    ...changed('licence', a.license, b.license),
    ...pairs(
      'source',
      a.sources.map(({ place, uri }) => [place, uri]),
      b.sources.map(({ place, uri }) => [place, uri]),
    ),
    ...pairs('file', filePairs(a), filePairs(b)),
    ...pairs('environment', environmentPairs(a), environmentPairs(b)),
    ...pairs('variable', Object.entries(a.variables), Object.entries(b.variables)),
    ...(JSON.stringify(scripts(a)) === JSON.stringify(scripts(b)) ? [] : ['the steps of the recipe changed']),
    ...(JSON.stringify(facts(a)) === JSON.stringify(facts(b))
      ? []
      : ['what the recipe says of its packages changed']),
  ]
}

const filePairs = ({ files }: BuildPlan) =>
  files.map(({ path, digest }) => [path, digest] as [string, Digest])

const environmentPairs = ({ environment }: BuildPlan) =>
  environment.map(({ name, version, datahash, from }): [string, string] => [
    `package ${name}`,
    `${version} (${from}, ${datahash.slice(7, 19)})`,
  ])

function pairs(
  kind: string,
  a: readonly (readonly [string, string])[],
  b: readonly (readonly [string, string])[],
): string[] {
  const [before, after] = [new Map(a), new Map(b)]
  const names = [...new Set([...before.keys(), ...after.keys()])].sort()
  return names.flatMap((name) => {
    const [x, y] = [before.get(name), after.get(name)]
    if (x === y) return []
    if (x === undefined) return [`${kind} ${name} is new: ${y}`]
    return y === undefined ? [`${kind} ${name} is gone: ${x}`] : [`${kind} ${name}: ${x} → ${y}`]
  })
}
