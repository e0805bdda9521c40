// SPDX-License-Identifier: Apache-2.0
import { basename, resolve } from 'node:path'
import { assert, MillraceError } from '../base/index.ts'
import type { BuiltApk } from '../build/index.ts'
import type { AvailableApk } from '../plan/index.ts'
import { type Distro, type DistroRecipe, readDistro, recipeNamed } from './distro.ts'
import { type ReleaseOutcome, release } from './flow.ts'
import type { Mill } from './mill.ts'
import { prepareSeedTold } from './seed.ts'
import type { Services } from './services.ts'
import { openSourceFetcher } from './sources.ts'
import { describeFailure } from './steps/step.ts'
import type { Released } from './working-plan.ts'

/** A recipe that a person named, with all it needs released. */
export interface Target {
  readonly mill: Mill
  readonly recipe: DistroRecipe
}

/** Whether a person means a file rather than a recipe of the distro. */
export function isRecipePath(text: string): boolean {
  return /\.ya?ml$/.test(text) || text.includes('/')
}

/** The distro as a command sees it: a recipe named by its path stands over the distro's own. @returns the distro and the recipe's name. */
export async function distroFor(
  f: { readonly settings: { readonly distroDirectory: string; readonly arch: string } },
  named: string,
): Promise<{ readonly distro: Distro; readonly recipe: DistroRecipe }> {
  const { distroDirectory, arch } = f.settings
  const paths = isRecipePath(named) ? [resolve(named)] : []
  const distro = await readDistro(distroDirectory, arch, paths)
  const recipe = isRecipePath(named)
    ? [...distro.recipes.values()].find(
        ({ filesDirectory }) => filesDirectory === resolve(named).replace(/\.ya?ml$/, ''),
      )
    : recipeNamed(distro, named)
  return { distro, recipe: recipe ?? recipeNamed(distro, basename(named).replace(/\.ya?ml$/, '')) }
}

/**
 * Releases everything that a recipe needs, one after another; what was released before is taken as it is.
 *
 * @throws MillraceError BUILD_FAILED or CHECK_FAILED naming the needed recipe that stopped, and what its work throws
 */
export async function releaseNeeds(f: Services, named: string, signal: AbortSignal): Promise<Target> {
  const wanted = await distroFor(f, named)
  return releaseNeedsOf(f, wanted, await prepareSeedTold(f, wanted.distro.seed, signal), signal)
}

/** The same for a recipe that was read, on a seed that was prepared. */
export async function releaseNeedsOf(
  f: Services,
  { distro, recipe }: { readonly distro: Distro; readonly recipe: DistroRecipe },
  seed: readonly AvailableApk[],
  signal: AbortSignal,
): Promise<Target> {
  const done = new Map<string, readonly BuiltApk[]>()
  const released: Released = { seed, packagesOf: (name) => done.get(name) }
  const mill: Mill = { f, distro, released, sources: openSourceFetcher(f) }
  const needed = distro.graph.closure.get(recipe.name) ?? new Set()
  for (const name of distro.graph.order.filter((one) => needed.has(one))) {
    const outcome = await release(mill, recipeNamed(distro, name), signal)
    if (outcome.status === 'stopped') throw stopped(recipe.name, name, outcome)
    assert(outcome.status === 'released', 'what it needs was released before, in the order of the graph')
    done.set(name, outcome.packages)
  }
  return { mill, recipe }
}

function stopped(
  wanted: string,
  name: string,
  { at, why }: Extract<ReleaseOutcome, { status: 'stopped' }>,
): MillraceError {
  return new MillraceError(at === 'build' ? 'BUILD_FAILED' : 'CHECK_FAILED', {
    what: `releasing ${name}, which ${wanted} needs`,
    why: describeFailure(why),
    fix: `millrace log ${name} shows all of it`,
  })
}
