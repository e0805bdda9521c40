// SPDX-License-Identifier: Apache-2.0
import parse from 'spdx-expression-parse'
import known from 'spdx-license-list/simple.js'
import { nearestName } from '../../base/index.ts'

/** Something in a license expression that SPDX does not have as it stands. */
export interface ExpressionProblem {
  /** The part of the expression that it is about. */
  readonly word: string
  /** Half a sentence, naming the word. */
  readonly why: string
  /** What to write instead; null when nothing is near enough. */
  readonly instead: string | null
  /** Whether `instead` means the same beyond doubt. */
  readonly isSure: boolean
}

const OPERATORS = new Set(['AND', 'OR', 'WITH'])
/** SPDX 2.3, clause 10.1. */
const REFERENCE = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/
/** Identifiers that SPDX deprecated for another; those without `-only` and `-or-later` follow their family. */
const REPLACED: Readonly<Record<string, string>> = {
  'BSD-2-Clause-FreeBSD': 'BSD-2-Clause-Views',
  'BSD-2-Clause-NetBSD': 'BSD-2-Clause',
  'bzip2-1.0.5': 'bzip2-1.0.6',
  'eCos-2.0': 'GPL-2.0-or-later WITH eCos-exception-2.0',
  'GPL-2.0-with-autoconf-exception': 'GPL-2.0-only WITH Autoconf-exception-2.0',
  'GPL-2.0-with-bison-exception': 'GPL-2.0-only WITH Bison-exception-2.2',
  'GPL-2.0-with-classpath-exception': 'GPL-2.0-only WITH Classpath-exception-2.0',
  'GPL-2.0-with-font-exception': 'GPL-2.0-only WITH Font-exception-2.0',
  'GPL-2.0-with-GCC-exception': 'GPL-2.0-only WITH GCC-exception-2.0',
  'GPL-3.0-with-autoconf-exception': 'GPL-3.0-only WITH Autoconf-exception-3.0',
  'GPL-3.0-with-GCC-exception': 'GPL-3.0-only WITH GCC-exception-3.1',
  'StandardML-NJ': 'SMLNJ',
  wxWindows: 'LGPL-2.0-or-later WITH WxWindows-exception-3.1',
}

/** The identifiers that an expression combines, without operators and exceptions: `(MIT OR X) AND Y WITH e` → MIT, X, Y. */
export function licensesIn(expression: string): string[] {
  const words = expression.match(/[^\s()]+/g) ?? []
  return words.filter(
    (word, index) => !OPERATORS.has(word.toUpperCase()) && words[index - 1]?.toUpperCase() !== 'WITH',
  )
}

/** What of an expression is not SPDX's (SPDX 2.3, annex D): unknown and deprecated identifiers, unknown exceptions, and what is no expression. Empty for a good one. */
export function findExpressionProblems(expression: string): ExpressionProblem[] {
  const [dashed] = [...known].filter((id) => id.toLowerCase() === dashedOf(expression))
  if (dashed !== undefined && dashed !== expression && /\s/.test(expression))
    return [{ word: expression, why: `SPDX writes ${expression} with dashes`, instead: dashed, isSure: true }]
  const problems = licensesIn(expression).flatMap(problemOf)
  if (problems.length > 0) return problems
  try {
    parse(withKnownExceptions(expression))
    return []
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const why = `${JSON.stringify(expression)} is no SPDX expression: ${message}`
    return [{ word: expression, why, instead: null, isSure: false }]
  }
}

/** Exceptions that SPDX's list has had since its release 3.25; what parses expressions knows those before. */
const NEWER_EXCEPTIONS =
  /\bWITH\s+(?:CGAL-linking|Classpath-exception-2\.0-short|erlang-otp-linking|harbour|Independent-modules|kvirc-openssl|mxml|PCRE2|polyparse|romic|RRDtool-FLOSS|rsync-linking|Simple-Library-Usage|sqlitestudio-OpenSSL)(?:-exception(?:-2\.0)?)?(?![\w.-])/g

const withKnownExceptions = (expression: string) =>
  expression.replace(NEWER_EXCEPTIONS, 'WITH Classpath-exception-2.0')

const dashedOf = (text: string) => text.trim().toLowerCase().replace(/\s+/g, '-')

function problemOf(word: string): ExpressionProblem[] {
  if (REFERENCE.test(word)) return []
  const replacement = replacementOf(word)
  if (replacement !== null)
    return [{ word, why: `${word} is deprecated`, instead: replacement, isSure: true }]
  if (known.has(word) || known.has(word.replace(/\+$/, ''))) return []
  const why = `SPDX has no license ${word}`
  const near = nearestName(word, known)
  if (near === undefined)
    return [{ word, why, instead: `LicenseRef-${word.replace(/[^A-Za-z0-9.-]+/g, '-')}`, isSure: false }]
  const isSure = near.toLowerCase() === word.toLowerCase()
  return [{ word, why, instead: replacementOf(near) ?? near, isSure }]
}

function replacementOf(id: string): string | null {
  const replaced = REPLACED[id]
  if (replaced !== undefined) return replaced
  const base = id.replace(/\+$/, '')
  if (!known.has(`${base}-only`)) return null
  return base === id ? `${id}-only` : `${base}-or-later`
}
