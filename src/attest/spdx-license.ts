// SPDX-License-Identifier: Apache-2.0
import parse from 'spdx-expression-parse'
import { digestHex, digestOf } from '../base/index.ts'

/** A license that SPDX's list does not have (SPDX 2.3, clause 10). */
export type ExtractedLicense = {
  readonly licenseId: string
  readonly name: string
  readonly extractedText: string
}

export interface DeclaredLicense {
  /** A valid expression of SPDX 2.3, annex D, or NOASSERTION. */
  readonly expression: string
  readonly extracted: readonly ExtractedLicense[]
}

/** Longer texts are not read as expressions: what parses them takes time that grows with the square of the length. */
const MAX_EXPRESSION = 2000
const OPERATORS = ['AND', 'OR', 'WITH']

/**
 * What a recipe writes as its license, as SPDX wants it. Names that are not on SPDX's list become `LicenseRef-…`, each with an entry that says what it stands for; text that is no
 * expression becomes one of them as a whole.
 *
 * @param texts license texts, by the name that the recipe writes
 */
export function declareLicense(
  text: string,
  texts: ReadonlyMap<string, string> = new Map(),
): DeclaredLicense {
  const plain = text.toWellFormed().replace(/\s+/g, ' ').trim()
  if (plain === '' || plain === 'NOASSERTION') return { expression: 'NOASSERTION', extracted: [] }
  if (plain === 'NONE') return { expression: 'NONE', extracted: [] }

  const names = new Map<string, string>()
  const known = isExpression(plain) ? plain : withReferences(plain, names)
  const expression = isExpression(known) ? known : referenceTo(plain, names)
  const references = expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []
  const extracted = [...new Set(references)].sort().map((licenseId) => {
    const name = names.get(licenseId) ?? licenseId
    return { licenseId, name, extractedText: textOf(name, texts) }
  })
  return { expression, extracted }
}

function withReferences(text: string, names: Map<string, string>): string {
  if (text.length > MAX_EXPRESSION) return text
  const words = text.match(/[()]|[^\s()]+/g) ?? []
  const translated = words.map((word, index) => {
    if (word === '(' || word === ')') return word
    if (OPERATORS.includes(word.toUpperCase())) return word.toUpperCase()
    // An exception that SPDX does not know has no form of its own: then the whole text is a reference.
    if (words[index - 1]?.toUpperCase() === 'WITH' || isExpression(word)) return word
    return referenceTo(word, names)
  })
  return translated.join(' ').replaceAll('( ', '(').replaceAll(' )', ')')
}

/** Names that look alike once they are made safe are told apart by a part of their digest. */
function referenceTo(name: string, names: Map<string, string>): string {
  const safe = name.replace(/^LicenseRef-/, '').replace(/[^A-Za-z0-9.-]+/g, '-')
  const short = safe.slice(0, 60).replace(/^-|-$/g, '')
  const id = `LicenseRef-${short}${short === name ? '' : `-${digestHex(digestOf(name)).slice(0, 12)}`}`
  names.set(id, name)
  return id
}

/** References into other documents are none of ours: nothing says which documents they are. */
function isExpression(text: string): boolean {
  if (text.length > MAX_EXPRESSION || text.includes('DocumentRef-')) return false
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function textOf(name: string, texts: ReadonlyMap<string, string>): string {
  return (
    texts.get(name)?.toWellFormed() ??
    `The recipe names this license ${JSON.stringify(name)}; its text is not part of this document.`
  )
}
