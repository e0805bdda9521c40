// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../base/index.ts'
import { invalid } from './parse.ts'
import { substituteAll, type Variables } from './substitute.ts'

/**
 * Whether an `if` holds. `&&` and `||` have no precedence and are taken from left to right; a variable stands for its quoted value (melange.md §4). No condition holds.
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function evaluateCondition(text: string, variables: Variables, at: Location | undefined): boolean {
  if (text.trim() === '') return true
  const what = `evaluating the condition ${JSON.stringify(text)}`
  const quoted = new Map(
    [...variables].map(([name, value]) => [name, `'${value.replace(/\\/g, '\\\\').replace(/'/g, "\\'")}'`]),
  )
  // A variable inside quotes was meant as its bare value.
  const bare = text.replace(/(['"])\s*(\$\{\{[^}]*\}\})\s*\1/g, '$2')
  const parser = new ConditionParser(substituteAll(bare, quoted, what, at), what, at)
  return parser.whole()
}

class ConditionParser {
  readonly #text: string
  readonly #what: string
  readonly #location: Location | undefined
  #at = 0

  constructor(text: string, what: string, location: Location | undefined) {
    this.#text = text
    this.#what = what
    this.#location = location
  }

  whole(): boolean {
    const result = this.#expression()
    this.#space()
    if (this.#at < this.#text.length) throw this.#unexpected()
    return result
  }

  #expression(): boolean {
    let result = this.#atom()
    for (;;) {
      const operator = this.#take('&&') ?? this.#take('||')
      if (operator === undefined) return result
      const next = this.#atom()
      result = operator === '&&' ? result && next : result || next
    }
  }

  #atom(): boolean {
    if (this.#take('(') !== undefined) {
      const result = this.#expression()
      if (this.#take(')') === undefined) throw this.#unexpected()
      return result
    }
    const left = this.#value()
    const operator = this.#take('==') ?? this.#take('!=')
    if (operator === undefined) throw this.#unexpected()
    return (left === this.#value()) === (operator === '==')
  }

  #value(): string {
    const quote = this.#take("'") ?? this.#take('"')
    if (quote === undefined) throw this.#unexpected()
    let value = ''
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? ''
      if (character === quote) {
        this.#at += 1
        return value
      }
      if (character !== '\\') value += character
      else {
        this.#at += 1
        const escaped = this.#text[this.#at] ?? ''
        value += ESCAPES[escaped] ?? `\\${escaped}`
      }
    }
    throw this.#unexpected()
  }

  #take(token: string): string | undefined {
    this.#space()
    if (!this.#text.startsWith(token, this.#at)) return undefined
    this.#at += token.length
    return token
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at += 1
  }

  #unexpected() {
    const found =
      this.#at >= this.#text.length
        ? 'it ends too early'
        : `found ${JSON.stringify(this.#text.slice(this.#at, this.#at + 20))} at character ${this.#at + 1} of ${this.#text}`
    return invalid(
      this.#what,
      `expected 'text' == 'text', joined by && or ||; ${found}`,
      "quote both sides, as in '${{vars.x}}' == 'yes'",
      this.#location,
    )
  }
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\', "'": "'", '"': '"', n: '\n', t: '\t' }
