// SPDX-License-Identifier: Apache-2.0
import { type Digest, namingFullDisk } from '../base/index.ts'
import {
  type BuildLog,
  CLASS_FIXES,
  type FailedWork,
  type Failure,
  FIRST,
  failureOf,
  keepFailed,
  openBuildLog,
  openWorkplace,
  type PlannedBytes,
  runScripts,
  type StepTrail,
  throwIfCancelled,
  type Variation,
  type WorkplaceOptions,
  type WorkServices,
} from '../build/index.ts'
import { type PlannedTest, shortKey, type TestPlan } from '../plan/index.ts'

export interface TestOrder extends PlannedBytes {
  readonly plan: TestPlan
  /** Under which name its steps are told. */
  readonly task: string
  readonly recipe: FailedWork['recipe']
  /** For each package's test. */
  readonly timeoutMs: number
  /** Where each script of a package's test stands, by package. */
  readonly trails?: ReadonlyMap<string, readonly StepTrail[]>
}

/** What the test of one package came to. */
export interface TestCase {
  readonly package: string
  readonly outcome: 'passed' | 'failed'
  readonly durationMs: number
  /** The step that failed. */
  readonly step: string | null
  readonly why: string | null
  readonly fix: string | null
  readonly errorLine: string | null
  /** All that is known of why it failed. */
  readonly failure: Failure | null
}

export interface TestOutcome {
  readonly status: 'passed' | 'failed'
  readonly cases: readonly TestCase[]
  readonly log: Digest
  readonly durationMs: number
}

/**
 * Runs a recipe's tests, each in a fresh environment that holds the package, what it needs at run time, and what the test asks for. All are run, whichever fails.
 *
 * @throws MillraceError when it cannot be known whether they pass: PLAN_INVALID, BLOB_MISSING, BLOB_CORRUPT, SANDBOX_FAILED, DISK_FULL, CANCELLED
 */
export async function testPackages(
  f: WorkServices,
  order: TestOrder,
  signal: AbortSignal,
): Promise<TestOutcome> {
  const startedMs = performance.now()
  const { tests, build } = order.plan
  const log = openBuildLog(f.store)
  try {
    log.note(`testing build ${shortKey(build)} at ${new Date(f.clock.now()).toISOString()}`)
    const cases: TestCase[] = []
    const steps = tests.reduce((sum, { scripts }) => sum + scripts.length, 0)
    let before = 0
    for (const test of tests) {
      throwIfCancelled(signal, `testing ${test.package}`)
      cases.push(await testPackage(f, order, { test, before, steps, log }, signal))
      before += test.scripts.length
    }
    const status = cases.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'failed'
    return { status, cases, log: await log.finish(), durationMs: Math.round(performance.now() - startedMs) }
  } catch (error) {
    await log.discard()
    throw error
  }
}

interface TestRun {
  readonly test: PlannedTest
  readonly before: number
  readonly steps: number
  readonly log: BuildLog
}

async function testPackage(
  f: WorkServices,
  order: TestOrder,
  run: TestRun,
  signal: AbortSignal,
): Promise<TestCase> {
  const startedMs = performance.now()
  const { test, log } = run
  log.note(`testing ${test.package} in an environment of ${test.environment.length} packages`)
  const what = `testing ${test.package} in ${f.sandboxDirectory}`
  const failure =
    refusal(test) ?? (await namingFullDisk(what, () => runTest(f, order, run, startedMs, signal)))
  const outcome = failure === null ? 'passed' : 'failed'
  log.note(`the test of ${test.package} ${failure === null ? 'passed' : `failed: ${failure.why}`}`)
  return {
    package: test.package,
    outcome,
    durationMs: Math.round(performance.now() - startedMs),
    ...{ step: failure?.step ?? null, why: failure?.why ?? null, fix: failure?.fix ?? null },
    ...{ errorLine: failure?.errorLine ?? null, failure },
  }
}

async function runTest(
  f: WorkServices,
  { plan, task, recipe, timeoutMs, packageFiles, sourceFiles, trails }: TestOrder,
  { test, before, steps, log }: TestRun,
  startedMs: number,
  signal: AbortSignal,
): Promise<Failure | null> {
  const variation = runAs(test.runAs) ?? FIRST
  const options: WorkplaceOptions = {
    name: `test-${test.package}`,
    ...{ environment: test.environment, variables: test.variables, sources: test.sources, files: plan.files },
    ...{ packageFiles, sourceFiles, variation, directories: [], limits: {}, signal },
  }
  await using place = await openWorkplace(f, options)
  const scripts = test.scripts.map((one) => ({ ...one, label: `${test.package}: ${one.label || 'step'}` }))
  const deadlineMs = startedMs + timeoutMs
  const run = { scripts, trails: trails?.get(test.package) ?? [], task, before, steps, variation, log }
  const failure = await runScripts(f, place.sandbox, { ...run, deadlineMs }, signal)
  if (failure === null) return null
  const work = { task, recipe, scripts, timeoutMs, planKey: plan.build, testOf: test.package }
  return await keepFailed(f, place, options, work, asTestFailure(failure), log)
}

/** What fails without a known cause fails as a test does. */
function asTestFailure(failure: Failure): Failure {
  if (failure.class !== 'compile' && failure.class !== 'recipe') return failure
  return { ...failure, class: 'test', fix: CLASS_FIXES.test }
}

function refusal({ runAs: user, sources }: PlannedTest): Failure | null {
  const git = sources.find(({ kind }) => kind === 'git')
  if (git !== undefined)
    return refused(
      `git sources are not supported yet, and its test takes ${git.uri} by git-checkout`,
      'let the test fetch a tarball of the same commit, with its digest',
    )
  if (runAs(user) !== undefined) return null
  return refused(`nobody is called ${user} there`, 'name root, build or a number under run-as')
}

function refused(why: string, fix: string): Failure {
  return failureOf(why, fix)
}

/** A test runs as the user that builds, unless it asks for another. Undefined for a name that nobody has. */
function runAs(user: string): Variation | undefined {
  const { uid } = FIRST.identity
  const wanted = user === '' || user === 'build' ? uid : user === 'root' ? 0 : Number(user)
  if (!Number.isInteger(wanted) || wanted < 0 || wanted > 65_533) return undefined
  return { ...FIRST, identity: { ...FIRST.identity, uid: wanted, gid: wanted } }
}
