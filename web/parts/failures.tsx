// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import type { ProgressState } from '../../src/base/progress.ts'
import type { Status } from '../../src/server/api.ts'
import { Mark } from './badge.tsx'
import { failuresToShow, type ShownFailure } from './failures-to-show.ts'
import { ArrowIcon } from './icons.tsx'
import { Ago, Section } from './words.tsx'

export function Failures(props: { readonly status: Status | null; readonly progress: ProgressState }) {
  const failures = failuresToShow(props.status, props.progress)
  if (failures.length === 0) return null
  return (
    <Section title="Failed" id="failed" count={failures.length}>
      <ul className="failures">
        {failures.map((failure) => (
          <FailureItem key={failure.id} failure={failure} />
        ))}
      </ul>
    </Section>
  )
}

function FailureItem({ failure }: { readonly failure: ShownFailure }) {
  const { name, version, act, step, why, at, page, log } = failure
  return (
    <li className="failure">
      <div className="failure-head">
        <Mark tone="bad" />
        <span className="kind">{act}</span>
        {page === null ? (
          <span className="subject">{name}</span>
        ) : (
          <Link className="subject" href={page}>
            {name}
          </Link>
        )}
        <span className="version">{version}</span>
        {step !== null && <span className="task-step">in {step}</span>}
        <span className="quiet">
          <Ago at={at} />
        </span>
      </div>
      <pre className="why">{why}</pre>
      {log !== null && (
        <Link className="go" href={log} aria-label={`Log of ${act} ${name}`}>
          Log <ArrowIcon />
        </Link>
      )}
    </li>
  )
}
