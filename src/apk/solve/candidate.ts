// SPDX-License-Identifier: Apache-2.0
import { compareApkVersions } from '../../versions/index.ts'
import type { ApkRecord } from '../record.ts'
import { type Dependency, type Provided, parseDependency, providedBy } from './dependency.ts'
import type { SolveRepository } from './package-index.ts'

/** A package that may be chosen. What it stands for and wishes is read when it is first looked at. */
export class Candidate {
  readonly record: ApkRecord
  readonly repository: SolveRepository
  /** The place of its repository among the others. */
  readonly rank: number
  #names: readonly Provided[] | undefined
  #rival: string | null | undefined
  #wishes: readonly Dependency[] | undefined
  #bans: readonly Dependency[] | undefined
  #conditions: readonly Dependency[] | null | undefined

  constructor(record: ApkRecord, repository: SolveRepository, rank: number) {
    this.record = record
    this.repository = repository
    this.rank = rank
  }

  get stem(): string {
    return `${this.record.name}-${this.record.version}`
  }

  get names(): readonly Provided[] {
    this.#names ??= providedBy(this.record)
    return this.#names
  }

  /** A name that it has twice, once with a version: it cannot stand beside itself. */
  get rivalOfItself(): string | undefined {
    if (this.#rival !== undefined) return this.#rival ?? undefined
    const versioned = new Set<string>()
    const bare = new Set<string>()
    const twice = this.names.find(({ name, version }) => {
      const isTwice = versioned.has(name) || (version !== null && bare.has(name))
      ;(version === null ? bare : versioned).add(name)
      return isTwice
    })
    this.#rival = twice?.name ?? null
    return twice?.name
  }

  /** What must be there with it. */
  get wishes(): readonly Dependency[] {
    this.#wishes ??= this.record.depends.filter((text) => !text.startsWith('!')).map(readWish)
    return this.#wishes
  }

  /** What must not be there with it: its `!name`s. */
  get bans(): readonly Dependency[] {
    this.#bans ??= this.record.depends
      .filter((text) => text.startsWith('!'))
      .flatMap((text) => parseDependency(text) ?? [])
    return this.#bans
  }

  /** What must be there for it to come by itself; null when it never does. */
  get conditions(): readonly Dependency[] | null {
    if (this.#conditions !== undefined) return this.#conditions
    const read = this.record.installIf.map(parseDependency)
    const isReadable = read.length > 0 && read.every((one) => one !== undefined)
    this.#conditions = isReadable ? read.filter((one) => one !== undefined) : null
    return this.#conditions
  }
}

/** One of a candidate's names. */
export interface Standing {
  readonly candidate: Candidate
  readonly provided: Provided
}

/** A dependency that nobody can read is one that nobody can meet: its name has a character that no name has. */
function readWish(text: string): Dependency {
  const unreadable = { text, name: `\0${text}`, conflict: false, tag: null, operator: null, version: '' }
  return parseDependency(text) ?? unreadable
}

/**
 * Sorts those who meet a wish, best first, each package once (apk-v2, "Comparator"): tier of the repository, its tag being the wished one, the version carried for the name, the
 * version among packages of one name, provider priority, the earlier repository. What is left is taken as apko has it, by version and name, where apk-tools goes by the order
 * in the index.
 */
export function byPreference(standings: readonly Standing[], tag: string | null): Candidate[] {
  const ordered = [...standings].sort((a, b) => compareStandings(a, b, tag))
  return [...new Set(ordered.map(({ candidate }) => candidate))]
}

function compareStandings(a: Standing, b: Standing, tag: string | null): number {
  const [left, right] = [a.candidate, b.candidate]
  return (
    (left.repository.tier ?? 0) - (right.repository.tier ?? 0) ||
    Number(isTagged(right, tag)) - Number(isTagged(left, tag)) ||
    compareCarried(a.provided.version, b.provided.version) ||
    (left.record.name === right.record.name
      ? compareApkVersions(right.record.version, left.record.version)
      : 0) ||
    right.record.providerPriority - left.record.providerPriority ||
    left.rank - right.rank ||
    compareApkVersions(right.record.version, left.record.version) ||
    (left.record.name < right.record.name ? -1 : left.record.name > right.record.name ? 1 : 0)
  )
}

function isTagged({ repository }: Candidate, tag: string | null): boolean {
  return (repository.tag ?? null) === tag
}

/** The higher version wins; a name without one is older than all, and equal to another such. */
function compareCarried(a: string | null, b: string | null): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
  return compareApkVersions(b, a)
}
