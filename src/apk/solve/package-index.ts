// SPDX-License-Identifier: Apache-2.0
import type { ApkRecord } from '../record.ts'
import { compareApkVersions, type Dependency, meets, type Provided, providedBy } from './dependency.ts'

/** Packages to choose from. Of two repositories the one given first wins, whatever the versions. */
export interface SolveRepository {
  readonly name: string
  readonly packages: readonly ApkRecord[]
  /** Packages of a tagged repository are taken only for wishes with that tag. */
  readonly tag?: string
}

/** A package that may be chosen, with the names it stands for. */
export interface Candidate {
  readonly record: ApkRecord
  readonly repository: SolveRepository
  readonly rank: number
  readonly names: readonly Provided[]
}

interface Standing {
  readonly candidate: Candidate
  readonly provided: Provided
}

/** Names, and who stands for each. Made once for a set of repositories, then asked by many solves. */
export class PackageIndex {
  readonly #byName = new Map<string, Standing[]>()
  readonly installIf: readonly Candidate[]

  constructor(repositories: readonly SolveRepository[]) {
    const installIf: Candidate[] = []
    for (const [rank, repository] of repositories.entries()) {
      for (const record of repository.packages) {
        const candidate: Candidate = { record, repository, rank, names: providedBy(record) }
        if (record.installIf.length > 0) installIf.push(candidate)
        for (const provided of candidate.names) {
          const standings = this.#byName.get(provided.name)
          if (standings === undefined) this.#byName.set(provided.name, [{ candidate, provided }])
          else standings.push({ candidate, provided })
        }
      }
    }
    this.installIf = installIf
  }

  names(): Iterable<string> {
    return this.#byName.keys()
  }

  /** Everyone who stands for the wish's name, in no order. */
  standing(name: string): readonly Standing[] {
    return this.#byName.get(name) ?? []
  }

  /** Who meets a wish, best first (apk-v2, "Comparator"), after the repository's rank. Each package once. */
  candidates(wish: Dependency): Candidate[] {
    const fitting = this.standing(wish.name).filter(({ candidate, provided }) => {
      const tagged = candidate.repository.tag
      return (tagged === undefined || tagged === wish.tag) && meets(wish, provided, candidate.record)
    })
    const ordered = fitting.sort((a, b) => compareStandings(a, b))
    return [...new Set(ordered.map(({ candidate }) => candidate))]
  }
}

function compareStandings(a: Standing, b: Standing): number {
  const [left, right] = [a.candidate, b.candidate]
  return (
    left.rank - right.rank ||
    compareCarried(a.provided.version, b.provided.version) ||
    (left.record.name === right.record.name
      ? compareApkVersions(right.record.version, left.record.version)
      : 0) ||
    right.record.providerPriority - left.record.providerPriority ||
    compareApkVersions(right.record.version, left.record.version) ||
    (left.record.name < right.record.name ? -1 : left.record.name > right.record.name ? 1 : 0)
  )
}

/** The higher version carried for the name wins; names without a version tie among each other and lose to those with one. */
function compareCarried(a: string | null, b: string | null): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
  return compareApkVersions(b, a)
}
