// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError, nearestName } from '../../base/index.ts'
import type { ApkRecord } from '../record.ts'
import { type Dependency, meets, parseDependency } from './dependency.ts'
import { type Candidate, PackageIndex, type SolveRepository } from './package-index.ts'

export interface ChosenPackage {
  readonly record: ApkRecord
  readonly repository: string
  /** Who wanted it, outermost first: `curl → libcurl → so:libssl.so.3`. */
  readonly because: readonly string[]
}

export interface SolveProblem {
  readonly wanted: string
  readonly by: readonly string[]
  readonly refused: readonly { readonly candidate: string; readonly reason: string }[]
  readonly near: string | undefined
}

export type Solution =
  /** In install order: what a package needs comes before it, as far as circles allow. */
  | { readonly status: 'solved'; readonly packages: readonly ChosenPackage[] }
  | { readonly status: 'unsatisfied'; readonly problem: SolveProblem }

export function indexRepositories(repositories: readonly SolveRepository[]): PackageIndex {
  return new PackageIndex(repositories)
}

/**
 * Chooses packages so that every wish, and every dependency of what is chosen, is met, nothing conflicts, and packages whose install_if holds are there. Prefers as apko does
 * and, where that leads nowhere, goes back and tries the next best. The order of `world` and of the repositories' packages does not matter.
 */
export function solveWorld(index: PackageIndex, world: readonly string[]): Solution {
  const solver = new Solver(index)
  const wishes: Wish[] = []
  for (const text of [...new Set(world)].sort()) {
    const dependency = parseDependency(text)
    if (dependency === undefined)
      return {
        status: 'unsatisfied',
        problem: {
          wanted: text,
          by: [],
          refused: [
            {
              candidate: text,
              reason: 'this is no dependency: expected NAME, or NAME, an operator and a version',
            },
          ],
          near: undefined,
        },
      }
    wishes.push({ dependency, by: [] })
  }
  return solver.solve(wishes)
}

/** A problem as the error its readers see. */
export function unsatisfiedError(problem: SolveProblem, what: string, at?: Location): MillraceError {
  const chain = problem.by.length === 0 ? '' : `, wanted by ${problem.by.join(' → ')}`
  const refused = problem.refused.map(({ candidate, reason }) => `\n${candidate}: ${reason}`).join('')
  const near = problem.near === undefined ? '' : `; the nearest name is ${problem.near}`
  return new MillraceError('DEPENDENCY_UNSATISFIED', {
    what,
    why:
      problem.refused.length === 0
        ? `nothing provides ${problem.wanted}${chain}${near}`
        : `no package for ${problem.wanted}${chain} can be taken:${refused}`,
    fix:
      problem.refused.length === 0
        ? 'correct the name, or add a recipe that provides it'
        : 'loosen one of the requirements named above',
    at,
  })
}

interface Wish {
  readonly dependency: Dependency
  readonly by: readonly string[]
}

interface Choice {
  readonly candidate: Candidate
  readonly because: readonly string[]
}

/** Beyond so many choices a world is called unsatisfiable rather than searched on. */
const MAX_CHOICES = 50_000

class Solver {
  readonly #index: PackageIndex
  readonly #chosen = new Map<string, Choice>()
  readonly #owners = new Map<string, Candidate[]>()
  readonly #banned = new Map<string, Wish[]>()
  #choices = 0
  #deepest: { depth: number; problem: SolveProblem } | undefined

  constructor(index: PackageIndex) {
    this.#index = index
  }

