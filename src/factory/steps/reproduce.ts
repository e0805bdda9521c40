// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'

import type { Digest } from '../../base/index.ts'
import { type BuiltApk, buildPackages, SECOND } from '../../build/index.ts'
import { comparePackages, type Difference, judgeWorkspace } from '../../check/index.ts'
import { knownTo, reportFailure, whereToLook } from '../debug/failure-report.ts'
import { buildTrails } from '../debug/trails.ts'
import type { DistroRecipe } from '../distro.ts'
import type { Mill } from '../mill.ts'
import type { Services } from '../services.ts'
import type { WorkingPlan } from '../working-plan.ts'
import { builtBefore } from './build.ts'
import { fetchBuildSources } from './build-sources.ts'
import { describeFailure, type StepFailure, taskOf, tellTask } from './step.ts'
import { timeoutMsOf } from './timeout.ts'

export interface Differing {
  readonly status: 'different'
  readonly differences: readonly Difference[]
}

/** What a second build finds. */
export type Reproduced =
  | { readonly status: 'same'; readonly packages: readonly BuiltApk[] }
  | Differing
  | StepFailure

/** Builds a plan a second time, under other circumstances, and compares; unless that was found to be the same before. */
export async function reproduceRecipe(
  mill: Mill,
  recipe: DistroRecipe,
  working: WorkingPlan,
  signal: AbortSignal,
): Promise<Reproduced> {
  const { f } = mill
  const { expanded, file } = recipe
  const { plan, key, packageFiles } = working
  const first = await builtBefore(f, key)
  if (first === undefined)
    return { status: 'failed', step: null, why: 'there is no first build to compare with', errorLine: null }
  const { packages } = first
  if ((await f.ledger.passed(key, 'reproduce')) !== undefined) return { status: 'same', packages }
  const sourceFiles = await fetchBuildSources(mill, recipe, working, signal)
  const task = taskOf('reproduce', expanded)
  return tellTask<Reproduced>(f, { ...task, planKey: key }, signal, async () => {
    const startedAt = new Date(f.clock.now())
    // One processor where the first build had all: what it took then says how long this may take.
    const timeoutMs = timeoutMsOf(expanded) * 2
    const order = {
      ...{ plan, task: task.task, variation: SECOND, packageFiles, sourceFiles, timeoutMs },
      trails: buildTrails(expanded),
      judgeLicenses: judgeWorkspace(f.licenseTexts, expanded.copyright),
      recipeFile: resolve(file),
    }
    const second = await buildPackages(f, order, signal)
    const { durationMs, log } = second
    const common = { planKey: key, workKey: key, purpose: 'reproduce', startedAt, durationMs, log } as const
    if (second.status === 'failed') {
      const { status, step, why, errorLine } = second
      const report = await reportFailure(f, plan, second, 'reproduce', knownTo(mill))
      const told = { step, why, errorLine, failure: report }
      await f.ledger.recordAttempt({ ...common, outcome: 'failed', report: told })
      const failure: StepFailure = { status, step, why, errorLine, report }
      const summary = `the second build failed: ${describeFailure(failure)}; ${whereToLook(key, report)}`
      return { result: failure, outcome: 'failed', summary }
    }
    const differences = await comparePackages(f, packages, second.packages)
    await dropSecond(f, packages, second.packages)
    if (differences.length === 0) {
      await f.ledger.recordAttempt({ ...common, outcome: 'passed', report: {} })
      return { result: { status: 'same', packages }, outcome: 'passed', summary: 'the same bytes' }
    }
    const [one] = differences
    const why = `${differences.length} file${differences.length === 1 ? ' differs' : 's differ'}, first ${one?.file} of ${one?.package}: ${one?.likelyCause}`
    await f.ledger.recordAttempt({ ...common, outcome: 'failed', report: { differences, why } })
    return { result: { status: 'different', differences }, outcome: 'failed', summary: why }
  })
}

/** The second build's packages have served. What the first has too stays. */
async function dropSecond(
  f: Pick<Services, 'store'>,
  first: readonly BuiltApk[],
  second: readonly BuiltApk[],
): Promise<void> {
  const kept = new Set<Digest>(first.flatMap(({ file, sbom }) => [file, sbom.digest]))
  const extra = second.flatMap(({ file, sbom }) => [file, sbom.digest]).filter((digest) => !kept.has(digest))
  await Promise.all([...new Set(extra)].map((digest) => f.store.remove(digest)))
}
