// SPDX-License-Identifier: Apache-2.0

import { ERRORS, type ErrorCode, type ErrorKind } from './errors.ts'
import { withoutSecrets } from './redact.ts'

/** A place in a text that a person can open: line and column count from 1. */
export interface Location {
  readonly file: string
  readonly line?: number
  readonly column?: number
}

export interface ErrorDetails {
  /** The act, with its names and paths: `reading package.version of hello`. */
  readonly what: string
  /** Found versus expected: `expected a string, found the number 1.1`. */
  readonly why: string
  /** The next thing to type or change: `write version: "1.10"`. */
  readonly fix: string
  readonly at?: Location | undefined
  readonly cause?: unknown
}

/** The one error class. Everything Millrace throws on purpose is one of these; anything else is a bug. */
export class MillraceError extends Error {
  readonly code: ErrorCode
  readonly what: string
  readonly why: string
  readonly fix: string
  readonly at: Location | undefined

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(
      withoutSecrets(`${details.what}: ${details.why}`),
      details.cause === undefined ? {} : { cause: details.cause },
    )
    this.name = 'MillraceError'
    this.code = code
    this.what = shownText(details.what)
    this.why = shownText(details.why)
    this.fix = shownText(details.fix)
    this.at = details.at
  }

  get kind(): ErrorKind {
    return ERRORS[this.code]
  }

  /** The shape every door shows: `--json`, HTTP bodies and the events table. */
  toJSON(): { code: ErrorCode; what: string; why: string; fix: string; at?: Location } {
    const { code, what, why, fix, at } = this
    return at === undefined ? { code, what, why, fix } : { code, what, why, fix, at }
  }
}

const shownText = (text: string) => withoutSecrets(stripControls(text))

export function isMillraceError(value: unknown, code?: ErrorCode): value is MillraceError {
  return value instanceof MillraceError && (code === undefined || value.code === code)
}

/** True for the errors Node raises from system calls, such as `ENOENT`. */
export function isSystemError(value: unknown, ...codes: string[]): value is NodeJS.ErrnoException {
  const code = value instanceof Error && 'code' in value ? value.code : undefined
  return typeof code === 'string' && (codes.length === 0 || codes.includes(code))
}

/** `hello.yaml:3:12`, with only the parts that are known. */
export function formatLocation(at: Location): string {
  return [at.file, at.line, at.column].filter((part) => part !== undefined).join(':')
}

/** An error as a person reads it on a terminal: four aligned lines, and its causes when they are bugs. */
export function formatError(error: unknown): string {
  if (!isMillraceError(error))
    return withoutSecrets(
      `error INTERNAL\n  ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
  const place = error.at === undefined ? '' : `  ${formatLocation(error.at)}`
  return [
    `error ${error.code}${place}`,
    ...block('what', error.what),
    ...block('why', error.why),
    ...block('fix', error.fix),
  ].join('\n')
}

/** Text from programs and remotes may hold terminal escapes: only newline and tab survive. */
export function stripControls(text: string): string {
  return text.replace(/\x1b\[[0-9;?]*[ -/]*[@-~]/g, '').replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '')
}

/** The known name nearest to a misspelt one, or undefined when none is near (Damerau-Levenshtein, at most a third of the length). */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance]
  }
  return best
}

function block(label: string, text: string): string[] {
  return text.split('\n').map((line, index) => `  ${(index === 0 ? label : '').padEnd(4)}  ${line}`)
}

/** Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = []
  let above = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      let cost = Math.min(
        (above[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (above[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      if (swapped) cost = Math.min(cost, (before[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    ;[before, above] = [above, current]
  }
  return above[b.length] ?? 0
}
