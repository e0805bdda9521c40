// SPDX-License-Identifier: Apache-2.0
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  type YAMLMap,
} from 'yaml'
import { type Location, MillraceError } from '../error.ts'
import { type YamlDialect, yamlInvalid } from './dialect.ts'
import { readPlainYaml } from './plain-yaml.ts'
import { describeYamlErrors } from './syntax-problems.ts'

/** A YAML text as plain values; in a dialect whose scalars are text, there are no others. */
export type Tree = string | number | boolean | null | Tree[] | TreeMap
export type TreeMap = { [key: string]: Tree }

export function isTreeMap(tree: Tree | undefined): tree is TreeMap {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

/** Finds the place of a value: of its key when it is a list or map, of the nearest parent when there is none. With a text, the place of that text inside the value. */
export type Locate = (path: readonly PropertyKey[], text?: string) => Location

/** A YAML text as plain values, and where each of them stands. */
export interface LocatedTree {
  readonly file: string
  readonly dialect: YamlDialect
  readonly tree: Tree
  readonly locate: Locate
  /** The place of a key of the map at a path. */
  readonly locateKey: (path: readonly PropertyKey[], key: string) => Location
}

/** The longest recipe of Wolfi has 100,000 characters. */
const MAX_CHARACTERS = 4_000_000
/** Nodes of one file, aliases counted each time they are used: no recipe comes near it, a bomb does. */
const MAX_NODES = 200_000
const MAX_DEPTH = 200

/**
 * Reads YAML as plain values. Anchors, aliases and merge keys work; duplicate keys, tags of one's own and several documents are errors.
 *
 * @throws MillraceError with the dialect's code, line and column: the first of {@link findYamlProblems}.
 */
export function readLocatedYaml(text: string, file: string, dialect: YamlDialect): LocatedTree {
  const plain = plainTree(text, dialect)
  if (plain !== undefined)
    return { file, dialect, tree: plain, ...locators(text, () => parse(text, file, dialect)) }
  const parsed = parse(text, file, dialect)
  const [problem] = problemsOf(parsed)
  if (problem !== undefined) throw problem
  return { file, dialect, tree: new TreeReader(parsed).read(), ...locators(text, () => parsed) }
}

function plainTree(text: string, { scalars }: YamlDialect): TreeMap | undefined {
  return scalars === 'text' && text.length <= MAX_CHARACTERS ? readPlainYaml(text) : undefined
}

/** Places are wanted where something is wrong, which is seldom: the text is parsed for them when the first is asked for. */
function locators(text: string, parsing: () => ParsedText): Pick<LocatedTree, 'locate' | 'locateKey'> {
  let parsed: ParsedText | undefined
  const known = () => {
    parsed ??= parsing()
    return parsed
  }
  return {
    locate: (path, needle) => {
      const { document, at } = known()
      return at(offsetOf(document, text, path, needle))
    },
    locateKey: (path, key) => {
      const { document, at } = known()
      return at(keyOffset(document, path, key))
    },
  }
}

/** Every syntax error of a YAML text, in its order. */
export function findYamlProblems(text: string, file: string, dialect: YamlDialect): MillraceError[] {
  if (plainTree(text, dialect) !== undefined) return []
  try {
    return problemsOf(parse(text, file, dialect))
  } catch (error) {
    if (error instanceof MillraceError) return [error]
    throw error
  }
}

/** A view of a tree from a path inside it. */
export function below(locate: Locate, ...base: readonly PropertyKey[]): Locate {
  return (path, text) => locate([...base, ...path], text)
}

type At = (offset: number) => Location

interface ParsedText {
  readonly text: string
  readonly file: string
  readonly dialect: YamlDialect
  readonly document: Document.Parsed
  readonly at: At
}

function parse(text: string, file: string, dialect: YamlDialect): ParsedText {
  if (text.length > MAX_CHARACTERS)
    throw yamlInvalid(
      dialect,
      `reading ${file}`,
      `it has ${text.length} characters, the limit is ${MAX_CHARACTERS}`,
      'move large texts to files of their own',
      { file },
    )
  const lineCounter = new LineCounter()
  const at = (offset: number): Location => {
    const { line, col } = lineCounter.linePos(offset)
    return { file, line, column: col }
  }
  const schema = dialect.scalars === 'text' ? 'failsafe' : 'core'
  const document = parseDocument(text, { schema, lineCounter })
  return { text, file, dialect, document, at }
}

/** Not a character of a text (YAML 1.2, 5.1). */
const CONTROL = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/

function problemsOf({ text, file, dialect, document, at }: ParsedText): MillraceError[] {
  // The parser calls itself for each level, and says so itself when that was too often.
  if (document.errors.some(({ message }) => /call stack/.test(message))) return [tooDeep(file, dialect)]
  const control = CONTROL.exec(text)
  if (control !== null)
    return [
      yamlInvalid(
        dialect,
        `reading ${file} as YAML`,
        `a control character (${JSON.stringify(control[0])}) stands in the text`,
        'remove it',
        at(control.index),
      ),
    ]
  return describeYamlErrors(document, text, dialect.noun).map(({ why, fix, offset }) =>
    yamlInvalid(dialect, `reading ${file} as YAML`, why, fix, at(offset)),
  )
}

function tooDeep(file: string, dialect: YamlDialect): MillraceError {
  return yamlInvalid(
    dialect,
    `reading ${file}`,
    `its lists and maps are nested more than ${MAX_DEPTH} deep`,
    'write it flatter',
    { file },
  )
}

class TreeReader {
  readonly #document: Document.Parsed
  readonly #dialect: YamlDialect
  readonly #file: string
  readonly #at: At
  #nodes = 0

  constructor({ document, dialect, file, at }: ParsedText) {
    this.#document = document
    this.#dialect = dialect
    this.#file = file
    this.#at = at
  }

  read(): Tree {
    return this.#plain(this.#document.contents, 0)
  }

  #plain(node: unknown, depth: number): Tree {
    this.#nodes += 1
    if (this.#nodes > MAX_NODES)
      throw yamlInvalid(
        this.#dialect,
        `reading ${this.#file}`,
        `it has more than ${MAX_NODES} values, aliases counted each time`,
        'write the values out',
        { file: this.#file },
      )
    if (depth > MAX_DEPTH) throw tooDeep(this.#file, this.#dialect)
    if (isAlias(node)) return this.#plain(this.#resolve(node), depth + 1)
    if (isMap(node)) return this.#map(node, depth)
    if (isSeq(node)) return node.items.map((item) => this.#plain(item, depth + 1))
    return isScalar(node) ? this.#scalar(node) : this.#dialect.scalars === 'text' ? '' : null
  }

  #scalar(node: Scalar): Tree {
    const value = this.#dialect.scalars === 'text' ? scalarText(node) : (node.value as Tree)
    if (typeof value !== 'string' || !value.includes('\0')) return value
    throw this.#wrong(node, 'a text cannot have a NUL character in it', 'remove it')
  }

  #resolve(alias: Alias): Node {
    const node = alias.resolve(this.#document)
    if (node !== undefined) return node
    throw this.#wrong(
      alias,
      `there is no &${alias.source} above that *${alias.source} could stand for`,
      'put quotes around the value if no alias is meant',
    )
  }

  #wrong(node: unknown, why: string, fix: string): MillraceError {
    return yamlInvalid(this.#dialect, `reading ${this.#file}`, why, fix, this.#at(startOf(node) ?? 0))
  }

  #map(node: YAMLMap, depth: number): Tree {
    const own: [string, Tree][] = []
    const merged: [string, Tree][] = []
    for (const { key, value } of node.items) {
      if (isMergeKey(key)) merged.push(...this.#merged(value, depth))
      else own.push([this.#key(key), this.#plain(value, depth + 1)])
    }
    return Object.fromEntries([...merged, ...own])
  }

  /** What `<<` takes over from one map or several; the first of several wins. */
  #merged(value: unknown, depth: number): [string, Tree][] {
    const resolved = isAlias(value) ? this.#resolve(value) : value
    const sources = isSeq(resolved) ? resolved.items.toReversed() : [resolved]
    return sources.flatMap((source) => {
      const tree = this.#plain(source, depth + 1)
      if (isTreeMap(tree)) return Object.entries(tree)
      throw this.#wrong(
        source,
        '<< takes over the keys of a map, this is none',
        'name an anchor that stands before a map',
      )
    })
  }

  #key(key: unknown): string {
    const resolved = isAlias(key) ? this.#resolve(key) : key
    if (isScalar(resolved)) return keyText(resolved)
    throw this.#wrong(key, 'a list or map cannot be a key', 'write the key as a text')
  }
}

function isMergeKey(key: unknown): boolean {
  return isScalar(key) && key.type === Scalar.PLAIN && keyText(key) === '<<'
}

function scalarText(node: Scalar): string {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? '')
  return node.type === Scalar.PLAIN && /^(~|null|Null|NULL)$/.test(text) ? '' : text
}

