// SPDX-License-Identifier: Apache-2.0
import { type Emit, MillraceError } from '../base/index.ts'
import type { PlannedScript } from '../plan/index.ts'
import { describeOutcome, type Sandbox, type SandboxOutcome } from '../sandbox/index.ts'
import type { BuildLog } from './build-log.ts'
import { findErrorLine } from './error-line.ts'
import type { Failure } from './order.ts'
import { relocate, type Variation } from './variation.ts'

export interface ScriptRun {
  readonly scripts: readonly PlannedScript[]
  /** Whose steps they are: `steps` of them come in all, `before` of which were run already. */
  readonly task: string
  readonly before: number
  readonly steps: number
  readonly variation: Variation
  readonly log: BuildLog
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
    if (failure !== null) return failure
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
      onLine: (line, stream) => f.emit({ type: 'step.line', task, stream, text: log.line(line) }),
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
  return {
    step: name,
    why: describeOutcome(outcome),
    fix: fixFor(outcome),
    errorLine: outcome.status === 'exited' ? findErrorLine(log.recent()) : null,
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
  return {
    step,
    why: `its script has ${Buffer.byteLength(text)} bytes; the kernel takes ${SCRIPT_BYTES - 1} at most`,
    fix: 'put the text in a file beside the recipe and run that',
    errorLine: null,
  }
}

function fixFor(outcome: SandboxOutcome): string {
  switch (outcome.status) {
    case 'timed-out':
      return 'see in the log what it waits for; if it needs longer, set package.timeout in the recipe'
    case 'out-of-memory':
      return 'let the step run fewer jobs at once, or raise the memory limit of builds'
    case 'too-many-processes':
      return 'see in the log what starts so many processes; if it needs them, raise the process limit of builds'
    case 'disk-full':
      return 'let the step write less, or raise the disk limit of builds'
    case 'output-limit':
      return 'let the step say less'
    default:
      return 'read the log; change the recipe or its sources, then build again'
  }
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
