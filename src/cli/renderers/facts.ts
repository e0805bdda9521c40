// SPDX-License-Identifier: Apache-2.0
import type { MillraceEvent, Outcome, ProgressState, TaskKind } from '../../base/index.ts'
import { formatDuration } from '../../base/index.ts'

/** What one event tells a person, in words: shown as a line that stays. */
export interface Fact {
  readonly tone: 'good' | 'bad' | 'warning' | 'plain'
  /** What did it or what it is about: `build zlib-1.3.1-r0`. */
  readonly subject: string
  /** What became of it: `passed in 12.1 s`. */
  readonly text: string
  /** What helps to understand a failure: the last lines of its output. */
  readonly details: readonly string[]
  /** Whether it is worth a line where a live picture shows what runs anyway. */
  readonly lasting: boolean
}

const WORDS: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'failed',
  cached: 'was done before',
  cancelled: 'was cancelled',
}
const TONES: Readonly<Record<Outcome, Fact['tone']>> = {
  passed: 'good',
  failed: 'bad',
  cached: 'plain',
  cancelled: 'warning',
}
/** Short, many, and each a part of something larger: one line each would bury the rest. */
const PASSING: ReadonlySet<TaskKind> = new Set(['fetch', 'test'])

/** The fact in an event, or null where it tells nothing that stays. `before` is the state that the event meets. */
export function factOf(event: MillraceEvent, before: ProgressState): Fact | null {
  switch (event.type) {
    case 'work.expected':
      return event.tasks.length === 0 ? null : passing('work', `${countKinds(event.tasks)} expected`)
    case 'task.started':
      return passing(`${event.kind} ${event.subject}`, 'started')
    case 'step.started': {
      const task = before.running.find((one) => one.task === event.task)
      const step = `step ${event.step} of ${event.steps}: ${event.label}`
      return task === undefined ? null : passing(`${task.kind} ${task.subject}`, step)
    }
    case 'task.ended':
      return endOf(event, before)
    case 'index.published':
      return passing(
        event.channel,
        `holds ${event.packages} package${event.packages === 1 ? '' : 's'} for ${event.arch}`,
      )
    case 'image.published':
      return lasting('good', `image ${event.image}`, `is there: ${event.tags.join(', ')}`)
    case 'server.listening':
      return lasting('good', 'serving', `at ${event.url}`)
    case 'notice.raised': {
      const tone = event.level === 'error' ? 'bad' : event.level === 'warning' ? 'warning' : 'plain'
      const [first = '', ...details] = event.text.split('\n')
      return { ...lasting(tone, event.code ?? 'note', first), details }
    }
    case 'task.progressed':
    case 'step.ended':
    case 'step.line':
    case 'plan.made':
    case 'artifact.stored':
      return null
  }
}

function endOf(event: MillraceEvent & { type: 'task.ended' }, before: ProgressState): Fact | null {
  const { outcome, durationMs, summary } = event
  const known = [...before.running, ...before.waiting].find((one) => one.task === event.task)
  if (known === undefined) return null
  const time = outcome === 'passed' || outcome === 'failed' ? ` in ${formatDuration(durationMs)}` : ''
  const more = summary === '' ? '' : `: ${summary}`
  const lines = before.running.find((one) => one.task === event.task)?.lines ?? []
  return {
    tone: TONES[outcome],
    subject: `${known.kind} ${known.subject}`,
    text: `${WORDS[outcome]}${time}${more}`,
    details: outcome === 'failed' ? lines : [],
    lasting: outcome === 'failed' || (outcome === 'passed' && !PASSING.has(known.kind)),
  }
}

function countKinds(tasks: readonly { readonly kind: TaskKind }[]): string {
  const counts = Map.groupBy(tasks, ({ kind }) => kind)
  return [...counts].map(([kind, { length }]) => `${length} × ${kind}`).join(', ')
}

function passing(subject: string, text: string): Fact {
  return { tone: 'plain', subject, text, details: [], lasting: false }
}

function lasting(tone: Fact['tone'], subject: string, text: string): Fact {
  return { tone, subject, text, details: [], lasting: true }
}
