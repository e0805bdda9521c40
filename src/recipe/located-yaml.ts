// SPDX-License-Identifier: Apache-2.0
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  Scalar,
} from 'yaml'
import { type Location, MillraceError } from '../base/index.ts'

export type Tree = string | Tree[] | { [key: string]: Tree }

/** A YAML text as plain values whose scalars are all text, and where each of them stands. */
export interface LocatedTree {
  readonly tree: Tree
  /** The place of a value, or of its key when `key` is given; of the nearest parent when there is no such value. */
  locate(path: readonly PropertyKey[], key?: string): Location
}

/** Nodes of one file, aliases counted each time they are used: no recipe comes near it, a bomb does. */
const MAX_NODES = 200_000

/**
 * Reads YAML so that every scalar keeps its source text: `1.10` stays "1.10" (melange's dialect). `null`, `~` and nothing at all are ''. Anchors work; duplicate keys and several documents are errors.
 *
 * @throws MillraceError RECIPE_INVALID with line and column.
 */
export function readLocatedYaml(text: string, file: string): LocatedTree {
  const lines = new LineCounter()
  const document = parseDocument(text, {
    schema: 'failsafe',
    uniqueKeys: true,
    lineCounter: lines,
    keepSourceTokens: false,
    strict: true,
  })
  const at = (offset: number): Location => {
    const { line, col } = lines.linePos(offset)
    return { file, line, column: col }
  }
  const [problem] = document.errors
  if (problem !== undefined)
    throw new MillraceError('RECIPE_INVALID', {
      what: `reading ${file} as YAML`,
      why: problem.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? problem.code,
      fix:
        problem.code === 'DUPLICATE_KEY'
          ? 'remove one of the two'
          : 'mend the YAML there; indentation and quotes are the usual causes',
      at: at(problem.pos[0]),
    })
  let nodes = 0
  const plain = (node: Node | null): Tree => {
    nodes += 1
    if (nodes > MAX_NODES)
      throw new MillraceError('RECIPE_INVALID', {
        what: `reading ${file}`,
        why: 'its aliases multiply beyond measure',
        fix: 'write the values out',
        at: { file },
      })
    if (isAlias(node)) return plain(node.resolve(document) ?? null)
    if (isMap(node))
      return Object.fromEntries(
        node.items.map(({ key, value }) => [keyText(key), plain(value as Node | null)]),
      )
    if (isSeq(node)) return node.items.map((item) => plain(item as Node | null))
    if (isScalar(node)) return scalarText(node)
    return ''
  }
  return { tree: plain(document.contents), locate: (path, key) => at(offsetOf(document, path, key)) }
}

function scalarText(node: Scalar): string {
  const text = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value ?? ''))
  return node.type === Scalar.PLAIN && /^(~|null|Null|NULL)$/.test(text) ? '' : text
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value ?? '') : String(key)
}

function offsetOf(document: Document, path: readonly PropertyKey[], key: string | undefined): number {
  let node: unknown = document.contents
  let offset = isNode(node) ? (node.range?.[0] ?? 0) : 0
  for (const [depth, part] of [...path, ...(key === undefined ? [] : [key])].entries()) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find((item) => keyText(item.key) === String(part))
      if (pair === undefined) return offset
      const wantsKey = key !== undefined && depth === path.length
      node = wantsKey || !isNode(pair.value) || isMap(pair.value) || isSeq(pair.value) ? pair.key : pair.value
      if (isNode(node)) offset = node.range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(part)]
      if (isNode(node)) offset = node.range?.[0] ?? offset
    } else return offset
  }
  return offset
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value)
}
