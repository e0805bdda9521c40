// SPDX-License-Identifier: Apache-2.0
import { byPreference, type Candidate } from './candidate.ts'
import type { Dependency } from './dependency.ts'
import type { PackageIndex } from './package-index.ts'

/**
 * A choice of packages as a problem of clauses, searched with conflict-driven learning (J. Marques-Silva, K. Sakallah, "GRASP", 1999): every dead end becomes a clause, and no
 * combination is tried twice. Variables are candidates; variable 0 is the list of wishes itself.
 */

/** `2·variable`: it is taken; `2·variable + 1`: it is left out. */
type Literal = number

const taken = (variable: number): Literal => variable * 2
const leftOut = (variable: number): Literal => variable * 2 + 1
const negated = (literal: Literal): Literal => literal ^ 1
const variableOf = (literal: Literal): number => literal >> 1

export const WORLD = 0

/** A wish and who has it: a variable, {@link WORLD} for the list itself. */
export interface Wish {
  readonly dependency: Dependency
  readonly owner: number
}

/** What must hold: one of the literals. Its kind says why. */
export type Clause = { readonly literals: readonly Literal[] } & (
  | { readonly kind: 'wish'; readonly wish: Wish; readonly urgency: number }
  /** The wish of one has a version that another's does not meet, or is a `!name`. */
  | { readonly kind: 'excluded'; readonly wish: Wish }
  /** A name with a version has one owner, who shares it with nobody (apk-v2, "provides with version"). */
  | { readonly kind: 'rival'; readonly name: string }
  | { readonly kind: 'learned'; readonly why: string }
)

export interface SearchOptions {
  readonly index: PackageIndex
  readonly world: readonly Dependency[]
  /** Whether a package may be taken as far as its repository's tag goes. */
  readonly isAllowed: (candidate: Candidate) => boolean
  /** Names with a higher number are decided first. */
  readonly urgencyOf: (name: string) => number
  /** Says a dead end in words, before it is undone. */
  readonly describe: (search: Search, deadEnd: Clause) => string
  /** So many dead ends are learned from. */
  readonly maxDeadEnds: number
}

export type SearchResult =
  | { readonly status: 'solved'; readonly taken: readonly Candidate[] }
  /** `deadEnd` holds on no condition, unless the search was given up. */
  | { readonly status: 'unsatisfied'; readonly deadEnd: Clause; readonly givenUp: boolean }

export class Search {
  readonly #options: SearchOptions
  readonly #variables = new Map<Candidate, number>()
  readonly #candidates: (Candidate | null)[] = [null]
  /** By variable: 1 taken, -1 left out, 0 open. */
  readonly #values: number[] = [0]
  readonly #levels: number[] = [0]
  readonly #reasons: (Clause | null)[] = [null]
  /** By literal, the clauses that have it. */
  readonly #occurrences: Clause[][] = [[], []]
  readonly #wishes: (readonly (Clause & { kind: 'wish' })[] | undefined)[] = [undefined]
  readonly #trail: Literal[] = []
  readonly #decisions: number[] = []
  #propagated = 0

  constructor(options: SearchOptions) {
    this.#options = options
  }

  run(): SearchResult {
    this.#assign(taken(WORLD), null)
    for (let deadEnds = 0; ; ) {
      const deadEnd = this.#propagate()
      if (deadEnd !== null) {
        const givenUp = ++deadEnds > this.#options.maxDeadEnds
        if (this.#decisions.length === 0 || givenUp) return { status: 'unsatisfied', deadEnd, givenUp }
        this.#learn(deadEnd)
        continue
      }
      const next = this.#nextChoice()
      if (next === undefined) return { status: 'solved', taken: this.takenCandidates() }
      this.#decisions.push(this.#trail.length)
      this.#assign(taken(next), null)
    }
  }

  candidateOf(variable: number): Candidate | null {
    return this.#candidates[variable] ?? null
  }

  isTaken(variable: number): boolean {
    return this.#values[variable] === 1
  }

  /** Why a candidate is left out; null when it is not, or nothing forced it. */
  reasonAgainst(candidate: Candidate): Clause | null {
    const variable = this.#variables.get(candidate)
    return variable === undefined || this.#values[variable] !== -1 ? null : (this.#reasons[variable] ?? null)
  }

  /** A wish that a taken package was taken for, of one that was taken before. */
  wishFor(variable: number): Wish | undefined {
    const reason = this.#reasons[variable]
    if (reason?.kind === 'wish') return reason.wish
    const before = this.#trail.indexOf(taken(variable))
    return this.#occurrences[taken(variable)]
      ?.filter((clause) => clause.kind === 'wish')
      .map(({ wish }) => wish)
      .find(({ owner }) => {
        const place = this.#trail.indexOf(taken(owner))
        return place !== -1 && place < before
      })
  }

  /** The taken packages among a clause's, the one taken last first. */
  takenOf({ literals }: Clause): number[] {
    const variables = literals.filter((literal) => literal & 1).map(variableOf)
    return variables
      .filter((variable) => this.isTaken(variable))
      .sort((a, b) => this.#trail.indexOf(taken(b)) - this.#trail.indexOf(taken(a)))
  }

  takenCandidates(): Candidate[] {
    return this.#trail.flatMap((literal) =>
      literal & 1 ? [] : (this.#candidates[variableOf(literal)] ?? []),
    )
  }

  #variable(candidate: Candidate): number {
    const known = this.#variables.get(candidate)
    if (known !== undefined) return known
    const variable = this.#candidates.push(candidate) - 1
    this.#variables.set(candidate, variable)
    this.#values.push(0)
    this.#levels.push(0)
    this.#reasons.push(null)
    this.#wishes.push(undefined)
    this.#occurrences.push([], [])
    return variable
  }

  #valueOf(literal: Literal): number {
    const value = this.#values[variableOf(literal)] ?? 0
    return literal & 1 ? -value : value
  }

