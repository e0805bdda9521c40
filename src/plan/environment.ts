// SPDX-License-Identifier: Apache-2.0
import { type ApkRecord, indexRepositories, providedBy, solveWorld, unsatisfiedError } from '../apk/index.ts'
import { type Digest, type Location, present } from '../base/index.ts'
import type { PlannedPackage } from './plan.ts'

/** A package that can be installed, and where its bytes are. */
export interface AvailableApk {
  readonly record: ApkRecord
  /** The blob of the .apk file. */
  readonly file: Digest
  readonly datahash: Digest
}

/** What an environment may be made of. What was built here stands before the seed. */
export interface EnvironmentPool {
  readonly distro: readonly AvailableApk[]
  readonly seed: readonly AvailableApk[]
}

export interface ChosenEnvironment {
  /** In install order. */
  readonly packages: readonly PlannedPackage[]
  /** Datahash → blob of an .apk file that has it. */
  readonly files: ReadonlyMap<Digest, Digest>
}

/**
 * Chooses the packages of an environment. The same pool and names give the same packages in the same order.
 *
 * @param what the act, for messages.
 * @param locate where a name was asked for.
 * @throws MillraceError DEPENDENCY_UNSATISFIED naming who wanted what, who was refused and why, and what is near.
 */
export function chooseEnvironment(
  pool: EnvironmentPool,
  names: readonly string[],
  what: string,
  locate?: (name: string) => Location,
): ChosenEnvironment {
  const seed = withoutNamesOf(pool.distro, pool.seed)
  const repositories = [
    { name: 'distro', tier: 0, packages: pool.distro.map(({ record }) => record) },
    { name: 'seed', tier: 1, packages: seed.map(({ record }) => record) },
  ]
  const solution = solveWorld(indexRepositories(repositories), names)
  if (solution.status === 'unsatisfied') {
    const { problem } = solution
    throw unsatisfiedError(problem, what, locate?.(problem.wanted))
  }
  const sources = new Map([...pool.distro, ...seed].map((apk) => [apk.record, apk]))
  const chosen = solution.packages.map(({ record, repository }) => {
    const { file, datahash } = present(sources.get(record), 'a chosen package is of the pool')
    const from: PlannedPackage['from'] = repository === 'seed' ? 'seed' : 'distro'
    return { file, planned: { name: record.name, version: record.version, datahash, from } }
  })
  return {
    packages: chosen.map(({ planned }) => planned),
    files: new Map(chosen.map(({ planned, file }) => [planned.datahash, file])),
  }
}

/** A package → the package that comes into an environment with it. */
export type Companions = Readonly<Record<string, string>>

/**
 * Chooses the environment of a build: what the recipe names, and the companions of what is chosen. A companion is left out where the recipe refuses it (`!name`) and where it
 * cannot be had, which is so for what it is itself built on.
 *
 * @throws MillraceError as {@link chooseEnvironment}
 */
export function chooseBuildEnvironment(
  pool: EnvironmentPool,
  names: readonly string[],
  companions: Companions,
  what: string,
  locate?: (name: string) => Location,
): ChosenEnvironment {
  const bare = chooseEnvironment(pool, names, what, locate)
  const chosen = new Set(bare.packages.map(({ name }) => name))
  const offered = new Set([...pool.distro, ...pool.seed].map(({ record }) => record.name))
  const more = Object.entries(companions)
    .filter(([owner, name]) => chosen.has(owner) && !chosen.has(name) && offered.has(name))
    .map(([, name]) => name)
    .filter((name) => !names.includes(`!${name}`))
  return more.length === 0 ? bare : chooseEnvironment(pool, [...names, ...more], what, locate)
}

/** The program that makes the loader's cache (`ldconfig(8)`), by the name its package has in the seed. */
const LOADER_CACHE = 'ldconfig'

/**
 * Chooses the environment in which packages are tested, with companions as for a build. Beside programs of the seed a loader's cache is needed, where there is a program to make it:
 * without one the loader searches its built-in directories, in which the seed's libraries stand before ours.
 *
 * @throws MillraceError as {@link chooseEnvironment}
 */
export function chooseTestEnvironment(
  pool: EnvironmentPool,
  names: readonly string[],
  companions: Companions,
  what: string,
  locate?: (name: string) => Location,
): ChosenEnvironment {
  const bare = chooseBuildEnvironment(pool, names, companions, what, locate)
  const holdsSeed = bare.packages.some(({ from }) => from === 'seed')
  const hasMaker = [...pool.distro, ...pool.seed].some(({ record }) =>
    providedBy(record).some(({ name }) => name === LOADER_CACHE),
  )
  return holdsSeed && hasMaker
    ? chooseBuildEnvironment(pool, [...names, LOADER_CACHE], companions, what, locate)
    : bare
}

/** The seed, standing for no name that the distro's packages stand for: a seed package that is there for another reason must not pass for a library that was built here. */
function withoutNamesOf(distro: readonly AvailableApk[], seed: readonly AvailableApk[]): AvailableApk[] {
  const taken = new Set(distro.flatMap(({ record }) => providedBy(record).map(({ name }) => name)))
  return seed.map((apk) => {
    const provides = apk.record.provides.filter((text) => !taken.has(text.replace(/=.*$/, '')))
    return { ...apk, record: { ...apk.record, provides } }
  })
}