  solve(world: readonly Wish[]): Solution {
    if (!this.#satisfy(world, 0)) {
      const problem = this.#deepest?.problem
      return {
        status: 'unsatisfied',
        problem: problem ?? {
          wanted: world.map(({ dependency }) => dependency.text).join(' '),
          by: [],
          refused: [],
          near: undefined,
        },
      }
    }
    return { status: 'solved', packages: this.#installOrder(world) }
  }

  /** Meets every wish from `from` on; leaves everything as it was when that is impossible. */
  #satisfy(wishes: readonly Wish[], from: number): boolean {
    let at = from
    const bans: Wish[] = []
    const undoBans = () => {
      for (const wish of bans) this.#banned.get(wish.dependency.name)?.pop()
    }
    for (; at < wishes.length; at++) {
      const wish = wishes[at] as Wish
      if (!wish.dependency.conflict) {
        if (this.#isMet(wish.dependency)) continue
        break
      }
      const standing = this.#ownersMeeting(wish.dependency)[0]
      if (standing !== undefined) {
        this.#note(wish, [
          {
            candidate: nameOf(standing),
            reason: `${standing.record.name} is needed, but ${wish.by.at(-1) ?? 'the list'} forbids it`,
          },
        ])
        undoBans()
        return false
      }
      this.#banned.set(wish.dependency.name, [...(this.#banned.get(wish.dependency.name) ?? []), wish])
      bans.push(wish)
    }
    const wish = wishes[at]
    const done = wish === undefined ? this.#satisfyInstallIf() : this.#choose(wish, wishes, at)
    if (!done) undoBans()
    return done
  }

  #choose(wish: Wish, wishes: readonly Wish[], at: number): boolean {
    const refused: { candidate: string; reason: string }[] = []
    for (const candidate of this.#index.candidates(wish.dependency)) {
      if (++this.#choices > MAX_CHOICES) return false
      const reason = this.#conflictOf(candidate)
      if (reason !== undefined) {
        refused.push({ candidate: nameOf(candidate), reason })
        continue
      }
      this.#take(candidate, [...wish.by, wish.dependency.text])
      const own: Wish[] = []
      for (const text of candidate.record.depends) {
        const dependency = parseDependency(text)
        // A dependency nobody can read can never be met.
        own.push({
          dependency: dependency ?? {
            text,
            name: `\0${text}`,
            conflict: false,
            tag: null,
            operator: null,
            version: '',
          },
          by: [
            ...wish.by,
            wish.dependency.text === candidate.record.name
              ? candidate.record.name
              : `${wish.dependency.text} (${candidate.record.name})`,
          ],
        })
      }
      if (this.#satisfy([...own, ...wishes.slice(at + 1)], 0)) return true
      this.#drop(candidate)
      refused.push({ candidate: nameOf(candidate), reason: 'what it needs cannot be met' })
    }
    for (const { candidate, provided } of this.#index.standing(wish.dependency.name)) {
      if (!meets(wish.dependency, provided, candidate.record))
        refused.push({
          candidate: nameOf(candidate),
          reason: `its version for ${provided.name} is ${provided.version ?? candidate.record.version}`,
        })
    }
    this.#note(wish, refused)
    return false
  }

  /** Takes every package whose install_if holds now and that does not conflict; each may make another's hold. */
  #satisfyInstallIf(): boolean {
    for (const candidate of this.#index.installIf) {
      if (this.#chosen.has(candidate.record.name)) continue
      const conditions = candidate.record.installIf.map(parseDependency)
      if (
        !conditions.every(
          (condition) => condition !== undefined && this.#isMet(condition) !== condition.conflict,
        )
      )
        continue
      if (this.#conflictOf(candidate) !== undefined) continue
      const wish = parseDependency(`${candidate.record.name}=${candidate.record.version}`)
      if (wish !== undefined)
        return this.#satisfy(
          [{ dependency: wish, by: [`install_if ${candidate.record.installIf.join(' ')}`] }],
          0,
        )
    }
    return true
  }

  #isMet(dependency: Dependency): boolean {
    return this.#ownersMeeting(dependency).length > 0
  }

  #ownersMeeting(dependency: Dependency): Candidate[] {
    const owners = this.#owners.get(dependency.name) ?? []
    return owners.filter(({ names, record }) =>
      names.some((provided) => provided.name === dependency.name && meets(dependency, provided, record)),
    )
  }

  /** Why a package cannot stand beside what is chosen: a name with a version has one owner only (apk-v2, "provides with version"). */
  #conflictOf(candidate: Candidate): string | undefined {
    for (const { name, version } of candidate.names) {
      const forbidden = this.#banned
        .get(name)
        ?.find(({ dependency }) =>
          candidate.names.some(
            (provided) => provided.name === name && meets(dependency, provided, candidate.record),
          ),
        )
      if (forbidden !== undefined)
        return `${forbidden.by.at(-1) ?? 'the list'} forbids ${forbidden.dependency.text.slice(1)}`
      if (version === null) continue
      const other = this.#owners
        .get(name)
        ?.find((owner) => owner.names.some((provided) => provided.name === name && provided.version !== null))
      if (other !== undefined && other !== candidate) return `${nameOf(other)} has ${name} already`
    }
    return undefined
  }

  #take(candidate: Candidate, because: readonly string[]): void {
    this.#chosen.set(candidate.record.name, { candidate, because })
    for (const name of new Set(candidate.names.map((provided) => provided.name)))
      this.#owners.set(name, [...(this.#owners.get(name) ?? []), candidate])
  }

  #drop(candidate: Candidate): void {
    this.#chosen.delete(candidate.record.name)
    for (const name of new Set(candidate.names.map((provided) => provided.name)))
      this.#owners.set(
        name,
        (this.#owners.get(name) ?? []).filter((owner) => owner !== candidate),
      )
  }

  /** Keeps the failure that came furthest: it is the one worth telling. */
  #note(wish: Wish, refused: readonly { candidate: string; reason: string }[]): void {
    const depth = this.#chosen.size
    const rooted = refused.every(({ reason }) => reason !== 'what it needs cannot be met')
    if (this.#deepest !== undefined && (this.#deepest.depth > depth || !rooted)) return
    const wanted = wish.dependency.text
    this.#deepest = {
      depth,
      problem: {
        wanted,
        by: wish.by,
        refused,
        near: refused.length > 0 ? undefined : nearestName(wish.dependency.name, this.#index.names()),
      },
    }
  }

  #installOrder(world: readonly Wish[]): ChosenPackage[] {
    const ordered: ChosenPackage[] = []
    const seen = new Set<Candidate>()
    const visit = (candidate: Candidate): void => {
      if (seen.has(candidate)) return
      seen.add(candidate)
      for (const text of [...candidate.record.depends].sort()) {
        const dependency = parseDependency(text)
        if (dependency !== undefined && !dependency.conflict) this.#ownersMeeting(dependency).forEach(visit)
      }
      ordered.push({
        record: candidate.record,
        repository: candidate.repository.name,
        because: this.#chosen.get(candidate.record.name)?.because ?? [],
      })
    }
    for (const { dependency } of world) this.#ownersMeeting(dependency).forEach(visit)
    for (const { candidate } of [...this.#chosen.values()].sort((a, b) =>
      a.candidate.record.name < b.candidate.record.name ? -1 : 1,
    ))
      visit(candidate)
    return ordered
  }
}

function nameOf({ record }: Candidate): string {
  return `${record.name}-${record.version}`
}
