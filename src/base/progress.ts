// SPDX-License-Identifier: Apache-2.0
import { type MillraceEvent, type Outcome, TASK_KINDS, type TaskKind } from './events.ts'

/** Work that is known to come. `expectedMs` is the last measured time, null when it was never done. */
export interface WaitingTask {
  readonly task: string
  readonly kind: TaskKind
  readonly subject: string
  readonly expectedMs: number | null
}

/** Times are milliseconds since 1970-01-01 UTC. */
export interface RunningTask extends WaitingTask {
  readonly startedAtMs: number
  /** The build key of what it carries out; null where there is none, or none yet. */
  readonly planKey: string | null
  /** Step `index` of `of`, counted from 1; null before the first. */
  readonly step: { readonly index: number; readonly of: number; readonly label: string } | null
  readonly amount: {
    readonly done: number
    readonly total: number | null
    readonly unit: 'bytes' | 'steps' | 'packages'
  } | null
  /** The newest lines of its output, oldest first. */
  readonly lines: readonly string[]
}

export interface FinishedTask {
  readonly task: string
  readonly kind: TaskKind
  readonly subject: string
  readonly planKey: string | null
  readonly outcome: Outcome
  readonly durationMs: number
  readonly summary: string
  readonly endedAtMs: number
}

export interface Notice {
  readonly level: 'info' | 'warning' | 'error'
  readonly text: string
  readonly code: string | null
  readonly atMs: number
}

export interface ChannelState {
  readonly channel: string
  readonly arch: string
  readonly packages: number
  readonly digest: string
  readonly atMs: number
}

/** What is known of one kind of work besides what waits and runs. Only passed work is measured: cached work says nothing of how long it takes. */
export interface EndedWork {
  readonly done: number
  readonly failed: number
  readonly measured: number
  readonly measuredMs: number
}

/** What a factory's run does and has done, as plain JSON: it can be sent as it is, and reduced further by whoever got it. */
export interface ProgressState {
  readonly run: string | null
  /** The newest event in it. */
  readonly seq: number
  readonly atMs: number
  readonly startedAtMs: number
  readonly waiting: readonly WaitingTask[]
  /** In the order in which they started. */
  readonly running: readonly RunningTask[]
  readonly ended: Readonly<Record<TaskKind, EndedWork>>
  /** Tasks of this run whose latest try failed. */
  readonly failed: readonly FinishedTask[]
  /** Newest first, also those of earlier runs. */
  readonly recent: readonly FinishedTask[]
  /** Newest first. */
  readonly notices: readonly Notice[]
  readonly channels: readonly ChannelState[]
  /** Where the server listens, once it does. */
  readonly url: string | null
  /** Time in which anything ran, and the sum of the times of all that ran: their ratio is how many ran at once. */
  readonly busyMs: number
  readonly workedMs: number
}

const MAX_LINES = 6
const MAX_LINE_CHARS = 400
const MAX_RECENT = 40
const MAX_NOTICES = 20
const NOTHING_ENDED: EndedWork = { done: 0, failed: 0, measured: 0, measuredMs: 0 }

export const INITIAL_PROGRESS: ProgressState = {
  run: null,
  seq: 0,
  atMs: 0,
  startedAtMs: 0,
  waiting: [],
  running: [],
  ended: perKind(() => NOTHING_ENDED),
  failed: [],
  recent: [],
  notices: [],
  channels: [],
  url: null,
  busyMs: 0,
  workedMs: 0,
}

/**
 * The state after one more event. Events heard already change nothing, so a stream may be resumed with an overlap; events of a new run begin anew, because the
 * work of the one before died with it.
 */
export function reduce(state: ProgressState, event: MillraceEvent): ProgressState {
  const atMs = Date.parse(event.at) || state.atMs
  if (event.run !== state.run) return take(beginRun(state, event.run, atMs), event, atMs)
  if (event.seq <= state.seq) return state
  return take(passTime(state, atMs), event, atMs)
}

function beginRun(state: ProgressState, run: string, atMs: number): ProgressState {
  const { recent, notices, channels } = state
  return { ...INITIAL_PROGRESS, recent, notices, channels, run, atMs, startedAtMs: atMs }
}

/** Clocks may be set back: no time passes then. */
function passTime(state: ProgressState, atMs: number): ProgressState {
  const passed = Math.max(0, atMs - state.atMs)
  if (passed === 0) return state
  const running = state.running.length
  const busyMs = state.busyMs + (running > 0 ? passed : 0)
  return { ...state, atMs, busyMs, workedMs: state.workedMs + running * passed }
}

