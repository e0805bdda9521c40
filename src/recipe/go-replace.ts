// SPDX-License-Identifier: Apache-2.0
import { createContext, Script } from 'node:vm'
import { type GoPattern, GROUP_PREFIX } from './go-pattern.ts'

/** Texts that a cheap pattern goes through in no time worth measuring. */
const SHORT_TEXT = 256
const TIME_LIMIT_MS = 1000

/**
 * Go's `ReplaceAllString`. In the template `$1`, `${1}` and `$name` stand for groups; a bare name is as long as it can be, so `$1_x` is the group "1_x", which is empty when there is none.
 *
 * @throws RangeError when matching takes longer than a second.
 */
export function replaceGo(text: string, { expression, isCheap }: GoPattern, template: string): string {
  const matches =
    isCheap && text.length <= SHORT_TEXT ? [...text.matchAll(expression)] : findGuarded(text, expression)
  let result = ''
  let from = 0
  let last = -1
  for (const match of matches) {
    const end = match.index + match[0].length
    // Go passes over an empty match right behind another match.
    if (match[0] === '' && match.index === last) continue
    result += text.slice(from, match.index) + expandTemplate(template, match)
    from = end
    last = end
  }
  return result + text.slice(from)
}

function expandTemplate(template: string, match: RegExpExecArray): string {
  return template.replace(/\$\$|\$\{(\w+)\}|\$(\w+)/g, (whole, braced?: string, bare?: string) => {
    if (whole === '$$') return '$'
    const name = braced ?? bare ?? ''
    return (/^\d+$/.test(name) ? match[Number(name)] : match.groups?.[GROUP_PREFIX + name]) ?? ''
  })
}

const search = new Script('found = [...text.matchAll(expression)]')

/** A pattern may search without end; a script of its own can be stopped. */
function findGuarded(text: string, expression: RegExp): RegExpExecArray[] {
  const context: { text: string; expression: RegExp; found: RegExpExecArray[] } = {
    text,
    expression,
    found: [],
  }
  try {
    search.runInContext(createContext(context), { timeout: TIME_LIMIT_MS })
  } catch (cause) {
    throw new RangeError(
      `it searches for longer than ${TIME_LIMIT_MS} ms in ${JSON.stringify(text.slice(0, 60))}`,
      { cause },
    )
  }
  return context.found
}
