// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError, redactUrl } from '../../base/index.ts'
import { type CherryPick, isRefName, parseCherryPicks } from './cherry-picks.ts'
import { type GitUrl, isGitUrl, parseGitUrl } from './git-url.ts'

/** A git-checkout as a recipe asks for it. */
export interface GitSource {
  readonly repository: string
  /** All inputs of git-checkout, by name; those that are missing or '' have their defaults. */
  readonly inputs: Readonly<Record<string, string>>
  /** What a person calls it, such as `zlib.git`. */
  readonly name: string
  readonly at?: Location | undefined
  /** The task that progress belongs to. Default `fetch:` and the name. */
  readonly task?: string
}

/** What of a repository a checkout needs, and what must be found there. */
export interface GitCheckout {
  readonly url: GitUrl
  /** 40 lower-case hexadecimal digits; '' when the recipe names none. */
  readonly commit: string
  readonly tag: string
  readonly branch: string
  readonly mustBeTip: boolean
  /** Commits of history; null for all. */
  readonly depth: number | null
  /** Null: they are left alone. */
  readonly submodules: { readonly isShallow: boolean } | null
  readonly picks: readonly CherryPick[]
}

/** How often, and after which pauses, upstream is asked again. */
export interface Retries {
  readonly attempts: number
  readonly initialMs: number
  readonly maxMs: number
}

/**
 * Reads the inputs of a git-checkout (melange.md §8).
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function readCheckout(source: GitSource): GitCheckout {
  const input = (name: string) => source.inputs[name] ?? ''
  const [tag, branch, commit] = [input('tag'), input('branch'), input('expected-commit')]
  const mustBeTip = flag(source, 'expected-commit-is-branch-tip')
  if (tag !== '' && branch !== '')
    throw invalid(
      source,
      `it names the tag ${tag} and the branch ${branch}`,
      'keep the one of them that is meant',
    )
  for (const [name, value] of [
    ['tag', tag],
    ['branch', branch],
  ] as const)
    if (value !== '' && !isRefName(value))
      throw invalid(
        source,
        `its ${name} is ${JSON.stringify(value)}, which git takes for no name`,
        `give the ${name} as upstream spells it`,
      )
  if (commit !== '' && !/^[0-9a-f]{40}$/.test(commit))
    throw invalid(
      source,
      `its expected-commit is ${JSON.stringify(commit)}`,
      'give all 40 hexadecimal digits of the commit',
    )
  if (mustBeTip && (branch === '' || commit === ''))
    throw invalid(
      source,
      'expected-commit-is-branch-tip is set without a branch or an expected-commit',
      'give both, or leave it out',
    )
  const url = parseGitUrl(source.repository)
  if (!isGitUrl(url)) throw invalid(source, url.why, 'give the repository as https://HOST/PATH')
  const picks = parseCherryPicks(input('cherry-picks'))
  if (!Array.isArray(picks)) {
    const { line, why } = picks as { line: string; why: string }
    throw invalid(
      source,
      `of its cherry-picks, ${JSON.stringify(line.slice(0, 200))} is none: ${why}`,
      'write one a line: branch/commit: why it is wanted',
    )
  }
  return {
    ...{ url, commit, tag, branch, mustBeTip, picks },
    depth: depthOf(source, branch !== '' && commit !== '' && !mustBeTip),
    submodules: flag(source, 'recurse-submodules') ? { isShallow: flag(source, 'shallow-submodules') } : null,
  }
}

/** One commit, or all when it is looked for on a branch; -1 says all. */
function depthOf(source: GitSource, isLookedFor: boolean): number | null {
  const text = source.inputs['depth'] || 'unset'
  if (text === 'unset') return isLookedFor ? null : 1
  if (text === '-1') return null
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw invalid(source, `its depth is ${JSON.stringify(text)}`, 'give a number of commits, or -1 for all')
}

function flag(source: GitSource, name: string): boolean {
  const text = source.inputs[name] || 'false'
  if (text === 'true' || text === 'false') return text === 'true'
  throw invalid(source, `${name} is ${JSON.stringify(text)}`, `write ${name}: true, or leave it out`)
}

/** @throws MillraceError RECIPE_INVALID */
export function readRetries(source: GitSource): Retries {
  const whole = (name: string, fallback: number, max: number) => {
    const text = source.inputs[name] || String(fallback)
    if (/^\d{1,6}$/.test(text)) return Math.min(Number(text), max)
    throw invalid(source, `${name} is ${JSON.stringify(text)}`, `give ${name} a whole number`)
  }
  return {
    attempts: Math.max(1, whole('max-retries', 3, MAX_ATTEMPTS)),
    initialMs: 1000 * whole('initial-backoff', 2, MAX_PAUSE_S),
    maxMs: 1000 * whole('max-backoff', 60, MAX_PAUSE_S),
  }
}

const MAX_ATTEMPTS = 10
const MAX_PAUSE_S = 600

function invalid(source: GitSource, why: string, fix: string): MillraceError {
  const what = `reading the git source ${redactUrl(source.repository).slice(0, 300)}`
  return new MillraceError('RECIPE_INVALID', { what, why, fix, at: source.at })
}
