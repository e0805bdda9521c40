// SPDX-License-Identifier: Apache-2.0
import { isMillraceError, namingFullDisk } from '../base/index.ts'
import { buildKey, type PlannedOutput, shortKey } from '../plan/index.ts'
import { OUTPUT, WORKSPACE } from '../recipe/index.ts'
import type { Sandbox } from '../sandbox/index.ts'
import { type BuildLog, openBuildLog } from './build-log.ts'
import { withCapabilities } from './capabilities.ts'
import { keepFailed } from './failure/keep-failed.ts'
import {
  type BuildOrder,
  type BuildOutcome,
  type BuildServices,
  type BuiltApk,
  type Failure,
  failureOf,
} from './order.ts'
import { type OutputEntry, readOutput, strayOutputs } from './output.ts'
import { packApk } from './pack.ts'
import { runScripts, throwIfCancelled } from './run-scripts.ts'
import { sbomOf } from './sbom.ts'
import { scanPackages } from './scan/scan.ts'
import { openWorkplace, type Workplace, type WorkplaceOptions } from './workplace.ts'

type Made = { readonly status: 'built'; readonly packages: readonly BuiltApk[] }
type NotMade = { readonly status: 'failed' } & Failure

/**
 * Executes a build plan: runs its steps in a sealed sandbox, and packs what they leave, package by package, as signed apks of the store. A plan that is built again, and any
 * variation of it, should give the same bytes. Files of the sandbox are gone when it returns or throws.
 *
 * @returns a failed build as a value
 * @throws MillraceError when it cannot be known whether the plan builds: PLAN_INVALID, BLOB_MISSING, BLOB_CORRUPT, SANDBOX_FAILED, DISK_FULL, CANCELLED
 */
export async function buildPackages(
  f: BuildServices,
  order: BuildOrder,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const startedMs = performance.now()
  throwIfCancelled(signal, `building ${stemOf(order)}`)
  const log = openBuildLog(f.store)
  try {
    log.note(`building ${stemOf(order)} at ${new Date(f.clock.now()).toISOString()}: ${describe(order)}`)
    const what = `building ${stemOf(order)} in ${f.sandboxDirectory}`
    const made = await namingFullDisk(what, () => build(f, order, log, startedMs, signal))
    const durationMs = Math.round(performance.now() - startedMs)
    log.note(ending(made))
    return { ...made, log: await log.finish(), durationMs }
  } catch (error) {
    await log.discard()
    throw error
  }
}

async function build(
  f: BuildServices,
  order: BuildOrder,
  log: BuildLog,
  startedMs: number,
  signal: AbortSignal,
): Promise<Made | NotMade> {
  const { plan, variation } = order
  const options: WorkplaceOptions = {
    ...{ name: `build-${shortKey(buildKey(plan))}`, environment: plan.environment, sources: plan.sources },
    ...{ files: plan.files, packageFiles: order.packageFiles, sourceFiles: order.sourceFiles },
    variables: { SOURCE_DATE_EPOCH: String(plan.sourceDateEpoch), ...plan.variables },
    variation,
    directories: [`${OUTPUT.slice(WORKSPACE.length + 1)}/${plan.packages[0]?.name ?? plan.recipe.name}`],
    limits: order.limits ?? {},
    signal,
  }
  await using place = await openWorkplace(f, options)
  const scripts = plan.packages.flatMap(labelledScripts)
  const { task, timeoutMs, trails = [] } = order
  const run = { scripts, trails, task, before: 0, steps: scripts.length, variation, log }
  const deadlineMs = startedMs + timeoutMs
  const failure = await runScripts(f, place.sandbox, { ...run, deadlineMs }, signal)
  await place.sandbox.close()
  const packed: Made | NotMade =
    failure === null ? await packOutputs(f, order, place, log, signal) : { status: 'failed', ...failure }
  const made = packed.status === 'built' ? await judge(order, packed, log) : packed
  if (made.status === 'built') return made
  const { name, fullVersion } = plan.recipe
  const work = {
    task,
    scripts,
    timeoutMs,
    recipe: { name, fullVersion, file: order.recipeFile ?? null },
    planKey: buildKey(plan),
    testOf: null,
  }
  const { status, ...why } = made
  return { status, ...(await keepFailed(f, place, options, work, why, log)) }
}

