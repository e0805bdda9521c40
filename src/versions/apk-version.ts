// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'

/** A version as apk-tools reads it: `1.2.3b_rc1_p2~abc-r4`. */
export type ApkVersion = string & { readonly __brand: 'ApkVersion' }

/** Ranked as apk-tools ranks token kinds: where kinds differ, the higher one belongs to the smaller version. */
const KIND = {
  first: 0,
  number: 1,
  letter: 2,
  suffix: 3,
  suffixNumber: 4,
  hash: 5,
  revision: 6,
  end: 7,
} as const
type Kind = (typeof KIND)[keyof typeof KIND]

interface Token {
  readonly kind: Kind
  readonly text: string
}

const SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p']
const NO_SUFFIX = SUFFIXES.indexOf('')
const FORM = /^\d+(\.\d+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(~[0-9a-f]+)?(-r\d+)?$/
const TOKEN = /^(\d+)|\.(\d+)|_([a-z]+)(\d*)|~([0-9a-f]+)|-r(\d+)|([a-z])/g

export function isApkVersion(text: string): text is ApkVersion {
  return text.length <= 256 && FORM.test(text)
}

/** @throws MillraceError VERSION_INVALID */
export function parseApkVersion(text: string): ApkVersion {
  if (isApkVersion(text)) return text
  throw new MillraceError('VERSION_INVALID', {
    what: `reading the version ${JSON.stringify(text.slice(0, 100))}`,
    why: 'expected numbers with dots, then optionally a letter, suffixes such as _rc1 or _p2, and a revision such as -r0',
    fix: 'write it as in 1.2.3, 1.2_rc1 or 1.2.3-r4',
  })
}

/** Negative when `a` is older than `b`, positive when newer, 0 when apk-tools takes them for the same. A total order on valid versions (apk-tools, version compare). */
export function compareApkVersions(a: string, b: string): number {
  if (a === b) return 0
  return compareTokens(tokensOf(a), tokensOf(b), false)
}

const OPERATORS = ['=', '<', '>', '<=', '>=', '~', '=~', '~=', '>~', '<~', '=='] as const
export type VersionOperator = (typeof OPERATORS)[number]

export function isVersionOperator(text: string): text is VersionOperator {
  return (OPERATORS as readonly string[]).includes(text)
}

/** Whether a version meets a requirement. `~` asks for the required version as a prefix; `>~` and `<~` for newer, or older, or that prefix. */
export function satisfiesVersion(version: string, operator: VersionOperator, required: string): boolean {
  if (operator.includes('~')) {
    if (compareTokens(tokensOf(version), tokensOf(required), true) === 0) return true
    if (operator === '>~') return compareApkVersions(version, required) > 0
    return operator === '<~' && compareApkVersions(version, required) < 0
  }
  const order = compareApkVersions(version, required)
  if (order === 0) return operator.includes('=')
  return operator.includes(order < 0 ? '<' : '>')
}

function compareTokens(a: readonly Token[], b: readonly Token[], fuzzy: boolean): number {
  for (let index = 0; ; index++) {
    const [left, right] = [a[index] ?? END, b[index] ?? END]
    if (fuzzy && right.kind === KIND.end) return 0
    if (left.kind !== right.kind) return compareKinds(left, right)
    if (left.kind === KIND.end) return 0
    const order = compareSame(left, right)
    if (order !== 0) return order
  }
}

const END: Token = { kind: KIND.end, text: '' }

function compareKinds(left: Token, right: Token): number {
  // A pre-release suffix makes a version smaller than whatever the other side goes on with.
  const leftEarly = isPreRelease(left)
  if (leftEarly !== isPreRelease(right)) return leftEarly ? -1 : 1
  return left.kind > right.kind ? -1 : 1
}

function compareSame(left: Token, right: Token): number {
  switch (left.kind) {
    case KIND.letter:
    case KIND.hash:
      return compareText(left.text, right.text)
    case KIND.suffix:
      return SUFFIXES.indexOf(left.text) - SUFFIXES.indexOf(right.text)
    case KIND.number:
      // Behind the first dot a leading zero makes digits a fraction: 1.05 < 1.1.
      if (left.text.startsWith('0') || right.text.startsWith('0')) return compareText(left.text, right.text)
      return compareNumbers(left.text, right.text)
    default:
      return compareNumbers(left.text, right.text)
  }
}

function isPreRelease(token: Token): boolean {
  return token.kind === KIND.suffix && SUFFIXES.indexOf(token.text) < NO_SUFFIX
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Numbers of any length, without losing digits. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+(?=\d)/, ''), b.replace(/^0+(?=\d)/, '')]
  return left.length - right.length || compareText(left, right)
}

const known = new Map<string, readonly Token[]>()

function tokensOf(version: string): readonly Token[] {
  const cached = known.get(version)
  if (cached !== undefined) return cached
  const tokens: Token[] = []
  for (const [, first, number, suffix, suffixNumber, hash, revision, letter] of version.matchAll(TOKEN)) {
    if (first !== undefined) tokens.push({ kind: KIND.first, text: first })
    else if (number !== undefined) tokens.push({ kind: KIND.number, text: number })
    else if (letter !== undefined) tokens.push({ kind: KIND.letter, text: letter })
    else if (hash !== undefined) tokens.push({ kind: KIND.hash, text: hash })
    else if (revision !== undefined) tokens.push({ kind: KIND.revision, text: revision })
    else if (suffix !== undefined) {
      tokens.push({ kind: KIND.suffix, text: suffix })
      if (suffixNumber) tokens.push({ kind: KIND.suffixNumber, text: suffixNumber })
    }
  }
  // The same versions are compared over and over while an index is solved; the memory is bounded.
  if (known.size > 100_000) known.clear()
  known.set(version, tokens)
  return tokens
}
