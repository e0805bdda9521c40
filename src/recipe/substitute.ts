// SPDX-License-Identifier: Apache-2.0
import { type Location, nearestName } from '../base/index.ts'
import { invalid } from './parse.ts'

export type Variables = ReadonlyMap<string, string>

/** Parse-time substitution: `${{name}}` exactly so spelled; unknown names stay as they are (melange.md §3). */
export function substituteKnown(text: string, variables: Variables): string {
  if (!text.includes('${{')) return text
  return text.replace(/\$\{\{([^\s{}]+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole)
}

/**
 * Compile-time substitution: white space is allowed inside the braces, every name must be known (melange.md §3).
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function substituteAll(
  text: string,
  variables: Variables,
  what: string,
  at: Location | undefined,
): string {
  if (!text.includes('${{')) return text
  let result = ''
  let from = 0
  for (let start = text.indexOf('${{'); start !== -1; start = text.indexOf('${{', from)) {
    const end = text.indexOf('}}', start)
    if (end === -1) throw invalid(what, 'a ${{ has no }} behind it', 'close the variable with }}', at)
    const name = text.slice(start + 3, end).trim()
    const value = variables.get(name)
    if (value === undefined) throw unknownVariable(name, variables, what, at)
    result += text.slice(from, start) + value
    from = end + 2
  }
  return result + text.slice(from)
}

function unknownVariable(name: string, variables: Variables, what: string, at: Location | undefined) {
  const near = nearestName(name, variables.keys())
  return invalid(
    what,
    `the variable \${{${name}}} is not defined here`,
    near === undefined ? 'define it in vars, or correct its name' : `did you mean \${{${near}}}?`,
    at,
  )
}

/** Every text below a value, with a change applied; keys of maps stay. */
export function mapTexts<T>(
  value: T,
  change: (text: string) => string,
  keep: ReadonlySet<string> = new Set(),
): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, keep)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, keep.has(key) ? item : mapTexts(item, change, keep)]),
  ) as T
}

/**
 * A Go (RE2) pattern as JavaScript's: inline flags in front, `(?P<name>…)`, `\A`, `\z`, POSIX classes.
 *
 * @throws MillraceError RECIPE_INVALID for what JavaScript cannot say.
 */
export function goPattern(pattern: string, what: string, at: Location | undefined): RegExp {
  const [, inline = '', rest = ''] = /^(?:\(\?([ims]+)\))?([\s\S]*)$/.exec(pattern) ?? []
  const source = rest
    .replace(/\(\?P</g, '(?<')
    .replace(/\\A/g, '^')
    .replace(/\\z/g, '$')
    .replace(/\[\[:(\w+):\]\]/g, (_, name: string) => POSIX[name] ?? `[[:${name}:]]`)
  try {
    return new RegExp(source, `g${inline}`)
  } catch (cause) {
    throw invalid(
      what,
      `the pattern ${JSON.stringify(pattern)} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      'write it in RE2 syntax',
      at,
    )
  }
}

const POSIX: Readonly<Record<string, string>> = {
  digit: '[0-9]',
  alpha: '[A-Za-z]',
  alnum: '[0-9A-Za-z]',
  space: '\\s',
  upper: '[A-Z]',
  lower: '[a-z]',
}

/** Go's `ReplaceAllString`: `$1`, `${1}`, `$name`; the name is as long as it can be, so `$1_x` is the group "1_x", which is empty when there is none. */
export function goReplace(text: string, pattern: RegExp, template: string): string {
  return text.replace(pattern, (...found: unknown[]) => {
    const named = typeof found.at(-1) === 'object' ? (found.at(-1) as Record<string, string | undefined>) : {}
    const group = (name: string) => String((/^\d+$/.test(name) ? found[Number(name)] : named[name]) ?? '')
    return template.replace(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) =>
      whole === '$$' ? '$' : group(braced ?? bare ?? ''),
    )
  })
}