/** Steps of a subpackage are told with its name. */
function labelledScripts({ name, isMain, scripts }: PlannedOutput) {
  return scripts.map((one) => (isMain ? one : { ...one, label: `${name}: ${one.label || 'step'}` }))
}

async function packOutputs(
  f: BuildServices,
  order: BuildOrder,
  { sandbox, directory }: Workplace,
  log: BuildLog,
  signal: AbortSignal,
): Promise<Made | NotMade> {
  const { plan, variation } = order
  try {
    const outputs = await readOutputs(sandbox, plan.packages, variation)
    const names = plan.packages.map(({ name }) => name)
    for (const name of await strayOutputs(sandbox, names, variation))
      log.note(`melange-out/${name} is left behind: no package has this name`)
    const trees = outputs.map(({ output, entries }) => ({ package: output.name, entries }))
    const relations = await scanPackages(
      f,
      plan.packages,
      trees,
      plan.recipe.fullVersion,
      plan.documentationReaders,
    )
    const licenseConcluded = await concludeLicense(order, sandbox, log)
    const packages: BuiltApk[] = []
    for (const [index, { output, entries }] of outputs.entries()) {
      throwIfCancelled(signal, `packing ${output.name}`)
      const found = relations[index] ?? { depends: [], provides: [], vendored: [] }
      const sbom = sbomOf(plan, output, licenseConcluded)
      packages.push(await packApk(f, { plan, output, entries, relations: found, sbom, directory }))
    }
    return { status: 'built', packages }
  } catch (error) {
    // What a build left is its own doing: it failed.
    if (!isMillraceError(error)) throw error
    if (!['OUTPUT_HOSTILE', 'APK_INVALID', 'BUILD_FAILED'].includes(error.code)) throw error
    const { what, why, fix } = error
    return { status: 'failed', ...failureOf(`${what}: ${why}`, fix) }
  }
}

/** @returns the license that is beyond doubt; null for an open question */
async function concludeLicense(
  { judgeLicenses, variation }: BuildOrder,
  sandbox: Sandbox,
  log: BuildLog,
): Promise<string | null> {
  if (judgeLicenses === undefined) return null
  const { lines, concluded } = await judgeLicenses(await sandbox.collect(variation.workspace))
  for (const line of lines) log.note(`license: ${line}`)
  return concluded
}

async function judge({ judgePackages }: BuildOrder, made: Made, log: BuildLog): Promise<Made | NotMade> {
  if (judgePackages === undefined) return made
  const { lines, failure } = await judgePackages(made.packages)
  lines.forEach(log.note)
  return failure === null ? made : { status: 'failed', ...failure }
}

async function readOutputs(
  sandbox: Sandbox,
  packages: readonly PlannedOutput[],
  variation: BuildOrder['variation'],
): Promise<{ output: PlannedOutput; entries: OutputEntry[] }[]> {
  const outputs = []
  for (const output of packages) {
    const entries = await readOutput(sandbox, output.name, variation)
    outputs.push({ output, entries: withCapabilities(entries, output) })
  }
  return outputs
}

function stemOf({ plan: { recipe } }: BuildOrder): string {
  return `${recipe.name}-${recipe.fullVersion}`
}

function describe({ plan, variation }: BuildOrder): string {
  const { identity, workspace, variables, processors } = variation
  const who = `user ${identity.uid}:${identity.gid} on ${identity.hostname} in ${workspace}`
  const where = Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  return `plan ${shortKey(buildKey(plan))}, ${variation.name} variation (${who}, ${where.join(' ')}, ${processors} of the processors), ${plan.environment.length} packages in its environment`
}

function ending(made: Made | NotMade): string {
  if (made.status === 'failed') return `failed: ${made.step === null ? '' : `${made.step} `}${made.why}`
  const lines = made.packages.map(
    ({ record, file }) => `${record.name}-${record.version}.apk ${record.sizeBytes} bytes ${file}`,
  )
  return `built ${lines.join(', ')}`
}
