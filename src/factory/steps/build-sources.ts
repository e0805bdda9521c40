// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../../base/index.ts'
import { checkLockedSources, lockPlan, type RecipeLock } from '../../plan/index.ts'
import type { DistroRecipe } from '../distro.ts'
import type { Mill } from '../mill.ts'
import type { WorkingPlan } from '../working-plan.ts'

/**
 * The sources of a build: place below `/var/cache/melange` → blob. Those of a locked build are what its lock names.
 *
 * @throws MillraceError LOCK_MISMATCH, and as the fetching of sources
 */
export async function fetchBuildSources(
  { sources }: Pick<Mill, 'sources'>,
  { name, expanded }: DistroRecipe,
  { plan, lock }: WorkingPlan,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Digest>> {
  const files = await sources.fetch(expanded.sources, name, signal)
  if (lock !== undefined) checkLockedSources(lock, plan, files)
  return files
}

/** The lock of what a plan names; its sources are fetched for it. @throws MillraceError as {@link fetchBuildSources} */
export async function lockWorkingPlan(
  mill: Pick<Mill, 'sources'>,
  recipe: DistroRecipe,
  plan: WorkingPlan,
  signal: AbortSignal,
): Promise<RecipeLock> {
  return lockPlan(plan.plan, await fetchBuildSources(mill, recipe, plan, signal))
}
