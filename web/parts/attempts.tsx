// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import { formatDuration } from '../../src/base/words.ts'
import type { Attempt } from '../../src/server/api.ts'
import { buildPath } from '../links.ts'
import { Empty } from './answers.tsx'
import { Mark } from './badge.tsx'
import { Ago } from './words.tsx'

/** Tries, newest first, each with the way to its log. `current` is the one whose log is shown already. */
export function Attempts(props: { readonly attempts: readonly Attempt[]; readonly current?: number | null }) {
  const { attempts, current = null } = props
  if (attempts.length === 0) return <Empty title="Nothing was tried yet" />
  return (
    <ol className="attempts">
      {attempts.map((attempt) => (
        <AttemptItem key={attempt.id} attempt={attempt} current={attempt.id === current} />
      ))}
    </ol>
  )
}

function AttemptItem({ attempt, current }: { readonly attempt: Attempt; readonly current: boolean }) {
  const { id, buildKey, version, purpose, outcome, startedAt, durationMs, step, why } = attempt
  const what = (
    <>
      <span className="kind">{purpose}</span> {outcome}
    </>
  )
  return (
    <li className={outcome} aria-current={current ? 'true' : undefined}>
      <Mark tone={outcome === 'passed' ? 'good' : 'bad'} />
      {buildKey === '' ? <span>{what}</span> : <Link href={buildPath(buildKey, id)}>{what}</Link>}
      <span className="version">{version}</span>
      <span className="number">{formatDuration(durationMs)}</span>
      <span className="quiet">
        <Ago at={startedAt} />
      </span>
      {why !== null && (
        <p className="why-line">
          {step !== null && <b>{step}: </b>}
          {why}
        </p>
      )}
    </li>
  )
}
