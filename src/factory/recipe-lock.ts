// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { isSystemError, MillraceError } from '../base/index.ts'
import { checkLockedSources, type LocatedLock, lockPlan, parseLock, type RecipeLock } from '../plan/index.ts'
import type { DistroRecipe } from './distro.ts'
import type { Target } from './target.ts'
import { makePlan, type WorkingPlan } from './working-plan.ts'

/** Where a recipe's lock lies when nobody says otherwise: beside it. */
export function lockPathOf({ filesDirectory }: DistroRecipe): string {
  return `${filesDirectory}.lock.json`
}

/**
 * The lock to be honoured for a recipe.
 *
 * @param given the path a person gave; undefined takes the one beside the recipe.
 * @returns undefined when none was given and none lies there.
 * @throws MillraceError LOCK_INVALID, NOT_FOUND
 */
export async function readRecipeLock(
  recipe: DistroRecipe,
  given: string | undefined,
): Promise<LocatedLock | undefined> {
  const path = given ?? lockPathOf(recipe)
  const near = relative(process.cwd(), path)
  const file = near.startsWith('../../') ? path : near
  try {
    return parseLock(await readFile(path, 'utf8'), file)
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause
    if (given === undefined) return undefined
    throw new MillraceError('NOT_FOUND', {
      what: `reading the lock ${file}`,
      why: 'there is no such file',
      fix: `write it: millrace lock ${recipe.name} --out ${file}`,
      cause,
    })
  }
}

/** The plan of a recipe, with the environment and the sources of its lock when there is one. @throws MillraceError LOCK_MISMATCH, and as makePlan and the fetching of sources */
export async function makeLockedPlan(
  { mill, recipe }: Target,
  lock: LocatedLock | undefined,
  signal: AbortSignal,
): Promise<WorkingPlan> {
  const plan = await makePlan(mill.f, mill.distro, recipe, mill.released, lock)
  if (lock !== undefined) {
    const digests = await mill.sources.fetch(recipe.expanded.sources, recipe.name, signal)
    checkLockedSources(lock, plan.plan, digests)
  }
  return plan
}

/** A lock of what a recipe is built from now; its sources are fetched. @throws MillraceError as makePlan and the fetching of sources */
export async function makeRecipeLock({ mill, recipe }: Target, signal: AbortSignal): Promise<RecipeLock> {
  const { plan } = await makePlan(mill.f, mill.distro, recipe, mill.released)
  return lockPlan(plan, await mill.sources.fetch(recipe.expanded.sources, recipe.name, signal))
}
