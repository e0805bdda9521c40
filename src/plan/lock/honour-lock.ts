// SPDX-License-Identifier: Apache-2.0
import { type Digest, isMillraceError, MillraceError } from '../../base/index.ts'
import {
  type AvailableApk,
  type ChosenEnvironment,
  chooseEnvironment,
  type EnvironmentPool,
} from '../environment.ts'
import type { BuildPlan, PlannedPackage } from '../plan.ts'
import type { LocatedLock } from './recipe-lock.ts'

/**
 * The environment that a lock names, and nothing else: each package by name, version and datahash.
 *
 * @param recipe what is planned.
 * @param names what the recipe asks for: the lock must still meet it.
 * @throws MillraceError LOCK_MISMATCH at the line of the lock that does not hold
 */
export function lockedEnvironment(
  pool: EnvironmentPool,
  lock: LocatedLock,
  recipe: { readonly name: string; readonly fullVersion: string; readonly arch: string },
  names: readonly string[],
): ChosenEnvironment {
  refuseOther(lock, ['recipe', 'name'], lock.content.recipe.name, recipe.name)
  refuseOther(lock, ['recipe', 'version'], lock.content.recipe.version, recipe.fullVersion)
  refuseOther(lock, ['arch'], lock.content.arch, recipe.arch)
  const chosen = lock.content.environment.map((_, index) => lockedPackage(pool, lock, index))
  refuseUnmet(chosen, lock, names)
  return {
    packages: chosen.map(({ planned }) => planned),
    files: new Map(chosen.map(({ planned, apk }) => [planned.datahash, apk.file])),
  }
}

/**
 * Refuses sources whose bytes are not those of the lock.
 *
 * @param digests place below `/var/cache/melange` → bytes.
 * @throws MillraceError LOCK_MISMATCH
 */
export function checkLockedSources(
  lock: LocatedLock,
  { sources }: Pick<BuildPlan, 'sources'>,
  digests: ReadonlyMap<string, Digest>,
): void {
  for (const [index, { uri, place }] of sources.entries()) {
    const locked = lock.content.sources[index]
    if (locked === undefined)
      throw mismatch(lock, ['sources'], `the recipe has a source that the lock does not name: ${uri}`)
    refuseOther(lock, ['sources', index, 'uri'], locked.uri, uri)
    refuseOther(lock, ['sources', index, 'digest'], locked.digest, digests.get(place) ?? 'nothing')
  }
  const more = lock.content.sources[sources.length]
  if (more !== undefined)
    throw mismatch(
      lock,
      ['sources', sources.length, 'uri'],
      `the lock names a source that the recipe does not have: ${more.uri}`,
    )
}

interface LockedPackage {
  readonly planned: PlannedPackage
  readonly apk: AvailableApk
}

function lockedPackage(pool: EnvironmentPool, lock: LocatedLock, index: number): LockedPackage {
  const { name, version, datahash, repository } = lock.content.environment[
    index
  ] as LocatedLock['content']['environment'][number]
  const offered = pool[repository].filter(({ record }) => record.name === name)
  const apk = offered.find((one) => one.record.version === version && one.datahash === datahash)
  if (apk !== undefined) return { planned: { name, version, datahash, from: repository }, apk }
  const same = offered.find(({ record }) => record.version === version)
  if (same !== undefined)
    throw mismatch(
      lock,
      ['environment', index, 'datahash'],
      `${name}-${version} of the ${repository} has the datahash ${same.datahash}, the lock names ${datahash}`,
    )
  const others = offered.map(({ record }) => record.version).join(', ')
  throw mismatch(
    lock,
    ['environment', index],
    `the ${repository} does not have ${name}-${version}; it has ${others === '' ? `nothing of that name` : others}`,
  )
}

/** The locked packages alone must meet what the recipe asks for now. */
function refuseUnmet(chosen: readonly LockedPackage[], lock: LocatedLock, names: readonly string[]): void {
  const of = (from: PlannedPackage['from']) =>
    chosen.filter(({ planned }) => planned.from === from).map(({ apk }) => apk)
  try {
    chooseEnvironment({ distro: of('distro'), seed: of('seed') }, names, `honouring ${lock.file}`)
  } catch (error) {
    if (!isMillraceError(error, 'DEPENDENCY_UNSATISFIED')) throw error
    throw mismatch(lock, ['environment'], `it does not meet what the recipe asks for: ${error.why}`)
  }
}

function refuseOther(lock: LocatedLock, path: readonly PropertyKey[], locked: string, found: string): void {
  if (locked !== found)
    throw mismatch(lock, path, `${path.join('.')} is ${locked} in the lock, and ${found} now`)
}

function mismatch(lock: LocatedLock, path: readonly PropertyKey[], why: string): MillraceError {
  return new MillraceError('LOCK_MISMATCH', {
    what: `honouring ${lock.file}`,
    why,
    fix: 'bring back what the lock names, or choose anew: millrace lock with --update',
    at: lock.locate(path),
  })
}
