// SPDX-License-Identifier: Apache-2.0
import PQueue from 'p-queue'
import { isMillraceError, type MillraceError } from '../base/index.ts'
import { type AvailableApk, shortKey } from '../plan/index.ts'
import type { Distro, DistroRecipe } from './distro.ts'
import type { Services } from './services.ts'
import { buildRecipe } from './steps/build.ts'
import { reproduceRecipe } from './steps/reproduce.ts'
import { describeFailure } from './steps/step.ts'
import { testRecipe } from './steps/test.ts'
import { releaseNeedsOf, type Target } from './target.ts'
import { makePlan, makeTestPlan } from './working-plan.ts'

/** How far a recipe comes. */
export type TrialOutcome =
  | {
      readonly status: 'passed'
      readonly packages: number
      /** Packages that have tests. */
      readonly tested: number
      readonly buildMs: number
    }
  | {
      readonly status: 'failed'
      /** What did not succeed; `prepare` is all that comes before the build: sources, environment, what it needs. */
      readonly at: 'prepare' | 'build' | 'test' | 'reproduce'
      /** Half a sentence. */
      readonly why: string
      /** Short build key, for `millrace log`; null when it was not planned. */
      readonly build: string | null
    }

/** A recipe and the distro that it is read with. */
export interface TrialTarget {
  readonly distro: Distro
  readonly recipe: DistroRecipe
}

export interface Trials {
  /**
   * Builds somebody's recipe as it is, tests it and builds it a second time; nothing of it is published. What was done before for the same plan is not done again.
   *
   * @throws MillraceError CANCELLED, DISK_FULL, and what is no MillraceError; other errors are its outcome
   */
  try(target: TrialTarget, signal: AbortSignal): Promise<TrialOutcome>
}

/** Trials on one seed; several may run at once. */
export function openTrials(f: Services, seed: readonly AvailableApk[]): Trials {
  // What one needs another may need too, and nothing is to be built twice at once.
  const oneByOne = new PQueue({ concurrency: 1 })
  return {
    try: (target, signal) =>
      tryRecipe(f, () => oneByOne.add(() => releaseNeedsOf(f, target, seed, signal)), signal),
  }
}

async function tryRecipe(
  f: Services,
  releaseNeeds: () => Promise<Target>,
  signal: AbortSignal,
): Promise<TrialOutcome> {
  let at: Extract<TrialOutcome, { status: 'failed' }>['at'] = 'prepare'
  let build: string | null = null
  const failed = (why: string): TrialOutcome => ({ status: 'failed', at, why, build })
  try {
    const { mill, recipe } = await releaseNeeds()
    const plan = await makePlan(f, mill.distro, recipe, mill.released)
    await f.ledger.recordPlan(plan.key, plan.plan)
    build = shortKey(plan.key)
    const built = await buildRecipe(mill, recipe, plan, signal)
    if (built.status === 'failed') {
      at = 'build'
      return failed(describeFailure(built))
    }
    at = 'test'
    const tests = await makeTestPlan(f, mill.distro, recipe, mill.released, plan.key, built.packages)
    const tested = await testRecipe(mill, recipe, plan, tests, signal)
    if (tested.status === 'failed') return failed(describeFailure(tested))
    at = 'reproduce'
    const second = await reproduceRecipe(mill, recipe, plan, signal)
    if (second.status === 'failed') return failed(describeFailure(second))
    if (second.status === 'different') {
      const [first] = second.differences
      return failed(`${first?.file} of ${first?.package} differs: ${first?.likelyCause}`)
    }
    const { durationMs } = built.attempt
    return {
      status: 'passed',
      packages: built.packages.length,
      tested: tests.plan.tests.length,
      buildMs: durationMs,
    }
  } catch (error) {
    if (!isMillraceError(error) || signal.aborted || error.code === 'DISK_FULL') throw error
    return failed(whyOf(error))
  }
}

function whyOf({ what, why }: MillraceError): string {
  return `${what}: ${why}`
}
