// SPDX-License-Identifier: Apache-2.0
import { parseDependency } from '../../apk/index.ts'
import type { Digest } from '../../base/index.ts'
import type { Distro, DistroRecipe } from '../../factory/index.ts'
import type { BlobStore } from '../../store/index.ts'
import { type PlanText, readPlanText } from './plan-text.ts'

/** What a recipe makes and needs, whether it was made or not. */
export interface RecipeOutline {
  readonly license: string
  /** The main package first. */
  readonly packages: readonly OutlinedPackage[]
  /** Packages of the distro in its build environment, sorted. */
  readonly environment: readonly string[]
}

export interface OutlinedPackage {
  readonly name: string
  readonly description: string
  readonly url: string
  /** What it needs at run time by the recipe's word; a build finds more. */
  readonly dependencies: readonly string[]
}

/** What the outline of a recipe is found by. */
interface OutlinedRecipe {
  readonly name: string
  /** Null where it was never planned as it is now. */
  readonly plan: { readonly key: string; readonly digest: Digest } | null
}

/** Of the distro, what outlines are made of; null where nothing was read of it. */
export type OutlinedDistro = Pick<Distro, 'recipes' | 'graph'> | null

const AT_ONCE = 16
const MAX_KNOWN = 20_000

/** Outlines of plans, each read once: what a key names does not change. */
export class OutlineShelf {
  readonly #store: BlobStore
  readonly #known = new Map<string, RecipeOutline>()

  constructor(store: BlobStore) {
    this.#store = store
  }

  /** The outlines of recipes, by name: as planned, else as the distro says it now, else the name alone. */
  async of(recipes: readonly OutlinedRecipe[], distro: OutlinedDistro): Promise<Map<string, RecipeOutline>> {
    const outlines = new Map<string, RecipeOutline>()
    for (let at = 0; at < recipes.length; at += AT_ONCE)
      await Promise.all(
        recipes.slice(at, at + AT_ONCE).map(async ({ name, plan }) => {
          const planned = plan === null ? null : await this.#planned(plan.key, plan.digest)
          outlines.set(name, planned ?? outlineOfRecipe(name, distro))
        }),
      )
    return outlines
  }

  async #planned(key: string, digest: Digest): Promise<RecipeOutline | null> {
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const text = await readPlanText(this.#store, digest)
    if (text === null) return null
    const outline = outlineOfPlan(text)
    if (this.#known.size >= MAX_KNOWN) this.#known.clear()
    this.#known.set(key, outline)
    return outline
  }
}

function outlineOfPlan({ license, packages, environment }: PlanText): RecipeOutline {
  return {
    license,
    packages: packages.map(({ name, description, url, dependencies }) => ({
      ...{ name, description, url },
      dependencies: dependencies.runtime,
    })),
    environment: environment
      .filter(({ from }) => from === 'distro')
      .map(({ name }) => name)
      .sort(),
  }
}

function outlineOfRecipe(name: string, distro: OutlinedDistro): RecipeOutline {
  const recipe = distro?.recipes.get(name)
  if (distro === null || recipe === undefined)
    return { license: '', packages: [{ name, description: '', url: '', dependencies: [] }], environment: [] }
  const { packages, environment } = recipe.expanded
  const makers = distro.graph.buildsOn.get(name)
  return {
    license: licenseOf(recipe),
    packages: packages.map(({ name, description, url, dependencies }) => ({
      ...{ name, description, url },
      dependencies: dependencies.runtime,
    })),
    environment: environment.packages
      .map((text) => parseDependency(text)?.name ?? text)
      .filter((wanted) => {
        const maker = distro.graph.makerOf.get(wanted)
        return maker !== undefined && makers?.has(maker)
      }),
  }
}

function licenseOf({ expanded }: DistroRecipe): string {
  return [...new Set(expanded.copyright.map(({ license }) => license))].join(' AND ')
}
