// SPDX-License-Identifier: Apache-2.0
import { type Document, isCollection, isMap, isNode, isSeq, Lexer, type Node, visit } from 'yaml'

/** Every comment of a YAML text, in its order, without spaces at its end. */
export function commentsOf(text: string): string[] {
  const tokens = [...new Lexer().lex(text)]
  return tokens
    .filter((token, index) => token.startsWith('#') && tokens[index - 1] !== SCALAR_FOLLOWS)
    .map((comment) => comment.trimEnd())
}

/** The lexer puts it before the text of a scalar. */
const SCALAR_FOLLOWS = '\x1f'

/** Stands behind the # of a comment that is marked: a character for private use, which no text has for another reason. */
const MARK = '\ue00f'
/** Of the lexer, not of the text: a document, the end of a flow, a scalar that follows. */
const SIGNS = new Set(['\x02', '\x18', SCALAR_FOLLOWS])

/** The text with a mark in every comment that stands less deep than the one before it, with nothing between: the parser takes the two for one, though the second belongs to what follows. */
export function markShallower(text: string): string {
  const tokens = [...new Lexer().lex(text)].filter((token) => !SIGNS.has(token))
  // The depth of a comment that fills its line; -1 below any other line, and behind something on the same line.
  let [column, above, isAlone] = [0, -1, true]
  return tokens
    .map((token) => {
      const [at, alone] = [column, isAlone]
      column = token.endsWith('\n') ? 0 : column + token.length
      isAlone = column === 0 || (alone && /^ *$/.test(token))
      if (/^[ \n]*$/.test(token)) return token
      const isShallower = alone && token.startsWith('#') && at < above
      above = alone && token.startsWith('#') ? at : -1
      return isShallower ? `#${MARK}${token.slice(1)}` : token
    })
    .join('')
}

/** Gives marked comments that ended a list or map to what comes after it. */
export function moveMarked(document: Document.Parsed): void {
  visit(document, {
    Collection: (_, collection, path) => {
      const at = collection.comment?.indexOf(MARK) ?? -1
      if (at === -1) return
      const [kept, moved] = [collection.comment?.slice(0, at) ?? '', collection.comment?.slice(at) ?? '']
      collection.comment = kept.replace(/\n+$/, '')
      const next = nodeAfter(collection, path)
      const target = next ?? document
      const key = next === undefined ? 'comment' : 'commentBefore'
      target[key] = [moved, ...(target[key] ? [target[key]] : [])].join('\n')
      if (next !== undefined && kept.endsWith('\n\n')) next.spaceBefore = true
    },
  })
}

export function withoutMarks(text: string): string {
  return text.replaceAll(MARK, '')
}

/** What comes behind a node in the nearest list or map around it that goes on. */
function nodeAfter(node: unknown, path: readonly unknown[]): Node | undefined {
  const chain = [...path, node]
  for (let depth = chain.length - 2; depth >= 0; depth--) {
    const around = chain[depth]
    if (!isCollection(around)) continue
    const index = (around.items as readonly unknown[]).indexOf(chain[depth + 1])
    const next = isMap(around)
      ? around.items[index + 1]?.key
      : isSeq(around)
        ? around.items[index + 1]
        : undefined
    if (isNode(next)) return next
  }
  return undefined
}
