// SPDX-License-Identifier: Apache-2.0

import { type Emit, isMillraceError, type Outcome, type TaskKind } from '../../base/index.ts'
import type { FailureReport } from '../debug/failure-report.ts'

/** A step that ended as it may: a build that fails, a test that does not pass. */
export interface StepFailure {
  readonly status: 'failed'
  /** The step by its label; null when it failed between steps. */
  readonly step: string | null
  /** Half a sentence. */
  readonly why: string
  /** The first line of the output that tells an error. */
  readonly errorLine: string | null
  /** All that is known of it. */
  readonly report?: FailureReport
}

/** What a task's end is told by. */
export interface Told<T> {
  readonly result: T
  readonly outcome: Exclude<Outcome, 'cancelled'>
  readonly summary: string
}

export interface Task {
  readonly task: string
  readonly kind: TaskKind
  readonly subject: string
}

/** The name of a recipe's work, known before its plan is. */
export function taskOf(kind: TaskKind, { name, fullVersion }: { name: string; fullVersion: string }): Task {
  const subject = `${name}-${fullVersion}`
  return { task: `${kind}:${subject}`, kind, subject }
}

export function imageTask(name: string): Task {
  return { task: `image:${name}`, kind: 'image', subject: name }
}

/** Tells that work which may have been expected was done before. */
export function tellCached(f: { readonly emit: Emit }, { task }: Task): void {
  f.emit({ type: 'task.ended', task, outcome: 'cached', durationMs: 0, summary: 'done before' })
}

/** Tells the start and the end of a piece of work, whatever its end is. */
export async function tellTask<T>(
  f: { readonly emit: Emit },
  task: Task & { readonly planKey?: string },
  signal: AbortSignal,
  work: () => Promise<Told<T>>,
): Promise<T> {
  const startedMs = performance.now()
  const end = (outcome: Outcome, summary: string) =>
    f.emit({
      type: 'task.ended',
      task: task.task,
      outcome,
      durationMs: Math.round(performance.now() - startedMs),
      summary,
    })
  f.emit({ type: 'task.started', task: task.task, kind: task.kind, subject: task.subject })
  if (task.planKey !== undefined) f.emit({ type: 'plan.made', task: task.task, key: task.planKey })
  try {
    const { result, outcome, summary } = await work()
    end(outcome, summary)
    return result
  } catch (error) {
    // What breaks off because it was asked to says no more than that.
    if (signal.aborted) end('cancelled', 'it was asked to stop')
    else end('failed', isMillraceError(error) ? `${error.what}: ${error.why}` : String(error))
    throw error
  }
}

/** A failure as one line: `autoconf/make: exit code 2: error: …`. */
export function describeFailure({ step, why, errorLine }: StepFailure): string {
  return [step, why, errorLine].filter((part) => part !== null && part !== '').join(': ')
}