function take(before: ProgressState, event: MillraceEvent, atMs: number): ProgressState {
  const state = { ...before, seq: event.seq }
  switch (event.type) {
    case 'work.expected':
      return expect(state, event.tasks)
    case 'task.started':
      return start(state, event, atMs)
    case 'task.progressed': {
      const { done, total, unit } = event
      return update(state, event.task, () => ({ amount: { done: Math.max(0, done), total, unit } }))
    }
    case 'step.started': {
      const { step, steps, label } = event
      return update(state, event.task, () => ({
        step: { index: step, of: Math.max(step, steps), label },
        amount: null,
      }))
    }
    case 'step.line':
      return update(state, event.task, ({ lines }) => ({
        lines: [...lines, event.text.slice(0, MAX_LINE_CHARS)].slice(-MAX_LINES),
      }))
    case 'task.ended':
      return end(state, event, atMs)
    case 'index.published': {
      const { channel, arch, packages, digest } = event
      const others = state.channels.filter((known) => known.channel !== channel || known.arch !== arch)
      return { ...state, channels: [...others, { channel, arch, packages, digest, atMs }] }
    }
    case 'server.listening':
      return { ...state, url: event.url }
    case 'notice.raised': {
      const notice: Notice = { level: event.level, text: event.text, code: event.code ?? null, atMs }
      return { ...state, notices: [notice, ...state.notices].slice(0, MAX_NOTICES) }
    }
    case 'plan.made':
      return update(state, event.task, () => ({ planKey: event.key }))
    case 'step.ended':
    case 'artifact.stored':
    case 'image.published':
      return state
  }
}

function expect(state: ProgressState, tasks: readonly WaitingTask[]): ProgressState {
  const running = new Set(state.running.map(({ task }) => task))
  const waiting = new Map(state.waiting.map((known) => [known.task, known]))
  for (const { task, kind, subject, expectedMs } of tasks)
    if (!running.has(task)) waiting.set(task, { task, kind, subject, expectedMs })
  return withoutFailures({ ...state, waiting: [...waiting.values()] }, new Set(waiting.keys()))
}

function start(
  state: ProgressState,
  { task, kind, subject }: Pick<WaitingTask, 'task' | 'kind' | 'subject'>,
  atMs: number,
): ProgressState {
  const expectedMs = state.waiting.find((known) => known.task === task)?.expectedMs ?? null
  const nothingYet = { planKey: null, step: null, amount: null, lines: [] }
  const started = { task, kind, subject, expectedMs, startedAtMs: atMs, ...nothingYet }
  const next = {
    ...state,
    waiting: state.waiting.filter((known) => known.task !== task),
    running: [...state.running.filter((known) => known.task !== task), started],
  }
  return withoutFailures(next, new Set([task]))
}

function update(
  state: ProgressState,
  task: string,
  change: (known: RunningTask) => Partial<RunningTask>,
): ProgressState {
  return {
    ...state,
    running: state.running.map((known) => (known.task === task ? { ...known, ...change(known) } : known)),
  }
}

function end(
  state: ProgressState,
  { task, outcome, durationMs, summary }: Pick<FinishedTask, 'task' | 'outcome' | 'durationMs' | 'summary'>,
  endedAtMs: number,
): ProgressState {
  const running = state.running.find((one) => one.task === task)
  const known = running ?? state.waiting.find((one) => one.task === task)
  if (known === undefined) return state
  const { kind, subject } = known
  const finished: FinishedTask = {
    task,
    kind,
    subject,
    planKey: running?.planKey ?? null,
    outcome,
    durationMs: Math.max(0, durationMs),
    summary,
    endedAtMs,
  }
  const others = <T extends WaitingTask>(tasks: readonly T[]) => tasks.filter((one) => one.task !== task)
  return {
    ...state,
    waiting: others(state.waiting),
    running: others(state.running),
    ended: { ...state.ended, [kind]: count(state.ended[kind], finished) },
    failed: outcome === 'failed' ? [...state.failed, finished] : state.failed,
    recent: [finished, ...state.recent].slice(0, MAX_RECENT),
  }
}

function count(ended: EndedWork, { outcome, durationMs }: FinishedTask): EndedWork {
  if (outcome === 'failed') return { ...ended, failed: ended.failed + 1 }
  if (outcome === 'cancelled') return ended
  const done = ended.done + 1
  if (outcome === 'cached') return { ...ended, done }
  return { ...ended, done, measured: ended.measured + 1, measuredMs: ended.measuredMs + durationMs }
}

/** What is tried again has not failed yet. */
function withoutFailures(state: ProgressState, tasks: ReadonlySet<string>): ProgressState {
  const again = state.failed.filter(({ task }) => tasks.has(task))
  if (again.length === 0) return state
  const ended = { ...state.ended }
  for (const { kind } of again) ended[kind] = { ...ended[kind], failed: ended[kind].failed - 1 }
  return { ...state, ended, failed: state.failed.filter(({ task }) => !tasks.has(task)) }
}

function perKind<T>(make: (kind: TaskKind) => T): Record<TaskKind, T> {
  return Object.fromEntries(TASK_KINDS.map((kind) => [kind, make(kind)])) as Record<TaskKind, T>
}
