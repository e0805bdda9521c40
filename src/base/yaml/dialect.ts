// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from '../error.ts'
import type { ErrorCode } from '../errors.ts'

/** How a kind of YAML text is read, and what its errors are called. */
export interface YamlDialect {
  /** What messages call such a text, with its article. */
  readonly noun: string
  readonly code: ErrorCode
  /** `text`: every scalar keeps its source text, and `null`, `~` and nothing at all are '' (melange's dialect). `typed`: numbers, truth values and null as YAML 1.2's core schema has them. */
  readonly scalars: 'text' | 'typed'
  /** How to add a key that is missing, where `add NAME` does not say enough. */
  readonly missing?: Readonly<Record<string, string>>
}

/** The error every problem of a text becomes. */
export function yamlInvalid(
  { code }: YamlDialect,
  what: string,
  why: string,
  fix: string,
  at: Location,
): MillraceError {
  return new MillraceError(code, { what, why, fix, at })
}

/** A found text as messages show it: in quotes, and not all of a long one. */
export function shown(found: string): string {
  return JSON.stringify(found.length > 60 ? `${found.slice(0, 60)}…` : found)
}
