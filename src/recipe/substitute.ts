// SPDX-License-Identifier: Apache-2.0
import { type Location, type MillraceError, nearestName } from '../base/index.ts'
import { invalid } from './invalid.ts'

/** Names and the values they stand for. */
export interface Variables {
  get(name: string): string | undefined
  keys(): Iterable<string>
}

/** Own names before those around them. */
export function within(outer: Variables, own: ReadonlyMap<string, string>): Variables {
  return {
    get: (name) => own.get(name) ?? outer.get(name),
    keys: () => [...own.keys(), ...outer.keys()],
  }
}

/** What is being read, for messages: the act, and the place of a text inside of it. */
export interface Reading {
  readonly what: string
  /** Which names may stand there, when that is not plain. */
  readonly hint?: string
  locate(text?: string): Location | undefined
}

/** Parse-time substitution: `${{name}}` exactly so spelled; unknown names stay as they are (melange.md §3). */
export function substituteKnown(text: string, variables: Variables): string {
  if (!text.includes('${{')) return text
  return text.replace(/\$\{\{([^\s{}]+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole)
}

const VARIABLE = /\$\{\{[ \t\r\n]*([A-Za-z0-9._-]*)([ \t\r\n]*)(\}\})?/g

/**
 * Compile-time substitution: white space is allowed inside the braces, every name must be known (melange.md §3).
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function substituteAll(text: string, variables: Variables, reading: () => Reading): string {
  if (!text.includes('${{')) return text
  return text.replace(VARIABLE, (whole, name: string, _space: string, end: string | undefined) => {
    const value = end === undefined ? undefined : variables.get(name)
    if (value !== undefined) return value
    throw badVariable(whole, name, end !== undefined, variables, reading())
  })
}

function badVariable(
  whole: string,
  name: string,
  isClosed: boolean,
  variables: Variables,
  { what, hint, locate }: Reading,
): MillraceError {
  const at = locate(whole)
  if (!isClosed && name === '')
    return invalid(
      what,
      'a ${{ is not followed by a name',
      'write ${{name}}; names have letters, digits and . _ -',
      at,
    )
  if (!isClosed)
    return invalid(what, `the variable \${{${name} is not closed with }}`, `write \${{${name}}}`, at)
  if (name === '') return invalid(what, `${whole} has no name in it`, 'write ${{name}}', at)
  const near = nearestName(name, variables.keys())
  const fix = near === undefined ? (hint ?? fixOf(name, variables)) : `did you mean \${{${near}}}?`
  return invalid(what, `the variable \${{${name}}} is not defined here`, fix, at)
}

function fixOf(name: string, variables: Variables): string {
  const family = name.slice(0, name.indexOf('.') + 1)
  const relatives = [...new Set(variables.keys())].filter(
    (known) => family !== '' && known.startsWith(family),
  )
  if (family === 'vars.') return `define ${name.slice(family.length)} in vars`
  if (relatives.length === 0) return 'correct its name'
  return `known here: ${relatives.sort().slice(0, 12).join(', ')}${relatives.length > 12 ? ', …' : ''}`
}
