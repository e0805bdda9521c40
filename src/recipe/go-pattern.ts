// SPDX-License-Identifier: Apache-2.0

/** A pattern in Go's regular expression syntax (RE2), said in JavaScript's. */
export interface GoPattern {
  readonly expression: RegExp
  /** False when matching might take time that grows faster than the cube of the text's length. */
  readonly isCheap: boolean
}

/**
 * Translates a pattern token by token, so that `.`, `^`, `$`, `\s`, classes and flags mean what they mean to Go.
 *
 * Specification: https://github.com/google/re2/wiki/Syntax. Not translated, and refused: `(?U)`, `\C`, `\pN` of scripts JavaScript does not know, and everything RE2 itself refuses.
 *
 * @throws SyntaxError with words for the author of the pattern.
 */
export function readGoPattern(pattern: string): GoPattern {
  const translation = new Translation(pattern)
  return { expression: new RegExp(translation.whole(), 'gv'), isCheap: translation.isCheap }
}

/** Go's group names may begin with a digit; this prefix makes a name of JavaScript's of any of them. */
export const GROUP_PREFIX = 'g_'

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
}

const SPACES = '\\t\\n\\f\\r '
const CLASSES: Readonly<Record<string, string>> = {
  d: '\\d',
  D: '\\D',
  w: '\\w',
  W: '\\W',
  s: `[${SPACES}]`,
  S: `[^${SPACES}]`,
}
const POSIX: Readonly<Record<string, string>> = {
  alnum: '0-9A-Za-z',
  alpha: 'A-Za-z',
  ascii: '\\x00-\\x7f',
  blank: '\\t ',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e',
  space: '\\t\\n\\v\\f\\r ',
  upper: 'A-Z',
  word: '0-9A-Za-z_',
  xdigit: '0-9A-Fa-f',
}
const CONTROLS: Readonly<Record<string, string>> = {
  a: '\\x07',
  f: '\\f',
  n: '\\n',
  r: '\\r',
  t: '\\t',
  v: '\\v',
}
const QUANTIFIER = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/

class Translation {
  readonly #pattern: string
  #at = 0
  #unbounded = 0
  #nested = false

  constructor(pattern: string) {
    this.#pattern = withoutQuotes(pattern)
  }

  get isCheap(): boolean {
    return !this.#nested && this.#unbounded <= 3
  }

