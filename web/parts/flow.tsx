// SPDX-License-Identifier: Apache-2.0
import { TASK_KINDS } from '../../src/base/events.ts'
import { type Counts, type Forecast, forecast } from '../../src/base/forecast.ts'
import { formatClock } from '../../src/base/words.ts'
import { Bar } from '../chart/bar.tsx'
import { Mark } from './badge.tsx'
import { headlineOf } from './headline.ts'
import { useLive, useNow } from './use-live.ts'

/** How far all work is: the headline, one bar, and the stations of the flow in their order. */
export function Flow() {
  const { progress } = useLive()
  const nowMs = useNow()
  const all = forecast(progress, nowMs)
  const { tone, title, note } = headlineOf(all)
  return (
    <section className="flow" aria-labelledby="flow-title">
      <div className="flow-head">
        <Mark tone={tone} />
        <h1 id="flow-title">{title}</h1>
        <p>{note}</p>
        {progress.running.length > 0 && (
          <p className="flow-clock">
            running for <span>{formatClock(nowMs - progress.startedAtMs)}</span>
          </p>
        )}
      </div>
      {all.total.expected > 0 && <Bar fraction={all.fraction} label="All work" />}
      <Stations kinds={all.kinds} />
    </section>
  )
}

function Stations({ kinds }: { readonly kinds: Forecast['kinds'] }) {
  if (TASK_KINDS.every((kind) => kinds[kind].expected === 0)) return null
  return (
    <ol className="stations">
      {TASK_KINDS.map((kind) => (
        <Station key={kind} name={kind} counts={kinds[kind]} />
      ))}
    </ol>
  )
}

function Station({ name, counts }: { readonly name: string; readonly counts: Counts }) {
  const { expected, done, running, failed } = counts
  const state =
    expected === 0 ? 'unused' : failed > 0 ? 'bad' : running > 0 ? 'run' : done === expected ? 'good' : ''
  return (
    <li className={`station ${state}`}>
      <span className="station-name">{name}</span>
      <span className="station-count">
        {expected === 0 ? (
          '–'
        ) : (
          <>
            <strong>{done}</strong>
            <span>/{expected}</span>
          </>
        )}
        {running > 0 && <em>{running} running</em>}
        {failed > 0 && <em className="bad">{failed} failed</em>}
      </span>
      <Bar
        fraction={expected === 0 ? 0 : done / expected}
        failed={expected === 0 ? 0 : failed / expected}
        label={null}
      />
    </li>
  )
}
