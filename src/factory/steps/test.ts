// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { formatDuration } from '../../base/index.ts'
import { type TestCase, testPackages } from '../../check/index.ts'
import { shortKey } from '../../plan/index.ts'
import { knownTo, reportFailure, whereToLook } from '../debug/failure-report.ts'
import { testTrails } from '../debug/trails.ts'
import type { DistroRecipe } from '../distro.ts'
import type { Mill } from '../mill.ts'
import type { WorkingPlan, WorkingTestPlan } from '../working-plan.ts'
import { describeFailure, type StepFailure, taskOf, tellCached, tellTask } from './step.ts'
import { timeoutMsOf } from './timeout.ts'

export interface Tested {
  readonly status: 'passed'
  /** One for each package that has a test. */
  readonly cases: readonly TestCase[]
}

/** Runs the tests of a recipe's packages, unless the same test of the same packages passed before. */
export async function testRecipe(
  mill: Mill,
  { name, expanded, file }: DistroRecipe,
  build: WorkingPlan,
  { plan, key, packageFiles }: WorkingTestPlan,
  signal: AbortSignal,
): Promise<Tested | StepFailure> {
  const { f, sources } = mill
  if (plan.tests.length === 0) return { status: 'passed', cases: [] }
  const task = taskOf('test', expanded)
  const known = await f.ledger.passed(key, 'test')
  if (known !== undefined) {
    tellCached(f, task)
    return { status: 'passed', cases: known.report.cases ?? [] }
  }
  const wanted = [...expanded.tests.values()].flatMap((test) => test.sources)
  const sourceFiles = await sources.fetch(wanted, name, signal)
  return tellTask<Tested | StepFailure>(f, { ...task, planKey: build.key }, signal, async () => {
    const startedAt = new Date(f.clock.now())
    const order = {
      ...{ plan, task: task.task, packageFiles, sourceFiles, timeoutMs: timeoutMsOf(expanded) },
      recipe: { name: expanded.name, fullVersion: expanded.fullVersion, file: resolve(file) },
      trails: testTrails(expanded),
    }
    const { status, cases, log, durationMs } = await testPackages(f, order, signal)
    const failing = cases.find(({ outcome }) => outcome === 'failed')
    const report =
      failing?.failure == null
        ? undefined
        : await reportFailure(f, build.plan, failing.failure, 'test', knownTo(mill))
    const failure: StepFailure = {
      ...(report === undefined ? {} : { report }),
      status: 'failed',
      step: failing?.step ?? null,
      why: failing === undefined ? '' : `the test of ${failing.package} ${failing.why ?? 'failed'}`,
      errorLine: failing?.errorLine ?? null,
    }
    await f.ledger.recordAttempt({
      planKey: build.key,
      workKey: key,
      purpose: 'test',
      outcome: status,
      startedAt,
      durationMs,
      log,
      report: {
        cases,
        ...(status === 'failed'
          ? {
              ...{ step: failure.step, why: failure.why, errorLine: failure.errorLine },
              ...(report === undefined ? {} : { failure: report }),
            }
          : {}),
      },
    })
    if (status === 'passed')
      return {
        result: { status, cases },
        outcome: 'passed',
        summary: describeCases(cases),
      }
    const where =
      report === undefined
        ? `millrace log ${shortKey(build.key)} shows all of it`
        : whereToLook(build.key, report)
    return { result: failure, outcome: 'failed', summary: `${describeFailure(failure)}; ${where}` }
  })
}

/** Which tests ran, how each ended, and how long it took: `zlib passed in 1.2 s, zlib-dev passed in 0.4 s`. */
function describeCases(cases: readonly TestCase[]): string {
  return cases.map((one) => `${one.package} ${one.outcome} in ${formatDuration(one.durationMs)}`).join(', ')
}
