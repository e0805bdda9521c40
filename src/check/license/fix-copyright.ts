// SPDX-License-Identifier: Apache-2.0
import { isMap, isScalar, isSeq, parseDocument, type YAMLSeq } from 'yaml'
import type { LicenseDifference } from './check-licenses.ts'
import { findExpressionProblems } from './expressions.ts'
import { entryFor } from './report.ts'

/** What to put in the place of a part of a text. */
interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/**
 * A recipe's text with what a license check can settle by itself: words of expressions that SPDX spells otherwise, and entries for license files that no entry names. All else stays
 * as it is, byte for byte.
 *
 * @param text of a recipe that parses. @returns the same text when there is nothing to settle
 */
export function fixCopyright(text: string, differences: readonly LicenseDifference[]): string {
  const copyright = parseDocument(text).getIn(['package', 'copyright'])
  if (!isSeq(copyright)) return text
  const edits = [...spellingEdits(text, copyright), ...entryEdits(text, copyright, differences)]
  return edits
    .sort((a, b) => b.start - a.start)
    .reduce((fixed, edit) => fixed.slice(0, edit.start) + edit.text + fixed.slice(edit.end), text)
}

function spellingEdits(text: string, copyright: YAMLSeq): Edit[] {
  return copyright.items.flatMap((entry) => {
    const license = isMap(entry) ? entry.get('license', true) : undefined
    if (!isScalar(license) || license.range == null || typeof license.value !== 'string') return []
    const [start, end] = license.range
    return [{ start, end, text: spellExpression(text.slice(start, end), license.value) }]
  })
}

/** With each word that SPDX deprecated, or spells otherwise in case alone, as it is written now. */
function spellExpression(written: string, expression: string): string {
  return findExpressionProblems(expression).reduce((spelt, { word, instead, isSure }) => {
    if (!isSure || instead === null) return spelt
    const alone = new RegExp(`(?<![\\w.+-])${word.replace(/[^\w-]/g, '\\$&')}(?![\\w.+-])`, 'g')
    return spelt.replace(alone, () => instead)
  }, written)
}

/** Behind the last entry, at the indentation of the first. A list in brackets has no place for more lines. */
function entryEdits(text: string, copyright: YAMLSeq, differences: readonly LicenseDifference[]): Edit[] {
  const [first, last] = [copyright.items[0], copyright.items.at(-1)]
  if (copyright.flow === true || !isMap(first) || !isMap(last)) return []
  if (first.range == null || last.range == null) return []
  const column = first.range[0] - text.lastIndexOf('\n', first.range[0]) - 1
  const indent = ' '.repeat(Math.max(0, column - 2))
  const entries = differences.flatMap((difference) => {
    const entry = entryFor(difference)
    if (entry === undefined) return []
    return [
      `\n${indent}- license: ${entry.license}\n${indent}  license-path: ${quoted(entry['license-path'])}`,
    ]
  })
  const end = last.range[1] - (text[last.range[1] - 1] === '\n' ? 1 : 0)
  return entries.length === 0 ? [] : [{ start: end, end, text: [...new Set(entries)].join('') }]
}

const quoted = (path: string) => (/^[A-Za-z][\w./-]*$/.test(path) ? path : JSON.stringify(path))
