// SPDX-License-Identifier: Apache-2.0
import { type Emit, MillraceError } from '../base/index.ts'
import type { PlannedScript } from '../plan/index.ts'
import { describeOutcome, type Sandbox } from '../sandbox/index.ts'
import type { BuildLog } from './build-log.ts'
import { CLASS_FIXES, classOfOutcome } from './failure/failure-class.ts'
import { openFaultFinder } from './failure/fault-finder.ts'
import { type Failure, failureOf, type StepTrail } from './order.ts'
import { relocate, type Variation } from './variation.ts'

export interface ScriptRun {
  readonly scripts: readonly PlannedScript[]
  /** Where each of them stands; [] when it is not known. */
  readonly trails: readonly StepTrail[]
  /** Whose steps they are: `steps` of them come in all, `before` of which were run already. */
  readonly task: string
  readonly before: number
  readonly steps: number
  readonly variation: Variation
  readonly log: Pick<BuildLog, 'note' | 'heading' | 'line'>
  /** By performance.now(). */
  readonly deadlineMs: number
}

/** execve(2): the kernel takes no argument longer than this (MAX_ARG_STRLEN), its closing zero included. */
const SCRIPT_BYTES = 128 * 1024

/**
 * Runs scripts one after the other until one fails.
 *
 * @returns why it failed; null when all went well. @throws MillraceError SANDBOX_FAILED, DISK_FULL, CANCELLED
 */
export async function runScripts(
  f: { readonly emit: Emit },
  sandbox: Sandbox,
  run: ScriptRun,
  signal: AbortSignal,
): Promise<Failure | null> {
  for (const [index, script] of run.scripts.entries()) {
    const step = run.before + index + 1
    const failure = await runScript(f, sandbox, { ...run, step }, script, signal)
    if (failure !== null) return { ...failure, script: index, trail: run.trails[index] ?? [] }
  }
  return null
}

async function runScript(
  f: { readonly emit: Emit },
  sandbox: Sandbox,
  run: ScriptRun & { readonly step: number },
  { label, script, environment }: PlannedScript,
  signal: AbortSignal,
): Promise<Failure | null> {
  const { task, step, steps, variation, log } = run
  const name = label || `step ${step}`
  const text = relocate(script, variation)
  if (Buffer.byteLength(text) >= SCRIPT_BYTES) return tooLong(name, text)
  f.emit({ type: 'step.started', task, step, steps, label: name })
  log.heading(`step ${step} of ${steps}: ${name}`)
  const faults = openFaultFinder()
  const variables = Object.entries(environment).map(([key, value]) => [key, relocate(value, variation)])
  const outcome = await sandbox.run(
    {
      args: ['/bin/sh', '-c', text],
      directory: variation.workspace,
      environment: Object.fromEntries(variables) as Record<string, string>,
    },
    {
      signal,
      timeoutMs: Math.max(1, run.deadlineMs - performance.now()),
      onLine: (line, stream) => {
        const text = log.line(line)
        faults.hear(text)
        f.emit({ type: 'step.line', task, stream, text })
      },
    },
  )
  const passed = outcome.status === 'exited' && outcome.code === 0
  log.note(`${name} ${describeOutcome(outcome)}, after ${seconds(outcome.durationMs)}`)
  f.emit({
    type: 'step.ended',
    task,
    step,
    outcome: passed ? 'passed' : outcome.status === 'cancelled' ? 'cancelled' : 'failed',
    durationMs: Math.round(outcome.durationMs),
  })
  if (outcome.status === 'cancelled') throw cancelled(`running ${name} of ${task}`)
  if (passed) return null
  const fault = outcome.status === 'exited' ? faults.fault(outcome.code) : null
  const of = classOfOutcome(outcome) ?? fault?.class ?? 'recipe'
  return {
    ...failureOf(describeOutcome(outcome), CLASS_FIXES[of], of),
    ...{ step: name, errorLine: fault?.line ?? null, wanted: fault?.wanted ?? null },
  }
}

/** @throws MillraceError CANCELLED */
export function throwIfCancelled(signal: AbortSignal, what: string): void {
  if (signal.aborted) throw cancelled(what)
}

function cancelled(what: string): MillraceError {
  return new MillraceError('CANCELLED', {
    what,
    why: 'it was asked to stop',
    fix: 'run the same command again',
  })
}

function tooLong(step: string, text: string): Failure {
  const why = `its script has ${Buffer.byteLength(text)} bytes; the kernel takes ${SCRIPT_BYTES - 1} at most`
  return { ...failureOf(why, 'put the text in a file beside the recipe and run that'), step }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
