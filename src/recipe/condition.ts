// SPDX-License-Identifier: Apache-2.0
import type { MillraceError } from '../base/index.ts'
import { invalid } from './invalid.ts'
import { type Reading, substituteAll, type Variables } from './substitute.ts'

/**
 * Whether an `if` holds. `&&` and `||` have no precedence and are taken from left to right; a variable outside of quotes stands for its value (melange.md §4).
 * No condition holds.
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function evaluateCondition(text: string, variables: Variables, reading: () => Reading): boolean {
  if (text.trim() === '') return true
  return new ConditionReader(text, variables, reading).whole()
}

const SPACE = /[ \t\r\n]*/y
const VARIABLE = /\$\{\{[^}]*\}\}/y
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', t: '\t' }

/** What to write instead of what was found. */
function fixOf(rest: string): string {
  const [word = ''] = /^[\w.-]+/.exec(rest) ?? []
  if (/^(and|or)$/i.test(word)) return `write ${word.toLowerCase() === 'and' ? '&&' : '||'} for ${word}`
  if (word !== '') return `put quotes around it: '${word}'`
  if (/^=[^=]/.test(rest)) return 'write == for ='
  if (/^&[^&]/.test(rest)) return 'write && for &'
  if (/^\|[^|]/.test(rest)) return 'write || for |'
  return "write it as in ${{build.arch}} == 'x86_64' && 'a' != 'b'"
}

class ConditionReader {
  readonly #text: string
  readonly #variables: Variables
  readonly #reading: () => Reading
  #at = 0

  constructor(text: string, variables: Variables, reading: () => Reading) {
    this.#text = text
    this.#variables = variables
    this.#reading = reading
  }

  whole(): boolean {
    const result = this.#expression(0)
    this.#match(SPACE)
    if (this.#at < this.#text.length) throw this.#unexpected('the end, && or ||')
    return result
  }

  #expression(depth: number): boolean {
    let result = this.#atom(depth)
    for (;;) {
      if (this.#take('&&')) result = this.#atom(depth) && result
      else if (this.#take('||')) result = this.#atom(depth) || result
      else return result
    }
  }

  #atom(depth: number): boolean {
    if (depth > 100) throw this.#unexpected('fewer parentheses')
    if (this.#take('(')) {
      const result = this.#expression(depth + 1)
      if (!this.#take(')')) throw this.#unexpected('&&, || or )')
      return result
    }
    const left = this.#value()
    const isEqual = this.#take('==')
    if (!isEqual && !this.#take('!=')) throw this.#unexpected('== or !=')
    return (left === this.#value()) === isEqual
  }

  #value(): string {
    this.#match(SPACE)
    const start = this.#at
    const variable = this.#match(VARIABLE)
    if (variable !== '') return substituteAll(variable, this.#variables, this.#reading)
    const quote = this.#text[this.#at]
    if (quote !== "'" && quote !== '"') throw this.#unexpected('a quoted text or ${{name}}')
    this.#at += 1
    const value = this.#quoted(quote)
    if (value.includes('${{')) throw this.#quotedVariable(this.#text.slice(start, this.#at))
    return value
  }

  #quoted(quote: string): string {
    let value = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? ''
      if (character === quote) {
        this.#at += 1
        return value
      }
      const next = this.#text[this.#at + 1]
      if (character === '\\' && next !== undefined) {
        value += ESCAPES[next] ?? `\\${next}`
        this.#at += 1
      } else value += character
    }
    throw this.#unexpected(`a closing ${quote}`)
  }

  #take(token: string): boolean {
    this.#match(SPACE)
    if (!this.#text.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #match(expression: RegExp): string {
    expression.lastIndex = this.#at
    const [found = ''] = expression.exec(this.#text) ?? []
    this.#at += found.length
    return found
  }

  #unexpected(expected: string): MillraceError {
    const { what, locate } = this.#reading()
    const rest = this.#text.slice(this.#at, this.#at + 20)
    const found = rest === '' ? 'it ends' : `found ${rest}`
    return invalid(
      what,
      `expected ${expected} at character ${this.#at + 1} of ${this.#text}, ${found}`,
      fixOf(rest),
      locate(),
    )
  }

  /** melange would put quotes inside of the quotes, and so silently compare with another text. */
  #quotedVariable(quoted: string): MillraceError {
    const { what, locate } = this.#reading()
    const bare = quoted.slice(1, -1).trim()
    return invalid(
      what,
      `${quoted} has quotes around a variable that is put in with quotes of its own`,
      `write ${bare} without them`,
      locate(quoted),
    )
  }
}
