// SPDX-License-Identifier: Apache-2.0
import type { ApkRecord } from '../record.ts'
import { byPreference, Candidate, type Standing } from './candidate.ts'
import { type Dependency, meets, parseDependency } from './dependency.ts'

/** Packages to choose from. Where nothing else tells two packages apart, the one of the repository given first is taken. */
export interface SolveRepository {
  readonly name: string
  readonly packages: readonly ApkRecord[]
  /** Packages of a tagged repository are taken only for wishes with that tag, and for what those lead to. */
  readonly tag?: string
  /** Of two tiers the lower wins, whatever the versions. Default 0. */
  readonly tier?: number
}

/** Names, and who stands for each. Made once for a set of repositories, then asked by many solves. */
export class PackageIndex {
  /** By name, the places of those who stand for it; alone where there is one. */
  readonly #places = new Map<string, number | number[]>()
  readonly #standings = new Map<string, readonly Standing[]>()
  readonly #ordered = new WeakMap<Dependency, readonly Candidate[]>()
  readonly #companions = new Map<Candidate, readonly Candidate[]>()
  readonly #candidates: (Candidate | undefined)[] = []
  readonly #repositories: readonly SolveRepository[]
  /** Where each repository's packages begin. */
  readonly #starts: number[] = []
  /** By the name of the first package that is to be there. */
  readonly #installIf = new Map<string, number[]>()

  constructor(repositories: readonly SolveRepository[]) {
    this.#repositories = repositories
    let place = 0
    for (const { packages } of repositories) {
      this.#starts.push(place)
      for (const record of packages) {
        this.#add(record.name, place)
        for (const text of record.provides) {
          const equals = text.indexOf('=')
          this.#add(equals === -1 ? text : text.slice(0, equals), place)
        }
        if (record.installIf.length > 0) this.#addInstallIf(record, place)
        place += 1
      }
    }
  }

  #add(name: string, place: number): void {
    const there = this.#places.get(name)
    if (there === undefined) this.#places.set(name, place)
    else if (typeof there === 'number') {
      if (there !== place) this.#places.set(name, [there, place])
    } else if (there.at(-1) !== place) there.push(place)
  }

  #addInstallIf({ installIf }: ApkRecord, place: number): void {
    const first = installIf.find((text) => !text.startsWith('!'))
    const name = first === undefined ? undefined : parseDependency(first)?.name
    if (name === undefined) return
    const there = this.#installIf.get(name)
    if (there === undefined) this.#installIf.set(name, [place])
    else there.push(place)
  }

  names(): Iterable<string> {
    return this.#places.keys()
  }

  /** Everyone who stands for a name, in no order. */
  standing(name: string): readonly Standing[] {
    const known = this.#standings.get(name)
    if (known !== undefined) return known
    const places = this.#places.get(name)
    const standings =
      places === undefined
        ? NONE
        : [places].flat().flatMap((place) => {
            const candidate = this.#candidateAt(place)
            return candidate.names
              .filter((provided) => provided.name === name)
              .map((provided) => ({ candidate, provided }))
          })
    this.#standings.set(name, standings)
    return standings
  }

  /** Who meets a wish, best first, whatever the tags of their repositories. */
  candidates(wish: Dependency): readonly Candidate[] {
    const known = this.#ordered.get(wish)
    if (known !== undefined) return known
    const meeting = this.standing(wish.name).filter(({ candidate, provided }) =>
      meets(wish, provided, candidate.record),
    )
    const ordered = byPreference(meeting, wish.tag)
    this.#ordered.set(wish, ordered)
    return ordered
  }

  get hasInstallIf(): boolean {
    return this.#installIf.size > 0
  }

  /** Packages whose install_if begins with a name that a candidate stands for. */
  companionsOf(candidate: Candidate): readonly Candidate[] {
    const known = this.#companions.get(candidate)
    if (known !== undefined) return known
    const companions = candidate.names.flatMap(({ name }) =>
      (this.#installIf.get(name) ?? []).map((place) => this.#candidateAt(place)),
    )
    this.#companions.set(candidate, companions)
    return companions
  }

  #candidateAt(place: number): Candidate {
    const known = this.#candidates[place]
    if (known !== undefined) return known
    const rank = this.#starts.findLastIndex((start) => start <= place)
    const repository = this.#repositories[rank] as SolveRepository
    const record = repository.packages[place - (this.#starts[rank] ?? 0)] as ApkRecord
    const candidate = new Candidate(record, repository, rank)
    this.#candidates[place] = candidate
    return candidate
  }
}

const NONE: readonly Standing[] = []
