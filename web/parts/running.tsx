// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'wouter'
import { forecastTask } from '../../src/base/forecast.ts'
import type { ProgressState, RunningTask, WaitingTask } from '../../src/base/progress.ts'
import { formatBytes, formatClock, formatLeft } from '../../src/base/words.ts'
import { Bar } from '../chart/bar.tsx'
import { subjectPath } from '../links.ts'
import { cleanLine } from '../log/log-text.ts'
import { Empty } from './answers.tsx'
import { useNow } from './use-live.ts'
import { Section } from './words.tsx'

export function Running({ progress }: { readonly progress: ProgressState }) {
  const nowMs = useNow()
  return (
    <Section title="Running" id="running" count={progress.running.length}>
      {progress.running.length === 0 ? (
        <Empty title="Nothing runs at the moment">
          {progress.waiting.length > 0
            ? 'The next task starts as soon as what it needs is there.'
            : 'A new recipe, a new release or a changed input starts work by itself.'}
        </Empty>
      ) : (
        <ul className="tasks">
          {progress.running.map((task) => (
            <RunningCard key={task.task} task={task} nowMs={nowMs} />
          ))}
        </ul>
      )}
    </Section>
  )
}

export function RunningCard(props: { readonly task: RunningTask; readonly nowMs: number }) {
  const { task, nowMs } = props
  const { elapsedMs, fraction, leftMs } = forecastTask(task, nowMs)
  return (
    <li className="task">
      <div className="task-head">
        <span className="kind">{task.kind}</span>
        <Subject task={task} />
        <span className="task-step">
          <StepText task={task} />
        </span>
        <span className="task-time">
          {leftMs !== null && <span>{formatLeft(leftMs)} left</span>}
          <strong>{formatClock(elapsedMs)}</strong>
        </span>
      </div>
      <Bar fraction={fraction} label={`${task.kind} ${task.subject}`} />
      {task.lines.length > 0 && <pre className="tail">{task.lines.map(cleanLine).join('\n')}</pre>}
    </li>
  )
}

function StepText({ task: { step, amount } }: { readonly task: RunningTask }) {
  return (
    <>
      {step !== null && (
        <>
          step {step.index} of {step.of} <b>{step.label}</b>
        </>
      )}
      {amount !== null && <span className="amount">{amountText(amount)}</span>}
    </>
  )
}

function amountText({ done, total, unit }: NonNullable<RunningTask['amount']>): string {
  const text = (value: number) => (unit === 'bytes' ? formatBytes(value) : value.toLocaleString('en-US'))
  const whole = total === null ? text(done) : `${text(done)} of ${text(total)}`
  return unit === 'bytes' ? whole : `${whole} ${unit}`
}

export function Subject({ task }: { readonly task: WaitingTask }) {
  const path = subjectPath(task.kind, task.subject)
  if (path === null) return <span className="subject">{task.subject}</span>
  return (
    <Link className="subject" href={path}>
      {task.subject}
    </Link>
  )
}

const FEW = 12

export function Waiting({ waiting }: { readonly waiting: readonly WaitingTask[] }) {
  const [all, setAll] = useState(false)
  if (waiting.length === 0) return null
  const shown = all ? waiting : waiting.slice(0, FEW)
  return (
    <Section title="Waiting" id="waiting" count={waiting.length}>
      <ul className="waiting">
        {shown.map((task) => (
          <li key={task.task}>
            <span className="kind">{task.kind}</span>
            <Subject task={task} />
            {task.expectedMs !== null && <span className="quiet">{formatLeft(task.expectedMs)}</span>}
          </li>
        ))}
        {waiting.length > FEW && (
          <li>
            <button type="button" className="link-button" onClick={() => setAll(!all)}>
              {all ? 'Show fewer' : `and ${(waiting.length - FEW).toLocaleString('en-US')} more`}
            </button>
          </li>
        )}
      </ul>
    </Section>
  )
}
