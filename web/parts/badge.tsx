// SPDX-License-Identifier: Apache-2.0
import type { Outcome } from '../../src/base/events.ts'
import type { ChannelName, Reproduced, Verdict, WorkState } from '../../src/server/api.ts'

export type Tone = 'good' | 'bad' | 'warn' | 'run' | 'idle'

interface Look {
  readonly tone: Tone
  readonly label: string
}

export const STATES: Readonly<Record<WorkState, Look>> = {
  done: { tone: 'good', label: 'done' },
  running: { tone: 'run', label: 'running' },
  failed: { tone: 'bad', label: 'failed' },
  waiting: { tone: 'idle', label: 'waiting' },
}
export const REPRODUCTIONS: Readonly<Record<Reproduced, Look>> = {
  same: { tone: 'good', label: 'bit for bit' },
  different: { tone: 'bad', label: 'differs' },
  waiting: { tone: 'idle', label: 'not yet' },
}
const VERDICTS: Readonly<Record<Verdict, Look>> = {
  passed: { tone: 'good', label: 'passed' },
  failed: { tone: 'bad', label: 'failed' },
  waiting: { tone: 'idle', label: 'not yet' },
}
const OUTCOMES: Readonly<Record<Outcome, Look>> = {
  passed: { tone: 'good', label: 'passed' },
  failed: { tone: 'bad', label: 'failed' },
  cached: { tone: 'idle', label: 'done before' },
  cancelled: { tone: 'warn', label: 'cancelled' },
}

/** A mark whose shape tells what its colour tells: tick, cross, turning ring, empty ring. */
export function Mark({ tone }: { readonly tone: Tone }) {
  return (
    <svg className={`mark ${tone}`} width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
      <MarkShape tone={tone} />
    </svg>
  )
}

function MarkShape({ tone }: { readonly tone: Tone }) {
  switch (tone) {
    case 'good':
      return (
        <>
          <circle cx="7" cy="7" r="6.5" className="mark-soft" />
          <path d="m4.2 7.3 2 2 3.7-4.3" className="mark-line" />
        </>
      )
    case 'bad':
      return (
        <>
          <circle cx="7" cy="7" r="6.5" className="mark-fill" />
          <path d="m4.7 4.7 4.6 4.6m0-4.6-4.6 4.6" className="mark-line on-fill" />
        </>
      )
    case 'run':
      return (
        <>
          <circle cx="7" cy="7" r="5.4" className="mark-ring" />
          <path d="M7 1.6A5.4 5.4 0 0 1 12.4 7" className="mark-line turning" />
        </>
      )
    case 'warn':
      return (
        <>
          <circle cx="7" cy="7" r="6.5" className="mark-soft" />
          <path d="M4 7h6" className="mark-line" />
        </>
      )
    case 'idle':
      return <circle cx="7" cy="7" r="5.2" className="mark-hollow" />
  }
}

function Badge({ tone, label }: Look) {
  return (
    <span className={`badge ${tone}`}>
      <Mark tone={tone} />
      {label}
    </span>
  )
}

export const StateBadge = ({ state }: { readonly state: WorkState }) => <Badge {...STATES[state]} />
export const ReproducedBadge = ({ result }: { readonly result: Reproduced }) => (
  <Badge {...REPRODUCTIONS[result]} />
)
/** @param of what was judged, where nothing beside it says that. */
export function VerdictBadge({ verdict, of = '' }: { readonly verdict: Verdict; readonly of?: string }) {
  const { tone, label } = VERDICTS[verdict]
  return <Badge tone={tone} label={`${of} ${label}`.trim()} />
}
export const OutcomeBadge = ({ outcome }: { readonly outcome: Outcome }) => <Badge {...OUTCOMES[outcome]} />
export const outcomeTone = (outcome: Outcome): Tone => OUTCOMES[outcome].tone
export const outcomeLabel = (outcome: Outcome): string => OUTCOMES[outcome].label

export function ChannelChip({ channel }: { readonly channel: ChannelName }) {
  return <span className={`chip channel-${channel}`}>{channel}</span>
}
