// SPDX-License-Identifier: Apache-2.0
import type { Tree, TreeMap } from './located-yaml.ts'

/**
 * Reads, in one pass, the plain part of YAML that most files keep to: maps and lists in block style, scalars of one line, block scalars, flow lists of words, comments. Every scalar is its text.
 *
 * @returns undefined for a text that has anything else in it, or anything wrong: the full parser decides about those. What is returned is what the full parser makes of the text.
 */
export function readPlainYaml(text: string): TreeMap | undefined {
  if (!text.endsWith('\n') || NOT_PLAIN.test(text)) return undefined
  try {
    return new PlainReader(text).whole()
  } catch (thrown) {
    if (thrown === BEYOND) return undefined
    throw thrown
  }
}

/** Control characters, a byte order mark, directives and marks of documents; and what ends a line to JavaScript and not to YAML. */
const NOT_PLAIN = /[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ufeff]|^(?:---|\.\.\.|%)/m
/** Thrown where a text leaves what is read here. */
const BEYOND = Symbol('beyond plain YAML')
const MAX_DEPTH = 100
const MAX_NODES = 100_000

const KEY = /(?:([A-Za-z0-9_][A-Za-z0-9_.+/@~-]{0,200})|"([^"\\\n]{0,200})"|'([^'\n]{0,200})'):(?= |$)/my
const DASH = /-(?: +|$)/my
const COMMENT = / *(?: #[^\n]*)?$/my
const SINGLE_QUOTED = /'((?:[^'\n]|'')*)'/y
const DOUBLE_QUOTED = /"((?:[^"\\\n]|\\["\\nt])*)"/y
const BLOCK_HEADER = /([|>])([+-]?)(?: +#[^\n]*)? *$/my
const FLOW_LIST = /\[ *((?:[A-Za-z0-9_][\w.+/=~-]*(?: *, *[A-Za-z0-9_][\w.+/=~-]*)*)?) *\]/y
const FLOW_NOTHING = /\{ *\}/y
/** A plain scalar begins with none of YAML's indicators; a dash may be its first character when no space follows. */
const PLAIN = /(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-[^\s])[^\n]*/y
const NULL = /^(?:~|null|Null|NULL)$/
const ESCAPES: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', n: '\n', t: '\t' }

class PlainReader {
  readonly #text: string
  /** The first character of the line that is looked at, and how many spaces it begins with. */
  #line = 0
  #indent = 0
  #nodes = 0

  constructor(text: string) {
    this.#text = text
  }

  whole(): TreeMap {
    this.#toContent(0)
    if (this.#atEnd() || this.#indent !== 0) throw BEYOND
    const tree = this.#map(this.#line, 0, 0)
    if (!this.#atEnd()) throw BEYOND
    return tree
  }

  /** A map whose first key stands at an offset, and all of whose keys stand at a column. */
  #map(offset: number, column: number, depth: number): TreeMap {
    if (depth > MAX_DEPTH) throw BEYOND
    const map: TreeMap = {}
    for (let at = offset; ; at = this.#line + column) {
      const [whole, plain, double, single] = this.#match(KEY, at) ?? []
      const key = plain ?? double ?? single
      if (whole === undefined || key === undefined) throw BEYOND
      if (key === '__proto__' || Object.hasOwn(map, key)) throw BEYOND
      map[key] = this.#value(at + whole.length, column, true, depth)
      if (this.#indent !== column || this.#atEnd()) return this.#ended(map, column)
    }
  }

  #list(column: number, depth: number): Tree[] {
    if (depth > MAX_DEPTH) throw BEYOND
    const items: Tree[] = []
    for (;;) {
      const at = this.#line + column
      const dash = this.#match(DASH, at)?.[0]
      // What follows a list at the column of its key is the next key.
      if (dash === undefined) return items
      const inner = at + dash.length
      const isMap = this.#match(KEY, inner) !== undefined
      items.push(
        isMap ? this.#map(inner, column + dash.length, depth + 1) : this.#value(at + 1, column, false, depth),
      )
      if (this.#indent !== column || this.#atEnd()) return this.#ended(items, column)
    }
  }

  #ended<T>(collection: T, column: number): T {
    if (!this.#atEnd() && this.#indent > column) throw BEYOND
    return collection
  }

  /** What follows a colon or a dash: on its line, or below it. Leaves the reader at the next line with something on it. */
  #value(after: number, column: number, isOfKey: boolean, depth: number): Tree {
    this.#nodes += 1
    if (this.#nodes > MAX_NODES) throw BEYOND
    if (this.#match(COMMENT, after) !== undefined) return this.#below(after, column, isOfKey, depth)
    let at = after
    while (this.#text.charCodeAt(at) === 32) at += 1
    const header = this.#match(BLOCK_HEADER, at)
    if (header !== undefined)
      return this.#block(at + header[0].length, column, header[1] === '>', header[2] ?? '')
    return this.#inline(at, column)
  }

  #below(after: number, column: number, isOfKey: boolean, depth: number): Tree {
    this.#toContent(this.#nextLine(after))
    if (this.#atEnd() || this.#indent < column) return ''
    const at = this.#line + this.#indent
    const isList = this.#match(DASH, at) !== undefined
    if (this.#indent === column) return isOfKey && isList ? this.#list(column, depth + 1) : ''
    return isList ? this.#list(this.#indent, depth + 1) : this.#map(at, this.#indent, depth + 1)
  }

  /** A value that ends with its line. */
  #inline(at: number, column: number): Tree {
    const [value, end] = this.#scalar(at)
    if (this.#match(COMMENT, end) === undefined) throw BEYOND
    this.#toContent(this.#nextLine(end))
    // A scalar that goes on below.
    if (!this.#atEnd() && this.#indent > column) throw BEYOND
    return value
  }

  #scalar(at: number): [value: Tree, end: number] {
    const first = this.#text[at]
    if (first === "'") return this.#found(SINGLE_QUOTED, at, (body) => body.replaceAll("''", "'"))
    if (first === '"')
      return this.#found(DOUBLE_QUOTED, at, (body) =>
        body.replace(/\\(.)/g, (_, name) => ESCAPES[name] ?? ''),
      )
    if (first === '[')
      return this.#found(FLOW_LIST, at, (body) =>
        body === '' ? [] : body.split(/ *, */).map((item) => (NULL.test(item) ? '' : item)),
      )
    if (first === '{') return this.#found(FLOW_NOTHING, at, () => ({}))
    return this.#plain(at)
  }

  #found(form: RegExp, at: number, value: (body: string) => Tree): [Tree, number] {
    const found = this.#match(form, at)
    if (found === undefined) throw BEYOND
    return [value(found[1] ?? ''), at + found[0].length]
  }

  #plain(at: number): [string, number] {
    const line = this.#match(PLAIN, at)?.[0]
    if (line === undefined || line.includes('\t')) throw BEYOND
    const comment = line.indexOf(' #')
    const text = (comment === -1 ? line : line.slice(0, comment)).replace(/ +$/, '')
    if (text.includes(': ') || text.endsWith(':')) throw BEYOND
    return [NULL.test(text) ? '' : text, at + text.length]
  }

  /** The lines of a literal or folded scalar (YAML 1.2, 8.1): those deeper than the column it belongs to. */
  #block(after: number, column: number, isFolded: boolean, chomping: string): string {
    const lines: string[] = []
    let depth = -1
    let at = this.#nextLine(after)
    for (let end: number; at < this.#text.length; at = end + 1) {
      end = this.#text.indexOf('\n', at)
      const indent = this.#spaces(at)
      if (at + indent === end) {
        // Spaces alone are content where they go beyond the indentation.
        if (indent > (depth === -1 ? 0 : depth)) throw BEYOND
        lines.push('')
        continue
      }
      if (depth === -1 && indent > column) depth = indent
      if (depth === -1 || indent < depth) break
      lines.push(this.#text.slice(at + depth, end))
    }
    this.#toContent(at)
    if (depth === -1) throw BEYOND
    const indent = at < this.#text.length ? this.#spaces(at) : 0
    if (indent > column || this.#text[at + indent] === '\t') throw BEYOND
    return joined(lines, isFolded, chomping)
  }

  /** Goes to the first line from here on that is neither empty nor a comment. */
  #toContent(from: number): void {
    let at = from
    for (; at < this.#text.length; at = this.#nextLine(at)) {
      const indent = this.#spaces(at)
      const first = this.#text.charCodeAt(at + indent)
      if (first === 9) throw BEYOND
      if (first === 10 || first === 35) continue
      this.#indent = indent
      break
    }
    this.#line = at
  }

  #atEnd(): boolean {
    return this.#line >= this.#text.length
  }

  #nextLine(at: number): number {
    return this.#text.indexOf('\n', at) + 1 || this.#text.length
  }

  #spaces(at: number): number {
    let count = 0
    while (this.#text.charCodeAt(at + count) === 32) count += 1
    return count
  }

  #match(form: RegExp, at: number): RegExpExecArray | undefined {
    form.lastIndex = at
    return form.exec(this.#text) ?? undefined
  }
}

/** Lines as one text: folded, a single break between lines of text is a space; what is behind the last is the chomping's. */
function joined(lines: readonly string[], isFolded: boolean, chomping: string): string {
  const length = lines.findLastIndex((line) => line !== '') + 1
  const body = lines.slice(0, length)
  const tail = chomping === '-' ? '' : chomping === '+' ? '\n'.repeat(lines.length - length + 1) : '\n'
  return (isFolded ? folded(body) : body.join('\n')) + tail
}

function folded(lines: readonly string[]): string {
  // Lines that are indented more keep their breaks: left to the full parser.
  if (lines.some((line) => /^[ \t]/.test(line))) throw BEYOND
  return lines.reduce((text, line, index) => {
    if (line === '') return `${text}\n`
    if (index === 0) return line
    return lines[index - 1] === '' ? text + line : `${text} ${line}`
  }, '')
}
