// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from '../base/index.ts'
import { cyclicComponents } from './graph/components.ts'
import { levelsOf } from './graph/levels.ts'
import { shortestCycle } from './graph/shortest.ts'

/** What the graph needs to know of a recipe. */
export interface GraphRecipe {
  readonly name: string
  readonly file: string
  readonly environment: { readonly packages: readonly string[] }
  readonly packages: readonly {
    readonly name: string
    readonly dependencies: { readonly provides: readonly string[]; readonly runtime: readonly string[] }
  }[]
}

/** Which recipe needs which others before it can be built. Names nobody here provides are left to the resolver. */
export interface RecipeGraph {
  /** Recipe → recipes whose packages its build environment names. */
  readonly buildsOn: ReadonlyMap<string, ReadonlySet<string>>
  /** Package or provided name → the recipe that makes it. */
  readonly makerOf: ReadonlyMap<string, string>
}

/** @param fromOutside names that come from elsewhere (the seed), even when a recipe provides them too. */
export function recipeGraph(
  recipes: readonly GraphRecipe[],
  fromOutside: (name: string) => boolean = () => false,
): RecipeGraph {
  const makerOf = new Map<string, string>()
  for (const recipe of recipes)
    for (const { dependencies } of recipe.packages)
      for (const provided of dependencies.provides) makerOf.set(bareName(provided), recipe.name)
  for (const recipe of recipes) for (const { name } of recipe.packages) makerOf.set(name, recipe.name)
  const buildsOn = new Map<string, Set<string>>()
  for (const recipe of recipes) {
    const wanted = recipe.environment.packages.map(bareName).filter((name) => !fromOutside(name))
    const makers = wanted.flatMap((name) => makerOf.get(name) ?? []).filter((maker) => maker !== recipe.name)
    buildsOn.set(recipe.name, new Set(makers))
  }
  return { buildsOn, makerOf }
}

/** Finds the place where a recipe asks for what another makes. */
export type LocateNeed = (recipe: string, needed: string) => Location | undefined

/** Recipes in an order in which each comes after what it is built on; of those that are free, the order given. @throws MillraceError DEPENDENCY_CYCLE with the shortest circle, where its first recipe asks for the next. */
export function buildOrder(graph: RecipeGraph, locate?: LocateNeed): string[] {
  return buildLevels(graph, locate).flat()
}

/** The same in levels: everything of one level can be built at once. */
export function buildLevels({ buildsOn }: RecipeGraph, locate?: LocateNeed): string[][] {
  const inCycles = new Set(cyclicComponents(buildsOn).flat())
  const cycle = shortestCycle(
    buildsOn,
    [...buildsOn.keys()].filter((name) => inCycles.has(name)),
  )
  if (cycle !== undefined) throw cycleError(cycle, locate)
  return levelsOf(buildsOn)
}

function cycleError(cycle: readonly string[], locate: LocateNeed | undefined): MillraceError {
  const [first = '', next = ''] = cycle
  return new MillraceError('DEPENDENCY_CYCLE', {
    what: 'ordering the recipes',
    why: `they are built on each other in a circle: ${cycle.join(' → ')}`,
    fix: 'take one of them out of the other’s environment, or let the seed provide it',
    at: locate?.(first, next),
  })
}

function bareName(dependency: string): string {
  return dependency.replace(/[<>=~@].*$/, '')
}
