// SPDX-License-Identifier: Apache-2.0
import { testPackages } from '../../check/index.ts'
import { shortKey } from '../../plan/index.ts'
import type { DistroRecipe } from '../distro.ts'
import type { Mill } from '../mill.ts'
import type { WorkingPlan, WorkingTestPlan } from '../working-plan.ts'
import { describeFailure, type StepFailure, taskOf, tellCached, tellTask } from './step.ts'
import { timeoutMsOf } from './timeout.ts'

export interface Tested {
  readonly status: 'passed'
}

/** Runs the tests of a recipe's packages, unless the same test of the same packages passed before. */
export async function testRecipe(
  { f, sources }: Mill,
  { name, expanded }: DistroRecipe,
  build: WorkingPlan,
  { plan, key, packageFiles }: WorkingTestPlan,
  signal: AbortSignal,
): Promise<Tested | StepFailure> {
  if (plan.tests.length === 0) return { status: 'passed' }
  const task = taskOf('test', expanded)
  if ((await f.ledger.passed(key, 'test')) !== undefined) {
    tellCached(f, task)
    return { status: 'passed' }
  }
  const wanted = [...expanded.tests.values()].flatMap((test) => test.sources)
  const sourceFiles = await sources.fetch(wanted, name, signal)
  return tellTask<Tested | StepFailure>(f, { ...task, planKey: build.key }, signal, async () => {
    const startedAt = new Date(f.clock.now())
    const order = { plan, task: task.task, packageFiles, sourceFiles, timeoutMs: timeoutMsOf(expanded) }
    const { status, cases, log, durationMs } = await testPackages(f, order, signal)
    const failing = cases.find(({ outcome }) => outcome === 'failed')
    const failure: StepFailure = {
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
          ? { step: failure.step, why: failure.why, errorLine: failure.errorLine }
          : {}),
      },
    })
    if (status === 'passed')
      return {
        result: { status },
        outcome: 'passed',
        summary: `${cases.length} of its packages tested`,
      }
    const summary = `${describeFailure(failure)}; millrace log ${shortKey(build.key)} shows all of it`
    return { result: failure, outcome: 'failed', summary }
  })
}
