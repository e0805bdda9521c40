// SPDX-License-Identifier: Apache-2.0
import type { FailureExplanation } from '../../src/server/api.ts'
import { CopyButton } from './copy.tsx'

/** All that is known of a failure: what it said, where, what kind it is, what changed since the last good build, what to do. */
export function Explanation(props: {
  readonly why: string | null
  readonly explanation: FailureExplanation
}) {
  const { lines, fix, enter } = props.explanation
  return (
    <div className="failure explanation">
      <pre className="why">{[props.why ?? '', ...lines].filter((line) => line !== '').join('\n')}</pre>
      <p className="fix">{fix}</p>
      {enter !== null && (
        <p className="paste-line">
          <code>{enter}</code>
          <CopyButton text={enter} label="the command that goes in" />
        </p>
      )}
    </div>
  )
}
