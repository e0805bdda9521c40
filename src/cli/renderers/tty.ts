// SPDX-License-Identifier: Apache-2.0
import {
  type Forecast,
  forecast,
  forecastTask,
  formatBytes,
  formatClock,
  formatLeft,
  type ProgressState,
  type RunningTask,
  TASK_KINDS,
} from '../../base/index.ts'
import type { Fact } from './facts.ts'
import { barParts, clip, clipMiddle, column, type Paint, type Style, widthOf } from './text.ts'

export interface Screen {
  readonly nowMs: number
  readonly columns: number
  readonly rows: number
  readonly paint: Paint
}

const MIN_COLUMNS = 20
const KIND_COLUMNS = 9
const TIMES_COLUMNS = 18
const MARKS: Readonly<Record<Fact['tone'], [mark: string, style: Style]>> = {
  good: ['✓', 'green'],
  bad: ['✗', 'red'],
  warning: ['!', 'yellow'],
  plain: ['·', 'dim'],
}

/** What runs now, as lines that fit the terminal: all of it, then each task with its step, its times and its last line. */
export function renderTree(state: ProgressState, screen: Screen): string {
  // The last column stays free: some terminals break the line there already.
  const columns = Math.max(MIN_COLUMNS, screen.columns - 1)
  const all = forecast(state, screen.nowMs)
  const head = renderHead(state, all, { ...screen, columns })
  const room = Math.max(1, screen.rows - head.length - 1)
  return [...head, ...renderTasks(state, { ...screen, columns }, room)].join('\n')
}

/** A fact as a line that stays above the tree. */
export function renderFact(fact: Fact, { columns, paint }: Pick<Screen, 'columns' | 'paint'>): string {
  const [mark, style] = MARKS[fact.tone]
  const width = Math.max(MIN_COLUMNS, columns - 3)
  const subject = clip(fact.subject, width)
  const text = clip(fact.text, width - widthOf(subject) - 1)
  const first = `${paint(style, mark)} ${subject} ${paint(fact.tone === 'bad' ? 'red' : 'dim', text)}`
  return [first, ...fact.details.map((line) => paint('dim', `  │ ${clip(line, width - 4)}`))].join('\n')
}

function renderHead(state: ProgressState, all: Forecast, { nowMs, columns, paint }: Screen): string[] {
  const { total, fraction, leftMs } = all
  if (total.waiting + total.running === 0) {
    const done = `${total.done} done`
    return [paint('dim', clip(`─ nothing to do · ${done}${failures(total.failed)}`, columns))]
  }
  const elapsed = formatClock(nowMs - state.startedAtMs)
  const left = leftMs === null ? '' : ` · about ${formatLeft(leftMs)} left`
  const facts = `${total.done + total.failed} of ${total.expected} · ${elapsed}${left}`
  const failed = failures(total.failed)
  const percent = `${Math.floor(fraction * 100)} %`
  const bar = Math.min(40, columns - widthOf(facts + failed + percent) - 4)
  const [full, rest] = barParts(fraction, bar < 6 ? 0 : bar)
  const parts: Part[] = [
    ['cyan', full],
    ['dim', rest],
    ['bold', `${full + rest === '' ? '' : ' '}${percent}  `],
    [null, facts],
    ['red', failed],
  ]
  const kinds = TASK_KINDS.filter((kind) => all.kinds[kind].expected > 0).map((kind) => {
    const { done, failed: bad, expected } = all.kinds[kind]
    return `${kind} ${done + bad}/${expected}`
  })
  return [paintLine(parts, columns, paint), paint('dim', clip(kinds.join(' · '), columns))]
}

function renderTasks(state: ProgressState, screen: Screen, room: number): string[] {
  const { running } = state
  const withLines = running.filter(({ lines }) => lines.length > 0).length
  // Last lines go first when the terminal is low, then the newest tasks.
  const showLines = running.length + withLines <= room
  const shown = running.length <= room ? running : running.slice(0, Math.max(0, room - 1))
  const hidden = running.length - shown.length
  const lines = shown.flatMap((task, index) => {
    const last = index === shown.length - 1 && hidden === 0
    const line = task.lines.at(-1)
    const below = `${last ? ' ' : '│'}  ${' '.repeat(KIND_COLUMNS)} `
    const indent = widthOf(below)
    return [
      `${screen.paint('dim', last ? '└─' : '├─')} ${renderTask(task, screen)}`,
      ...(showLines && line !== undefined
        ? [screen.paint('dim', below + clipMiddle(line, screen.columns - indent))]
        : []),
    ]
  })
  return hidden === 0 ? lines : [...lines, screen.paint('dim', `└─ and ${hidden} more`)]
}

function renderTask(task: RunningTask, { nowMs, columns, paint }: Screen): string {
  const { elapsedMs, fraction, leftMs } = forecastTask(task, nowMs)
  const times = `${formatClock(elapsedMs)}${leftMs === null ? '' : ` · ${formatLeft(leftMs)} left`}`
  const bar = columns < 90 ? 0 : 16
  const room = columns - 3 - KIND_COLUMNS - 1 - (bar === 0 ? 0 : bar + 2) - TIMES_COLUMNS
  const subject =
    columns < 60 ? columns - 3 - KIND_COLUMNS - widthOf(times) - 2 : Math.min(32, Math.floor(room / 2))
  const label = columns < 60 ? 0 : room - subject - 2
  const [full, rest] = barParts(fraction ?? 0, bar)
  const parts: Part[] = [
    ['cyan', `${column(task.kind, KIND_COLUMNS)} `],
    ['bold', `${column(task.subject, subject)} `],
    [null, label === 0 ? '' : `${column(labelOf(task), label)} `],
    ['cyan', full],
    ['dim', bar === 0 ? '' : `${rest}  `],
    ['dim', times],
  ]
  return paintLine(parts, columns - 3, paint)
}

function labelOf({ step, amount }: RunningTask): string {
  const part = step === null ? '' : `${step.index}/${step.of} ${step.label}`
  if (amount === null) return part
  const show = (value: number) => (amount.unit === 'bytes' ? formatBytes(value) : String(value))
  const of = amount.total === null ? '' : ` of ${show(amount.total)}`
  return `${part} ${show(amount.done)}${of}${amount.unit === 'bytes' ? '' : ` ${amount.unit}`}`.trim()
}

function failures(count: number): string {
  return count === 0 ? '' : ` · ${count} failed`
}

type Part = readonly [style: Style | null, text: string]

/** Parts of one line in their colours, cut where the line is full. */
function paintLine(parts: readonly Part[], columns: number, paint: Paint): string {
  let left = columns
  const shown = parts.map(([style, text]) => {
    const kept = widthOf(text) <= left ? text : clip(text, left)
    left -= widthOf(kept)
    return style === null ? kept : paint(style, kept)
  })
  return shown.join('').trimEnd()
}
