// SPDX-License-Identifier: Apache-2.0
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useState } from 'react'
import { Failed, Loading } from '../parts/answers.tsx'
import { SearchField } from '../parts/search-field.tsx'
import { LogBody, type LogTarget } from './log-body.tsx'
import { findFirstError, searchLines, stepsOf } from './log-text.ts'
import { useLog } from './use-log.ts'

/**
 * A log to read: search, steps, the first error, wrapping.
 *
 * @param props.why how the attempt failed; null when it passed. The log of a failed one opens at its first error, unless the address names a line.
 */
export function LogViewer({ path, why }: { readonly path: string; readonly why: string | null }) {
  const { lines, done, error } = useLog(path)
  const [target, setTarget] = useState<LogTarget | null>(null)
  const [wrap, setWrap] = useState(true)
  const goTo = (line: number) => setTarget((before) => ({ line, turn: (before?.turn ?? 0) + 1 }))
  const search = useSearchIn(lines, done, goTo)
  const [steps, firstError] = useMemo(
    () => (done ? [stepsOf(lines), findFirstError(lines, why)] : [[], null]),
    [lines, done, why],
  )
  // biome-ignore lint/correctness/useExhaustiveDependencies: only once, when the log is there
  useEffect(() => {
    if (!done) return
    const asked = lineOfHash()
    if (asked !== null) goTo(asked)
    else if (why !== null && firstError !== null) goTo(firstError)
    const onHash = () => goTo(lineOfHash() ?? 0)
    addEventListener('hashchange', onHash)
    return () => removeEventListener('hashchange', onHash)
  }, [done, path])

  if (error !== null) return <Failed error={error} />
  if (!done && lines.length === 0) return <Loading lines={8} />
  return (
    <div className="log">
      <div className="log-bar">
        {search.field}
        <button
          type="button"
          className="button"
          disabled={firstError === null}
          onClick={() => firstError !== null && goTo(firstError)}
        >
          First error
        </button>
        {steps.length > 0 && (
          <select
            className="button"
            aria-label="Go to a step"
            value=""
            onChange={(change) => goTo(Number(change.target.value))}
          >
            <option value="" disabled>
              Steps
            </option>
            {steps.map(({ line, index, of, label }) => (
              <option key={line} value={line}>
                {index} of {of}: {label}
              </option>
            ))}
          </select>
        )}
        <label className="toggle">
          <input type="checkbox" checked={wrap} onChange={() => setWrap(!wrap)} />
          Wrap
        </label>
        <span className="log-count">
          {lines.length.toLocaleString('en-US')} lines{done ? '' : ', reading …'}
        </span>
        <a href={path} className="log-raw">
          Raw
        </a>
      </div>
      <LogBody lines={lines} count={lines.length} wrap={wrap} target={target} words={search.words} />
    </div>
  )
}

/** `#L12` names a line, counted from 1. */
function lineOfHash(): number | null {
  const line = /^#L(\d+)$/.exec(location.hash)?.[1]
  return line === undefined ? null : Number(line) - 1
}

/** The search field and what it found. Enter goes to the next match, with Shift to the one before. */
function useSearchIn(lines: readonly string[], done: boolean, goTo: (line: number) => void) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const words = useDeferredValue(typed)
  // biome-ignore lint/correctness/useExhaustiveDependencies: the array grows in place until it is done
  const matches = useMemo(() => searchLines(lines, words), [lines, done, words])
  const go = (step: number) => {
    // Enter may be quicker than what is drawn.
    const found = words === typed ? matches : searchLines(lines, typed)
    if (found.length === 0) return
    const next = (at + step + found.length) % found.length
    setAt(next)
    goTo(found[next] ?? 0)
  }
  const onKeyDown = (key: KeyboardEvent) => {
    if (key.key === 'Enter') go(key.shiftKey ? -1 : 1)
    if (key.key === 'Escape') setTyped('')
  }
  const onType = (text: string) => {
    setTyped(text)
    setAt(-1)
  }
  const place = matches.length === 0 ? 'none' : `${Math.max(0, at) + 1} of ${matches.length}`
  const field = (
    <SearchField
      label="Search the log"
      placeholder="Search the log"
      words={typed}
      onWords={onType}
      onKeyDown={onKeyDown}
    >
      {typed !== '' && (
        <span className="field-note" role="status">
          {place}
        </span>
      )}
    </SearchField>
  )
  return { words, field }
}
