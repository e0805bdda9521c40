// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import type { FinishedTask, Notice } from '../../src/base/progress.ts'
import { formatDuration } from '../../src/base/words.ts'
import { buildPath } from '../links.ts'
import { Empty } from './answers.tsx'
import { Mark, outcomeLabel, outcomeTone } from './badge.tsx'
import { Subject } from './running.tsx'
import { Ago, Section } from './words.tsx'

const SHOWN = 16

export function Recent({ recent }: { readonly recent: readonly FinishedTask[] }) {
  return (
    <Section title="Ended lately" id="recent">
      {recent.length === 0 ? (
        <Empty title="Nothing ended yet" />
      ) : (
        <ol className="recent">
          {recent.slice(0, SHOWN).map((task) => (
            <RecentItem key={`${task.task} ${task.endedAtMs}`} task={task} />
          ))}
        </ol>
      )}
    </Section>
  )
}

function RecentItem({ task }: { readonly task: FinishedTask }) {
  return (
    <li className={task.outcome}>
      <Mark tone={outcomeTone(task.outcome)} />
      <span className="sr-only">{outcomeLabel(task.outcome)}</span>
      <span className="kind">{task.kind}</span>
      <Subject task={{ ...task, expectedMs: null }} />
      <span className="summary" title={task.summary}>
        {task.outcome === 'cached' && task.summary === '' ? 'done before' : task.summary}
      </span>
      {task.planKey === null ? <span /> : <Link href={buildPath(task.planKey)}>log</Link>}
      <span className="number">{formatDuration(task.durationMs)}</span>
      <span className="quiet">
        <Ago at={task.endedAtMs} />
      </span>
    </li>
  )
}

const TONES = { info: 'idle', warning: 'warn', error: 'bad' } as const
const SHOWN_NOTICES = 6

export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  if (notices.length === 0) return null
  return (
    <Section title="Notices" id="notices">
      <ul className="notices">
        {notices.slice(0, SHOWN_NOTICES).map(({ level, text, code, atMs }) => (
          <li key={`${atMs} ${text}`}>
            <Mark tone={TONES[level]} />
            <p>
              {code !== null && <code>{code}</code>} {text}{' '}
              <span className="quiet">
                <Ago at={atMs} />
              </span>
            </p>
          </li>
        ))}
      </ul>
    </Section>
  )
}
