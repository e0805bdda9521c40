// SPDX-License-Identifier: Apache-2.0
import type { BuiltApk } from '../build/index.ts'
import { learnTrees } from '../image/index.ts'
import type { DistroRecipe } from './distro.ts'
import type { Mill } from './mill.ts'
import type { Services } from './services.ts'
import { attestPackages } from './steps/attest.ts'
import { buildRecipe, builtBefore } from './steps/build.ts'
import { type Reproduced, reproduceRecipe } from './steps/reproduce.ts'
import type { StepFailure } from './steps/step.ts'
import { testRecipe } from './steps/test.ts'
import { makePlan, makeTestPlan, type WorkingPlan } from './working-plan.ts'

export type ReleaseOutcome =
  /** To be gone on with when what its tests need is there. */
  | { readonly status: 'built'; readonly plan: WorkingPlan }
  | { readonly status: 'released'; readonly plan: WorkingPlan; readonly packages: readonly BuiltApk[] }
  | {
      readonly status: 'stopped'
      readonly at: 'build' | 'test'
      readonly plan: WorkingPlan
      readonly why: StepFailure
    }

/**
 * One recipe, from text to packages that others can install. Every step is done once: what its key says was found before is taken as it is.
 *
 * @throws MillraceError for what keeps it from being known: no source, no environment, no sandbox; CANCELLED
 */
export async function release(
  mill: Mill,
  recipe: DistroRecipe,
  signal: AbortSignal,
): Promise<ReleaseOutcome> {
  const { f, distro, released } = mill
  const plan = await makePlan(f, distro, recipe, released) // locked inputs; plan.key names the result before it exists
  await f.ledger.recordPlan(plan.key, plan.plan)
  const build = await buildRecipe(mill, recipe, plan, signal)
  if (build.status === 'failed') return { status: 'stopped', at: 'build', plan, why: build }
  if (!canTest(mill, recipe)) return { status: 'built', plan } // its tests need what was not released yet
  const tests = await makeTestPlan(f, distro, recipe, released, plan.key, build.packages)
  const test = await testRecipe(mill, recipe, plan, tests, signal)
  if (test.status === 'failed') return { status: 'stopped', at: 'test', plan, why: test }
  await attestPackages(f, recipe, plan, build) // SPDX, SLSA, signature
  await publishPackages(f, plan, build.packages, signal) // atomic: old index or new, never half
  return { status: 'released', plan, packages: build.packages }
}

/** The packages of a plan that was carried out to its end before: built, tested and offered in `edge`. */
export async function releasedBefore(
  mill: Mill,
  recipe: DistroRecipe,
  plan: WorkingPlan,
): Promise<readonly BuiltApk[] | undefined> {
  const { f, distro, released } = mill
  const build = canTest(mill, recipe) ? await builtBefore(f, plan.key) : undefined
  if (build === undefined) return undefined
  const tests = await makeTestPlan(f, distro, recipe, released, plan.key, build.packages)
  const tested = tests.plan.tests.length === 0 || (await f.ledger.passed(tests.key, 'test')) !== undefined
  if (!tested) return undefined
  const offered = new Set((await f.repository.packages('edge', plan.plan.arch)).map(({ file }) => file))
  return build.packages.every(({ file }) => offered.has(file)) ? build.packages : undefined
}

/** The second build of what was released: other path, user, host name, time, locale and number of processors; the same bytes or named differences. */
export async function reproduce(mill: Mill, recipe: DistroRecipe, signal: AbortSignal): Promise<Reproduced> {
  const plan = await makePlan(mill.f, mill.distro, recipe, mill.released)
  return reproduceRecipe(mill, recipe, plan, signal)
}

function canTest({ distro, released }: Mill, { name }: DistroRecipe): boolean {
  return [...(distro.graph.runsOn.get(name) ?? [])].every((other) => released.packagesOf(other) !== undefined)
}

/** Offers packages in `edge`, in one publication, and reads what they hold while nobody waits for it: images then are made without reading. */
async function publishPackages(
  f: Services,
  { plan, key }: WorkingPlan,
  packages: readonly BuiltApk[],
  signal: AbortSignal,
): Promise<void> {
  const apks = packages.map(({ record, file, datahash, layout }) => ({
    record,
    file,
    datahash,
    layout,
    buildKey: key,
  }))
  await f.repository.publish('edge', plan.arch, apks)
  await learnTrees(f, apks, signal)
}