  #assign(literal: Literal, reason: Clause | null): void {
    const variable = variableOf(literal)
    this.#values[variable] = literal & 1 ? -1 : 1
    this.#levels[variable] = this.#decisions.length
    this.#reasons[variable] = reason
    this.#trail.push(literal)
  }

  /** Draws every conclusion. @returns a clause that no longer can hold. */
  #propagate(): Clause | null {
    while (this.#propagated < this.#trail.length) {
      const literal = this.#trail[this.#propagated++] as Literal
      const deadEnd =
        (literal & 1 ? null : this.#oblige(variableOf(literal))) ??
        firstOf(this.#occurrences[negated(literal)] ?? [], (clause) => this.#conclude(clause))
      if (deadEnd !== null) return deadEnd
    }
    return null
  }

  /** What follows from taking a package: its rivals stay out, and its wishes are to be met. */
  #oblige(variable: number): Clause | null {
    const candidate = this.candidateOf(variable)
    return this.#refuseRivals(variable, candidate) ?? this.#raiseWishes(variable, candidate)
  }

  #refuseRivals(variable: number, candidate: Candidate | null): Clause | null {
    const twice = candidate?.rivalOfItself
    if (twice !== undefined) return { kind: 'rival', name: twice, literals: [leftOut(variable)] }
    for (const { name, version } of candidate?.names ?? []) {
      for (const { candidate: other, provided } of this.#options.index.standing(name)) {
        if (other === candidate || (version === null && provided.version === null)) continue
        const clause = { kind: 'rival', name, literals: this.#notBoth(variable, other) } as const
        if (!this.#imply(clause.literals[1], clause)) return clause
      }
    }
    return null
  }

  #raiseWishes(variable: number, candidate: Candidate | null): Clause | null {
    const { index, world } = this.#options
    const dependencies = candidate === null ? world : [...candidate.wishes, ...candidate.bans]
    for (const dependency of dependencies) {
      const wish = { dependency, owner: variable }
      if (dependency.conflict || dependency.operator !== null || dependency.identity !== undefined) {
        const meeting = new Set(index.candidates(dependency))
        for (const { candidate: other } of index.standing(dependency.name)) {
          if (other === candidate || meeting.has(other) !== dependency.conflict) continue
          const clause = { kind: 'excluded', wish, literals: this.#notBoth(variable, other) } as const
          if (!this.#imply(clause.literals[1], clause)) return clause
        }
      }
    }
    if (this.#wishes[variable] !== undefined) return null
    const wishes = dependencies
      .filter(({ conflict }) => !conflict)
      .flatMap((dependency) => this.#wishClause({ dependency, owner: variable }) ?? [])
    this.#wishes[variable] = wishes
    return firstOf(wishes, (clause) => {
      this.#remember(clause)
      return this.#conclude(clause)
    })
  }

  #notBoth(variable: number, other: Candidate): [Literal, Literal] {
    return [leftOut(variable), leftOut(this.#variable(other))]
  }

  /** Undefined for a wish that its owner meets. */
  #wishClause(wish: Wish): (Clause & { kind: 'wish' }) | undefined {
    const { index, isAllowed } = this.#options
    const options = index
      .candidates(wish.dependency)
      .filter(isAllowed)
      .map((one) => this.#variable(one))
    if (options.includes(wish.owner)) return undefined
    const literals = [leftOut(wish.owner), ...options.map(taken)]
    return { kind: 'wish', wish, literals, urgency: this.#urgencyOf(wish, options) }
  }

  #remember(clause: Clause): void {
    for (const literal of clause.literals) this.#occurrences[literal]?.push(clause)
  }

  /** @returns the clause when it cannot hold any more. */
  #conclude(clause: Clause): Clause | null {
    let open: Literal | undefined
    for (const literal of clause.literals) {
      const value = this.#valueOf(literal)
      if (value === 1) return null
      if (value === 0) {
        if (open !== undefined) return null
        open = literal
      }
    }
    if (open === undefined) return clause
    this.#assign(open, clause)
    return null
  }

  #imply(literal: Literal, clause: Clause): boolean {
    const value = this.#valueOf(literal)
    if (value === 0) this.#assign(literal, clause)
    return value !== -1
  }

  /** Goes back to where the dead end could have been known, with the clause that says it (first unique implication point). */
  #learn(deadEnd: Clause): void {
    const why = this.#options.describe(this, deadEnd)
    const level = this.#decisions.length
    const seen = new Set<number>()
    const literals: Literal[] = []
    let clause: Clause | null = deadEnd
    let ofThisLevel = 0
    let place = this.#trail.length
    let pivot: Literal = -1
    do {
      for (const literal of clause?.literals ?? []) {
        const variable = variableOf(literal)
        if (literal === pivot || seen.has(variable) || this.#levels[variable] === 0) continue
        seen.add(variable)
        if (this.#levels[variable] === level) ofThisLevel += 1
        else literals.push(literal)
      }
      do pivot = this.#trail[--place] as Literal
      while (!seen.has(variableOf(pivot)))
      clause = this.#reasons[variableOf(pivot)] ?? null
      ofThisLevel -= 1
    } while (ofThisLevel > 0)
    this.#goBackTo(Math.max(0, ...literals.map((literal) => this.#levels[variableOf(literal)] ?? 0)))
    const learned: Clause = { kind: 'learned', why, literals: [negated(pivot), ...literals] }
    this.#remember(learned)
    this.#assign(negated(pivot), learned)
  }

  #goBackTo(level: number): void {
    const length = this.#decisions[level] ?? this.#trail.length
    for (const literal of this.#trail.splice(length)) this.#values[variableOf(literal)] = 0
    this.#decisions.length = level
    this.#propagated = this.#trail.length
  }

  /** A package whose install_if holds; else the best of those who meet the most urgent wish. */
  #nextChoice(): number | undefined {
    const open = this.#openWishes()
    const triggered = this.#triggered(open)
    if (triggered !== undefined) return triggered
    const [first] = open.sort((a, b) => b.urgency - a.urgency)
    return first && variableOf(first.literals.find((one) => this.#valueOf(one) === 0) as Literal)
  }

  #openWishes(): (Clause & { kind: 'wish' })[] {
    const open: (Clause & { kind: 'wish' })[] = []
    for (const literal of this.#trail) {
      if (literal & 1) continue
      for (const clause of this.#wishes[variableOf(literal)] ?? [])
        if (!clause.literals.some((one) => this.#valueOf(one) === 1)) open.push(clause)
    }
    return open
  }

  /**
   * Packages before names that others provide, and last what only names without a version and without a priority stand for: apk-tools takes such a package only when
   * something else asks for it.
   */
  #urgencyOf({ dependency: { name, tag } }: Wish, options: readonly number[]): number {
    const candidates = options.flatMap((variable) => this.candidateOf(variable) ?? [])
    const isReal = candidates.some(({ record }) => record.name === name)
    const rank = isReal ? 2 : candidates.some((one) => isAnswer(one, name)) ? 1 : 0
    return rank * 2 ** 40 + this.#options.urgencyOf(name) * 2 + (tag === null ? 0 : 1)
  }

  /** What is wished for is chosen as a wish. That something is not there is known when no wish is open. */
  #triggered(open: readonly (Clause & { kind: 'wish' })[]): number | undefined {
    const { index, isAllowed } = this.#options
    if (!index.hasInstallIf) return undefined
    const wished = new Set(open.map(({ wish }) => wish.dependency.name))
    const there = new Set(this.takenCandidates())
    const isMet = (condition: Dependency) => index.candidates(condition).some((one) => there.has(one))
    const found = new Set<Candidate>()
    for (const candidate of [...there].flatMap((one) => index.companionsOf(one))) {
      const { record, conditions } = candidate
      if (conditions === null || wished.has(record.name) || !isAllowed(candidate)) continue
      if (this.#valueOf(taken(this.#variable(candidate))) !== 0) continue
      if (conditions.every((one) => (one.conflict ? open.length === 0 && !isMet(one) : isMet(one))))
        found.add(candidate)
    }
    const [name] = [...found].map(({ record }) => record.name).sort()
    if (name === undefined) return undefined
    const best = byPreference(index.standing(name), null).find((one) => found.has(one))
    return best && this.#variable(best)
  }
}

/** Whether a package may be taken for a name without being asked for by its own. */
function isAnswer({ names, record }: Candidate, name: string): boolean {
  return (
    names.some((provided) => provided.name === name && provided.version !== null) ||
    record.providerPriority > 0
  )
}

function firstOf<T, Found>(all: readonly T[], find: (one: T) => Found | null): Found | null {
  for (const one of all) {
    const found = find(one)
    if (found !== null) return found
  }
  return null
}
