// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../base/index.ts'
import { buildOrder, type ExpandedRecipe, recipeGraph } from '../recipe/index.ts'

/** A recipe said out, and the places of what it asks for. */
export interface PlacedRecipe {
  readonly expanded: ExpandedRecipe
  /** Where a package is asked for by name, or the file where that cannot be told. */
  readonly locateWanted: (name: string) => Location
}

/** Which recipes must be released before which, and why. */
export interface DistroGraph {
  /** Recipe → recipes whose packages stand in its build environment by name. */
  readonly buildsOn: ReadonlyMap<string, ReadonlySet<string>>
  /** Recipe → recipes whose packages its own need at run time, or its tests need, by name. */
  readonly runsOn: ReadonlyMap<string, ReadonlySet<string>>
  /** Package or provided name → the recipe that makes it. */
  readonly makerOf: ReadonlyMap<string, string>
  /** Every recipe after those it needs. */
  readonly order: readonly string[]
  /** Recipe → all recipes it needs, those that these need among them; not itself. */
  readonly closure: ReadonlyMap<string, ReadonlySet<string>>
  /** Recipe → of these, the ones that its build environment may hold: nothing that only tests need, so that a change there is no change of a plan. */
  readonly buildClosure: ReadonlyMap<string, ReadonlySet<string>>
  /** Recipe → how many recipes need it, in the end. */
  readonly dependents: ReadonlyMap<string, number>
}

/** The package whose shell runs the steps of every test, when the distro makes it. */
export const TEST_SHELL = 'busybox'

/**
 * @param seedNames come from the seed in build and test environments, even when a recipe makes them too.
 * @param companions packages that may come into any build environment unasked.
 * @throws MillraceError DEPENDENCY_CYCLE with the shortest circle.
 */
export function graphOf(
  placed: readonly PlacedRecipe[],
  seedNames: ReadonlySet<string>,
  companions: ReadonlySet<string> = new Set(),
): DistroGraph {
  const recipes = placed.map(({ expanded }) => expanded)
  const { buildsOn: asked, makerOf } = recipeGraph(recipes, (name) => seedNames.has(name))
  const buildsOn = withCompanions(asked, makerOf, companions)
  const makersOf = (names: readonly string[], own: string) =>
    names
      .map(bareName)
      .filter((name) => !seedNames.has(name) && !name.startsWith('!'))
      .flatMap((name) => makerOf.get(name) ?? [])
      .filter((maker) => maker !== own)
  const runtimeOf = new Map(
    recipes.map(({ name, packages }) => {
      const wanted = packages.flatMap(({ dependencies }) => dependencies.runtime)
      return [name, new Set(makersOf(wanted, name))]
    }),
  )
  const runsOn = new Map(
    recipes.map(({ name, tests }) => {
      const wanted = [...tests.values()].flatMap(({ packages }) => packages)
      return [name, new Set([...(runtimeOf.get(name) ?? []), ...makersOf(wanted, name)])]
    }),
  )
  addShell(recipes, buildsOn, runsOn, makerOf.get(TEST_SHELL))
  const needs = new Map(
    recipes.map(({ name }) => [name, new Set([...(buildsOn.get(name) ?? []), ...(runsOn.get(name) ?? [])])]),
  )
  const order = buildOrder({ buildsOn: needs, makerOf }, (name, other) => {
    const recipe = placed.find(({ expanded }) => expanded.name === name)
    return recipe && locateNeed(recipe, (wanted) => makerOf.get(bareName(wanted)) === other)
  })
  const closure = closureOf(order, needs)
  const dependents = new Map(order.map((name) => [name, 0]))
  for (const all of closure.values())
    for (const other of all) dependents.set(other, (dependents.get(other) ?? 0) + 1)
  const untested = new Map(
    order.map((name) => [name, new Set([...(buildsOn.get(name) ?? []), ...(runtimeOf.get(name) ?? [])])]),
  )
  const installed = closureOf(order, untested)
  const buildClosure = new Map(
    order.map((name) => {
      const direct = [...(buildsOn.get(name) ?? [])]
      return [name, new Set(direct.flatMap((other) => [other, ...(installed.get(other) ?? [])]))]
    }),
  )
  return { buildsOn, runsOn, makerOf, order, closure, buildClosure, dependents }
}

/** Where a recipe itself asks for what another makes; its file where a pipeline does, or the shell of tests is meant. */
function locateNeed({ expanded, locateWanted }: PlacedRecipe, isIt: (wanted: string) => boolean): Location {
  const places = namesAskedBy(expanded).filter(isIt).map(locateWanted)
  return places.find(({ line }) => line !== undefined) ?? { file: expanded.file }
}

/** All that a recipe asks for by name: to build, to run, to be tested. */
export function namesAskedBy({ environment, packages, tests }: ExpandedRecipe): string[] {
  return [
    ...environment.packages,
    ...packages.flatMap(({ dependencies }) => dependencies.runtime),
    ...[...tests.values()].flatMap((test) => test.packages),
  ]
}

/** Recipes stand on those that make companions; these, and what they stand on, are built without. */
function withCompanions(
  buildsOn: ReadonlyMap<string, ReadonlySet<string>>,
  makerOf: ReadonlyMap<string, string>,
  companions: ReadonlySet<string>,
): ReadonlyMap<string, ReadonlySet<string>> {
  const makers = new Set([...companions].flatMap((name) => makerOf.get(name) ?? []))
  const under = new Set(makers)
  for (const name of under) for (const other of buildsOn.get(name) ?? []) under.add(other)
  return new Map(
    [...buildsOn].map(([name, needs]) => [name, under.has(name) ? needs : new Set([...needs, ...makers])]),
  )
}

/** Tests run in the shell the distro makes; what that shell is made of is tested without it. */
function addShell(
  recipes: readonly ExpandedRecipe[],
  buildsOn: ReadonlyMap<string, ReadonlySet<string>>,
  runsOn: ReadonlyMap<string, Set<string>>,
  shell: string | undefined,
): void {
  if (shell === undefined) return
  const under = new Set([shell])
  for (const name of under)
    for (const other of [...(buildsOn.get(name) ?? []), ...(runsOn.get(name) ?? [])]) under.add(other)
  for (const { name, tests } of recipes) if (tests.size > 0 && !under.has(name)) runsOn.get(name)?.add(shell)
}

function closureOf(
  order: readonly string[],
  needs: ReadonlyMap<string, ReadonlySet<string>>,
): Map<string, ReadonlySet<string>> {
  const closure = new Map<string, ReadonlySet<string>>()
  for (const name of order) {
    const all = new Set<string>()
    for (const other of needs.get(name) ?? []) {
      all.add(other)
      for (const further of closure.get(other) ?? []) all.add(further)
    }
    closure.set(name, all)
  }
  return closure
}

/** A dependency without its version. */
export function bareName(dependency: string): string {
  return dependency.replace(/[<>=~@].*$/, '')
}
