// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError, nearestName } from '../../base/index.ts'
import type { Candidate, Standing } from './candidate.ts'
import { meets } from './dependency.ts'
import type { PackageIndex } from './package-index.ts'
import { type Clause, type Search, type Wish, WORLD } from './search.ts'

export interface SolveProblem {
  readonly wanted: string
  /** Who wanted it, outermost first. */
  readonly by: readonly string[]
  readonly refused: readonly { readonly candidate: string; readonly reason: string }[]
  readonly near: string | undefined
  /** True when the search was given up: there may be an answer. */
  readonly givenUp: boolean
}

/** A problem as the error its readers see. */
export function unsatisfiedError(problem: SolveProblem, what: string, at?: Location): MillraceError {
  const { wanted, by, refused, near, givenUp } = problem
  const chain = by.length === 0 ? '' : `, wanted by ${by.join(' → ')}`
  const why =
    refused.length === 0
      ? `nothing provides ${wanted}${chain}${near === undefined ? '' : `; the nearest name is ${near}`}`
      : `no package for ${wanted}${chain} can be taken:${refusedLines(refused)}`
  return new MillraceError('DEPENDENCY_UNSATISFIED', {
    what,
    why: givenUp ? `too many combinations were tried without an answer; in the last of them ${why}` : why,
    fix:
      refused.length === 0
        ? 'correct the name, or add a recipe that provides it'
        : 'loosen one of the requirements named above',
    at,
  })
}

const MAX_REFUSED = 20

function refusedLines(refused: SolveProblem['refused']): string {
  const lines = refused.slice(0, MAX_REFUSED).map(({ candidate, reason }) => `\n${candidate}: ${reason}`)
  const more = refused.length - lines.length
  return `${lines.join('')}${more > 0 ? `\nand ${more} more` : ''}`
}

/** What a dead end means: the wish that cannot be met, and why each who stands for its name is refused. */
export function problemOf(
  search: Search,
  index: PackageIndex,
  isAllowed: (candidate: Candidate) => boolean,
  deadEnd: Clause,
  givenUp: boolean,
): SolveProblem {
  const first = wishBehind(search, deadEnd)
  const { wish, against } = outermost(search, index, first)
  if (wish === undefined) return { wanted: 'the list', by: [], refused: [], near: undefined, givenUp }
  const { dependency, owner } = wish
  const refused = index.standing(dependency.name).map((standing) => {
    const { candidate } = standing
    const reason =
      candidate === against && wish !== first.wish
        ? describeDeadEnd(search, deadEnd)
        : refusal(
            search,
            isAllowed,
            wish,
            standing,
            candidate === against ? deadEnd : search.reasonAgainst(candidate),
          )
    return { candidate: candidate.stem, reason }
  })
  return {
    wanted: dependency.text,
    by: chainTo(search, owner),
    refused: refused.sort((a, b) => (a.candidate < b.candidate ? -1 : a.candidate > b.candidate ? 1 : 0)),
    near: refused.length > 0 ? undefined : nearestName(dependency.name, index.names()),
    givenUp,
  }
}

/** One line for what stays behind of a dead end. */
export function describeDeadEnd(search: Search, deadEnd: Clause): string {
  const { wish } = wishBehind(search, deadEnd)
  if (wish === undefined) return 'no choice is left with it'
  return `${wisher(search, wish)} wants ${wish.dependency.text} in vain`
}

interface Failure {
  readonly wish: Wish | undefined
  /** Whom the dead end itself stands against. */
  readonly against: Candidate | null
}

/** The wish that fails; when two packages cannot be together, that for which the later one was taken. */
function wishBehind(search: Search, deadEnd: Clause): Failure {
  if (deadEnd.kind === 'wish') return { wish: deadEnd.wish, against: null }
  for (const variable of search.takenOf(deadEnd)) {
    const wish = search.wishFor(variable)
    if (wish !== undefined) return { wish, against: search.candidateOf(variable) }
  }
  return { wish: undefined, against: null }
}

/** The failing wish of a package that was the last left of several tried stands for the wish that all of them fail. */
function outermost(search: Search, index: PackageIndex, failure: Failure): Failure {
  const owner = failure.wish?.owner ?? WORLD
  const outer = search.wishFor(owner)
  if (outer === undefined) return failure
  const others = index.candidates(outer.dependency)
  if (!others.some((one) => search.reasonAgainst(one)?.kind === 'learned')) return failure
  return outermost(search, index, { wish: outer, against: search.candidateOf(owner) })
}

function refusal(
  search: Search,
  isAllowed: (candidate: Candidate) => boolean,
  { dependency }: Wish,
  { candidate, provided }: Standing,
  clause: Clause | null,
): string {
  if (!meets(dependency, provided, candidate.record))
    return `its version for ${provided.name} is ${provided.version ?? candidate.record.version}`
  if (!isAllowed(candidate))
    return `it is of the repository tagged @${candidate.repository.tag}; ask for ${dependency.name}@${candidate.repository.tag}`
  switch (clause?.kind) {
    case 'rival':
      if (clause.literals.length === 1) return `it provides ${clause.name} twice`
      return `${otherOf(search, clause, candidate)} has ${clause.name} already`
    case 'excluded': {
      const who = wisher(search, clause.wish)
      const { text, conflict } = clause.wish.dependency
      return conflict ? `${who} forbids ${text.slice(1)}` : `${who} wants ${text}`
    }
    case 'wish':
      return `it needs ${clause.wish.dependency.text}, which cannot be met`
    case 'learned':
      return clause.why
    case undefined:
      return 'it cannot stand beside the others'
  }
}

function otherOf(search: Search, { literals }: Clause, candidate: Candidate): string {
  const others = literals.map((literal) => search.candidateOf(literal >> 1))
  return others.find((other) => other !== null && other !== candidate)?.stem ?? 'another'
}

function wisher(search: Search, { owner }: Wish): string {
  const stem = search.candidateOf(owner)?.stem
  if (stem === undefined) return 'the list'
  const outer = chainTo(search, owner).slice(0, -1)
  return outer.length === 0 ? stem : `${stem}, wanted by ${outer.join(' → ')},`
}

/** From the list of wishes to a package: `curl → so:libssl.so.3 (libssl3)`. */
function chainTo(search: Search, variable: number): string[] {
  const chain: string[] = []
  for (let at = variable; at !== WORLD; ) {
    const wish = search.wishFor(at)
    const name = search.candidateOf(at)?.record.name ?? ''
    const { conditions, record } = search.candidateOf(at) ?? { conditions: null, record: null }
    if (wish === undefined) {
      chain.unshift(conditions === null ? name : `install_if ${record?.installIf.join(' ')} (${name})`)
      break
    }
    const { text } = wish.dependency
    chain.unshift(text === name ? name : `${text} (${name})`)
    at = wish.owner
  }
  return chain
}