function keyText(key: unknown): string {
  if (!isScalar(key)) return ''
  return typeof key.value === 'string' ? key.value : (key.source ?? '')
}

/** The entry of a map, or of a map it takes over. */
function entryOf(map: YAMLMap, key: PropertyKey, document: Document): Pair | undefined {
  const own = map.items.find((item) => keyText(item.key) === String(key))
  if (own !== undefined) return own
  for (const { key: name, value } of map.items) {
    if (!isMergeKey(name)) continue
    const resolved = isAlias(value) ? value.resolve(document) : value
    for (const source of isSeq(resolved) ? resolved.items : [resolved]) {
      const merged = isAlias(source) ? source.resolve(document) : source
      const entry = isMap(merged) ? entryOf(merged, key, document) : undefined
      if (entry !== undefined) return entry
    }
  }
  return undefined
}

function offsetOf(
  document: Document,
  text: string,
  path: readonly PropertyKey[],
  needle: string | undefined,
): number {
  const { node, offset } = walk(document, path)
  if (needle === undefined || !isScalar(node) || !node.range) return offset
  const found = text.slice(node.range[0], node.range[1]).indexOf(needle)
  return found === -1 ? offset : node.range[0] + found
}

function keyOffset(document: Document, path: readonly PropertyKey[], key: string): number {
  const { node, offset } = walk(document, path)
  const entry = isMap(node) ? entryOf(node, key, document) : undefined
  return startOf(entry?.key) ?? offset
}

/** The node at a path, or the last one on the way to it, and the offset that a person would point at. */
function walk(document: Document, path: readonly PropertyKey[]): { node: unknown; offset: number } {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const entry: Pair | undefined = entryOf(node, part, document)
      if (!(entry instanceof Pair)) return { node, offset }
      node = entry.value
      offset = (isScalar(node) && node.source !== '' ? startOf(node) : startOf(entry.key)) ?? offset
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      offset = startOf(node) ?? offset
    } else return { node, offset }
  }
  return { node, offset }
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? ((node as Node).range?.[0] ?? undefined) : undefined
}