  whole(): string {
    const result = this.#alternatives({ i: false, m: false, s: false })
    if (this.#at < this.#pattern.length) throw new SyntaxError('a ) closes nothing')
    return result
  }

  /** Up to the end, or to the parenthesis that closes the group. A `(?i)` inside holds from there on, also behind a `|`. */
  #alternatives(flags: Flags): string {
    let result = ''
    let current = flags
    while (this.#at < this.#pattern.length && this.#peek() !== ')') {
      if (this.#take('|')) result += '|'
      else if (this.#startsWith(/^\(\?[imsU-]*\)/)) current = this.#flagGroup(current)
      else result += this.#term(current)
    }
    return result
  }

  #term(flags: Flags): string {
    const isGroup = this.#peek() === '('
    const atom = isGroup ? this.#group(flags) : this.#atom(flags)
    const [quantifier] = QUANTIFIER.exec(this.#rest()) ?? []
    if (quantifier === undefined) return atom
    this.#at += quantifier.length
    if (QUANTIFIER.test(this.#rest())) throw new SyntaxError(`${quantifier} is repeated once more`)
    this.#count(quantifier, isGroup)
    return `(?:${atom})${quantifier}`
  }

  #count(quantifier: string, isGroup: boolean): void {
    const [, least = '', most = least] = /^\{(\d+)(?:,(\d*))?\}/.exec(quantifier) ?? []
    if (Number(least) > 1000 || Number(most) > 1000)
      throw new SyntaxError(`${quantifier} repeats more than 1000 times`)
    const isOptional = quantifier.startsWith('?')
    if (isGroup && !isOptional) this.#nested = true
    if (!isOptional && (least === '' || most === '' || Number(most) > 20)) this.#unbounded += 1
  }

  #group(flags: Flags): string {
    this.#take('(')
    let open = '('
    let inside = flags
    if (this.#peek() === '?') {
      const [whole, name, set, scoped] = /^\?(?:P?<(\w+)>|([imsU]*(?:-[imsU]+)?)(:))/.exec(this.#rest()) ?? []
      if (whole === undefined) throw new SyntaxError(`Go has no group (${this.#rest().slice(0, 3)}`)
      this.#at += whole.length
      open = name === undefined ? '(?:' : `(?<${GROUP_PREFIX}${name}>`
      if (scoped !== undefined) inside = withFlags(flags, set ?? '')
    }
    const content = this.#alternatives(inside)
    if (!this.#take(')')) throw new SyntaxError('a ( has no ) behind it')
    return `${open}${content})`
  }

  #flagGroup(flags: Flags): Flags {
    const end = this.#pattern.indexOf(')', this.#at)
    const set = this.#pattern.slice(this.#at + 2, end)
    this.#at = end + 1
    return withFlags(flags, set)
  }

  #atom(flags: Flags): string {
    if (this.#peek() === '[') return cased(this.#class(), flags)
    if (this.#peek() === '\\') return this.#escape(flags)
    const [repetition] = QUANTIFIER.exec(this.#rest()) ?? []
    if (repetition !== undefined) throw new SyntaxError(`${repetition} repeats nothing`)
    const character = this.#character()
    if (character === '.') return flags.s ? '[^]' : '[^\\n]'
    if (character === '^') return flags.m ? '(?<![^\\n])' : '(?<![^])'
    if (character === '$') return flags.m ? '(?![^\\n])' : '(?![^])'
    return cased(literal(character), flags)
  }

  #escape(flags: Flags): string {
    if (this.#take('\\A')) return '(?<![^])'
    if (this.#take('\\z')) return '(?![^])'
    if (this.#take('\\b')) return '\\b'
    if (this.#take('\\B')) return '\\B'
    return cased(this.#set() ?? this.#escapedCharacter(), flags)
  }

  /** `\d`, `\pL` and the like, which stand for many characters. */
  #set(): string | undefined {
    const [shorthand] = /^\\[dDwWsS]/.exec(this.#rest()) ?? []
    if (shorthand !== undefined) {
      this.#at += 2
      return CLASSES[shorthand.slice(1)]
    }
    const [property, p = '', short, negation, long] =
      /^\\([pP])(?:([A-Z])|\{(\^?)(\w+)\})/.exec(this.#rest()) ?? []
    if (property === undefined) return undefined
    this.#at += property.length
    const name = short ?? long ?? ''
    const isNegated = (p === 'P') !== (negation === '^')
    return `\\${isNegated ? 'P' : 'p'}{${/^[A-Z][a-z]?$/.test(name) ? name : `Script=${name}`}}`
  }

  #escapedCharacter(): string {
    const rest = this.#rest()
    const [hex, code, braced] = /^\\x(?:([\da-fA-F]{2})|\{([\da-fA-F]{1,6})\})/.exec(rest) ?? []
    if (hex !== undefined) {
      this.#at += hex.length
      return literal(String.fromCodePoint(Number.parseInt(code ?? braced ?? '', 16)))
    }
    const [octal] = /^\\(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(rest) ?? []
    if (octal !== undefined) {
      this.#at += octal.length
      return literal(String.fromCodePoint(Number.parseInt(octal.slice(1), 8)))
    }
    this.#at += 1
    const character = this.#character()
    const control = CONTROLS[character]
    if (control !== undefined) return control
    if (character === '' || /[A-Za-z0-9\u0080-\u{10ffff}]/u.test(character))
      throw new SyntaxError(`Go has no escape \\${character}`)
    return literal(character)
  }

  #class(): string {
    const start = this.#at
    this.#take('[')
    let result = this.#take('^') ? '[^' : '['
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      if (this.#at >= this.#pattern.length)
        throw new SyntaxError(`${this.#pattern.slice(start, start + 20)} has no ] behind it`)
      result += this.#classItem()
    }
    this.#take(']')
    return `${result}]`
  }

  #classItem(): string {
    const [posix, negation, name = ''] = /^\[:(\^?)(\w+):\]/.exec(this.#rest()) ?? []
    if (posix !== undefined) {
      const members = POSIX[name]
      if (members === undefined) throw new SyntaxError(`Go has no class ${posix}`)
      this.#at += posix.length
      return `[${negation}${members}]`
    }
    const set = this.#peek() === '\\' ? this.#set() : undefined
    if (set !== undefined) return set
    const low = this.#classCharacter()
    if (!this.#startsWith(/^-[^\]]/)) return low
    this.#take('-')
    return `${low}-${this.#classCharacter()}`
  }

  #classCharacter(): string {
    return this.#peek() === '\\' ? this.#escapedCharacter() : literal(this.#character())
  }

  #rest(): string {
    return this.#pattern.slice(this.#at)
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? ''
  }

  #startsWith(expression: RegExp): boolean {
    return expression.test(this.#rest())
  }

  #take(token: string): boolean {
    if (!this.#pattern.startsWith(token, this.#at)) return false
    this.#at += token.length
    return true
  }

  #character(): string {
    const code = this.#pattern.codePointAt(this.#at)
    if (code === undefined) return ''
    const character = String.fromCodePoint(code)
    this.#at += character.length
    return character
  }
}

/** What stands between `\\Q` and `\\E`, said with single escapes. */
function withoutQuotes(pattern: string): string {
  return pattern.replace(/\\Q([\s\S]*?)(?:\\E|$)|\\[\s\S]/g, (whole, quoted?: string) =>
    quoted === undefined ? whole : quoted.replace(/[^A-Za-z0-9\u0080-\u{10ffff}]/gu, '\\$&'),
  )
}

function withFlags(flags: Flags, text: string): Flags {
  if (text.includes('U')) throw new SyntaxError('the flag U has no counterpart here; write *? and +? instead')
  const [on = '', off = ''] = text.split('-')
  const value = (flag: keyof Flags) => (flags[flag] || on.includes(flag)) && !off.includes(flag)
  return { i: value('i'), m: value('m'), s: value('s') }
}

function cased(atom: string, { i }: Flags): string {
  return i ? `(?i:${atom})` : atom
}

/** One character that stands for itself, inside a class and outside. */
function literal(character: string): string {
  return /[\w\u0080-\u{10ffff}]/u.test(character)
    ? character
    : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
