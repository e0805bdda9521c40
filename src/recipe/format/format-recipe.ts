// SPDX-License-Identifier: Apache-2.0
import { isMap, isScalar, isSeq, parseDocument, visit, type YAMLMap } from 'yaml'
import { findYamlProblems, readLocatedYaml } from '../../base/index.ts'
import { RECIPE_YAML } from '../dialect.ts'
import { invalid } from '../invalid.ts'
import { commentsOf, markShallower, moveMarked, withoutMarks } from './comments.ts'
import { keepScalars } from './scalars.ts'

/**
 * Writes a recipe, or a pipeline file, in the one style of Wolfi's recipes (docs/decisions/0013-recipe-format.md): indentation by two, lists below their key, an empty line between sections and between steps.
 * The order of everything, quotes, texts over several lines and comments stay; what is read of the result is what was read of the text.
 *
 * @param file how messages name it.
 * @throws MillraceError RECIPE_INVALID with the place, for what is not YAML.
 */
export function formatRecipe(text: string, file: string): string {
  const [problem] = findYamlProblems(text, file, RECIPE_YAML)
  if (problem !== undefined) throw problem
  const source = markShallower(text.replaceAll('\r\n', '\n'))
  const document = parseDocument(source, {
    schema: 'failsafe',
    customTags: keepScalars,
    keepSourceTokens: true,
  })
  moveMarked(document)
  visit(document, {
    Collection: (_, collection) => {
      // Empty lines below its last comment are the gap before what follows.
      if (collection.comment) collection.comment = collection.comment.replace(/\n+$/, '')
    },
  })
  visit(document, { Map: (_, map) => putCommentsBack(map, source) })
  if (isMap(document.contents)) setGaps(document.contents)
  const formatted = withoutMarks(
    document.toString({
      ...{ indent: 2, indentSeq: true, lineWidth: 0, minContentWidth: 0 },
      ...{ flowCollectionPadding: false, doubleQuotedMinMultiLineLength: Number.POSITIVE_INFINITY },
    }),
  )
  if (!saysTheSame(text, formatted, file))
    throw invalid(
      `formatting ${file}`,
      'its text cannot be written in the common style without changing what it says, or a comment',
      'write the place that is laid out unlike the rest more plainly: a flow list over several lines with comments, as a rule',
      { file },
    )
  return formatted
}

function saysTheSame(text: string, formatted: string, file: string): boolean {
  const treeOf = (source: string) => JSON.stringify(readLocatedYaml(source, file, RECIPE_YAML).tree)
  if (findYamlProblems(formatted, file, RECIPE_YAML).length > 0) return false
  return (
    treeOf(text) === treeOf(formatted) &&
    JSON.stringify(commentsOf(text)) === JSON.stringify(commentsOf(formatted))
  )
}

/** The parser gives comments below a key without a value to that value, and would write the first of them behind the key. */
function putCommentsBack(map: YAMLMap, text: string): void {
  map.items.forEach(({ key, value }, index) => {
    const next = map.items[index + 1]?.key
    if (!isScalar(key) || !isScalar(value) || !isScalar(next)) return
    if (value.srcToken !== undefined || !value.comment || !key.range) return
    const [before = ''] = text.slice(key.range[1]).split('#', 1)
    if (!before.includes('\n')) return
    next.commentBefore = [value.comment, ...(next.commentBefore ? [next.commentBefore] : [])].join('\n')
    next.spaceBefore = false
    value.comment = null
  })
}

/** Lists whose items are as large as sections. */
const SPACED = new Set(['pipeline', 'subpackages', 'data', 'var-transforms'])

/** Pipeline files keep the empty lines they have: some are a few lines long. */
function setGaps(root: YAMLMap): void {
  if (!root.has('package')) return
  root.items.forEach((pair, index) => {
    setGap(pair.key, index > 0)
    if (!isScalar(pair.key) || !SPACED.has(String(pair.key.value)) || !isSeq(pair.value)) return
    pair.value.spaceBefore = false
    for (const [place, item] of pair.value.items.entries()) setGap(item, place > 0)
  })
}

/** A comment on top of something belongs to it: the empty line goes above the comment. */
function setGap(node: unknown, hasGap: boolean): void {
  if (isScalar(node) || isMap(node) || isSeq(node)) node.spaceBefore = hasGap
}
