// SPDX-License-Identifier: Apache-2.0
import { TASK_KINDS, type TaskKind } from './events.ts'
import type { ProgressState, RunningTask, WaitingTask } from './progress.ts'

export interface Counts {
  readonly waiting: number
  readonly running: number
  readonly done: number
  readonly failed: number
  /** The sum of the four. */
  readonly expected: number
}

export interface Forecast {
  readonly kinds: Readonly<Record<TaskKind, Counts>>
  readonly total: Counts
  /** Of this run's work, measured in time, from 0 to 1; 1 when nothing is left of what was expected. */
  readonly fraction: number
  /** Until all that is known is done; null while nothing was ever measured, 0 when nothing is left. */
  readonly leftMs: number | null
}

export interface TaskForecast {
  readonly elapsedMs: number
  /** From 0 to 1; null when nothing tells how far it is. */
  readonly fraction: number | null
  readonly leftMs: number | null
}

/** Tasks rarely end just when expected: an overdue one is taken to need this share of its expected time still. */
const OVERDUE_SHARE = 0.05
/** Below this share done, bytes say too little about the rest. */
const TELLING_SHARE = 0.05

/**
 * How far all work is, at the time `nowMs`, from what such work took before and how many ran at once. Work that was never measured is taken to last as long as its kind does:
 * the maximum-likelihood mean of exponential times of which the running ones are cut off (all time spent on the kind, by the number that ended). So a few short tasks at the
 * start do not promise that the long ones still running will be short.
 */
export function forecast(state: ProgressState, nowMs: number): Forecast {
  const kinds = Object.fromEntries(
    TASK_KINDS.map((kind) => [kind, countsOf(state, kind)]),
  ) as Forecast['kinds']
  const total = sum(Object.values(kinds))
  const left = total.waiting + total.running
  if (left === 0) return { kinds, total, fraction: total.expected === 0 ? 0 : 1, leftMs: 0 }

  const typical = typicalMs(state, nowMs)
  const ofWaiting = state.waiting.map((task) => task.expectedMs ?? typical(task.kind))
  // Exponential times have no memory: what already ran for long needs, of itself, as long as a new one.
  const ofRunning = state.running.map((task) => forecastTask(task, nowMs).leftMs ?? typical(task.kind))
  if ([...ofWaiting, ...ofRunning].includes(null)) {
    return { kinds, total, fraction: (total.expected - left) / total.expected, leftMs: null }
  }
  const runningMs = ofRunning.map((ms) => ms ?? 0)
  const remainingMs = add(ofWaiting.map((ms) => ms ?? 0)) + add(runningMs)
  const spentMs = state.workedMs + state.running.length * Math.max(0, nowMs - state.atMs)
  return {
    kinds,
    total,
    fraction: spentMs + remainingMs === 0 ? 0 : spentMs / (spentMs + remainingMs),
    leftMs: Math.max(remainingMs / atOnce(state), ...runningMs),
  }
}

/** How far one task is: by its bytes, else by how long the same task took before, else by its steps alone, which say nothing of time. */
export function forecastTask(task: RunningTask, nowMs: number): TaskForecast {
  const elapsedMs = Math.max(0, nowMs - task.startedAtMs)
  const share = shareDone(task)
  if (share !== null && share >= TELLING_SHARE)
    return { elapsedMs, fraction: share, leftMs: (elapsedMs * (1 - share)) / share }
  const { expectedMs } = task
  if (expectedMs !== null) {
    const leftMs = Math.max(expectedMs - elapsedMs, expectedMs * OVERDUE_SHARE)
    return { elapsedMs, fraction: leftMs === 0 ? 1 : elapsedMs / (elapsedMs + leftMs), leftMs }
  }
  const bySteps = task.step === null ? null : Math.max(0, task.step.index - 1) / Math.max(1, task.step.of)
  return { elapsedMs, fraction: share ?? bySteps, leftMs: null }
}

function shareDone({ amount }: RunningTask): number | null {
  if (amount === null || amount.total === null || amount.total <= 0) return null
  return Math.min(1, amount.done / amount.total)
}

/** The mean time of a task of a kind; null when none of that kind, nor of the kind that is most like it, was measured. */
function typicalMs({ ended, running }: ProgressState, nowMs: number): (kind: TaskKind) => number | null {
  const meanOf = (kind: TaskKind) => {
    const { measured, measuredMs } = ended[kind]
    const cutOff = running.filter((task) => task.kind === kind && task.expectedMs === null)
    return measured === 0
      ? null
      : (measuredMs + add(cutOff.map((task) => Math.max(0, nowMs - task.startedAtMs)))) / measured
  }
  // A second build is a build; the others are short beside one.
  return (kind) => meanOf(kind) ?? meanOf('build')
}

function atOnce({ busyMs, workedMs, running }: ProgressState): number {
  return Math.max(1, busyMs === 0 ? running.length : workedMs / busyMs)
}

function countsOf(state: ProgressState, kind: TaskKind): Counts {
  const ofKind = (tasks: readonly WaitingTask[]) => tasks.filter((task) => task.kind === kind).length
  const [waiting, running] = [ofKind(state.waiting), ofKind(state.running)]
  const { done, failed } = state.ended[kind]
  return { waiting, running, done, failed, expected: waiting + running + done + failed }
}

function sum(counts: readonly Counts[]): Counts {
  const of = (field: keyof Counts) => add(counts.map((one) => one[field]))
  return {
    waiting: of('waiting'),
    running: of('running'),
    done: of('done'),
    failed: of('failed'),
    expected: of('expected'),
  }
}

function add(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
