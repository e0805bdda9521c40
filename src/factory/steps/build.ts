// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { formatBytes, formatCount } from '../../base/index.ts'
import { type BuiltApk, buildPackages, FIRST } from '../../build/index.ts'
import { judgeWorkspace } from '../../check/index.ts'
import { knownTo, reportFailure, whereToLook } from '../debug/failure-report.ts'
import { buildTrails } from '../debug/trails.ts'
import type { DistroRecipe } from '../distro.ts'
import type { Attempt } from '../ledger.ts'
import type { Mill } from '../mill.ts'
import type { Services } from '../services.ts'
import type { WorkingPlan } from '../working-plan.ts'
import { fetchBuildSources } from './build-sources.ts'
import { judgeByLints } from './lint.ts'
import { describeFailure, type StepFailure, taskOf, tellCached, tellTask } from './step.ts'
import { timeoutMsOf } from './timeout.ts'

export interface Built {
  readonly status: 'built'
  readonly packages: readonly BuiltApk[]
  readonly attempt: Omit<Attempt, 'id'>
}

/** Builds a plan, unless its packages are there already. */
export async function buildRecipe(
  mill: Mill,
  recipe: DistroRecipe,
  working: WorkingPlan,
  signal: AbortSignal,
): Promise<Built | StepFailure> {
  const { f } = mill
  const { expanded, file } = recipe
  const { plan, key, packageFiles, lock } = working
  const task = taskOf('build', expanded)
  // A lock is held to before anything is taken as it is, too.
  const locked = lock && (await fetchBuildSources(mill, recipe, working, signal))
  const known = await builtBefore(f, key)
  if (known !== undefined) {
    tellCached(f, task)
    return known
  }
  const sourceFiles = locked ?? (await fetchBuildSources(mill, recipe, working, signal))
  return tellTask<Built | StepFailure>(f, { ...task, planKey: key }, signal, async () => {
    const startedAt = new Date(f.clock.now())
    const order = {
      plan,
      task: task.task,
      variation: FIRST,
      packageFiles,
      sourceFiles,
      timeoutMs: timeoutMsOf(expanded),
      trails: buildTrails(expanded),
      judgeLicenses: judgeWorkspace(f.licenseTexts, expanded.copyright),
      judgePackages: judgeByLints(f, expanded),
      recipeFile: resolve(file),
    }
    const outcome = await buildPackages(f, order, signal)
    const { durationMs, log } = outcome
    const common = { planKey: key, workKey: key, purpose: 'build', startedAt, durationMs, log } as const
    if (outcome.status === 'failed') {
      const { status, step, why, errorLine } = outcome
      const report = await reportFailure(f, plan, outcome, 'build', knownTo(mill))
      const told = { step, why, errorLine, failure: report }
      await f.ledger.recordAttempt({ ...common, outcome: 'failed', report: told })
      const failure: StepFailure = { status, step, why, errorLine, report }
      const summary = `${describeFailure(failure)}; ${whereToLook(key, report)}`
      return { result: failure, outcome: 'failed', summary }
    }
    const { packages } = outcome
    const attempt = { ...common, outcome: 'passed', report: { packages } } as const
    await f.ledger.recordAttempt(attempt)
    const bytes = packages.reduce((sum, { record }) => sum + record.sizeBytes, 0)
    const summary = `${formatCount(packages.length, 'package')}, ${formatBytes(bytes)}`
    return { result: { status: 'built', packages, attempt }, outcome: 'passed', summary }
  })
}

/** What an earlier attempt made, as long as the store still has all of it. */
export async function builtBefore(
  f: {
    readonly ledger: Pick<Services['ledger'], 'passed' | 'forget'>
    readonly store: Pick<Services['store'], 'has'>
  },
  key: string,
): Promise<Built | undefined> {
  const attempt = await f.ledger.passed(key, 'build')
  if (attempt === undefined) return undefined
  const packages = attempt.report.packages ?? []
  const made = packages.flatMap(({ file, sbom }) => [file, sbom.digest])
  const there = await Promise.all(made.map((digest) => f.store.has(digest)))
  if (there.every(Boolean)) return { status: 'built', packages, attempt }
  await f.ledger.forget(key, 'build')
  return undefined
}
