// SPDX-License-Identifier: Apache-2.0
import type { Edges } from './edges.ts'
import {
  type FindMaker,
  isConflict,
  type MadePackage,
  makersOf,
  type NeedingRecipe,
  wishedName,
} from './makers.ts'

/**
 * How one recipe needs another:
 * `build`: its build environment names a package of it;
 * `environment`: its build environment holds one, named there or needed at run time by what is in there: it must be made before;
 * `runtime`: one of its packages names one at run time: that alone keeps nothing from being built;
 * `test`: the environment of one of its tests holds one.
 */
export type NeedKind = (typeof NEED_KINDS)[number]
export const NEED_KINDS = ['build', 'environment', 'runtime', 'test'] as const

/** A wish of a recipe, and who answers it. */
export interface Wish {
  readonly kind: 'build' | 'runtime' | 'test'
  readonly recipe: string
  /** Whose wish it is at run time, or whose test's; null for the build environment. */
  readonly package: string | null
  /** As it is written. */
  readonly wanted: string
  /** The package that answers it, and the recipe that makes that. */
  readonly provider: string
  readonly maker: string
}

/** What the recipes of a corpus need of each other. */
export class RecipeNeeds {
  readonly recipes: ReadonlyMap<string, NeedingRecipe>
  readonly makerOf: FindMaker
  readonly #fromSeed: (name: string) => boolean
  readonly #known = new Map<NeedKind, NeedsOfOneKind>()
  /** What each package brings along, one step. */
  readonly #brought = new Map<MadePackage, readonly MadePackage[]>()

  /** @param fromSeed names that come from outside, even when a recipe makes them too: wishes for them lead nowhere. */
  constructor(recipes: readonly NeedingRecipe[], fromSeed: (name: string) => boolean = () => false) {
    this.recipes = new Map(recipes.map((recipe) => [recipe.name, recipe]))
    this.#fromSeed = fromSeed
    this.makerOf = makersOf(recipes, fromSeed)
  }

  /** Who needs whom in one of these ways. What a recipe needs of itself is no edge: see `selfNeeding`. */
  edges(kinds: readonly NeedKind[]): Edges {
    const [first = 'environment', ...more] = kinds
    if (more.length === 0) return this.#needsBy(first).edges
    const all = kinds.map((kind) => this.#needsBy(kind).edges)
    return new Map(
      [...this.recipes.keys()].map((name) => [
        name,
        new Set(all.flatMap((one) => [...(one.get(name) ?? [])])),
      ]),
    )
  }

  /** Recipes whose environment holds a package of their own, of an earlier build: they begin with a seed, or with what was published before. */
  selfNeeding(kind: 'build' | 'environment'): readonly string[] {
    return this.#needsBy(kind).own
  }

  /** The wishes that lead from a recipe to another it needs in one of these ways, the fewest there are; empty when it does not. */
  wishesBetween(from: string, to: string, kinds: readonly NeedKind[]): readonly Wish[] {
    const recipe = this.recipes.get(from)
    if (recipe === undefined) return []
    const ways = kinds.map((kind) => this.#shortestWishes(this.#firstWishes(recipe, kind), to, kind))
    return ways.filter(({ length }) => length > 0).sort((a, b) => a.length - b.length)[0] ?? []
  }

  /** Recipes whose build environment holds a package of this name. */
  holdersOf(name: string): readonly string[] {
    return [...this.recipes.values()]
      .filter((recipe) => [...this.#held(recipe, 'environment')].some((made) => made.name === name))
      .map((recipe) => recipe.name)
  }

  /** Names that recipes ask for and nobody makes, not even the seed, with who asks; the most wanted first. */
  unanswered(): ReadonlyMap<string, readonly string[]> {
    const asked = new Map<string, Set<string>>()
    for (const { name: recipe, environment } of this.recipes.values())
      for (const wish of environment) {
        if (this.makerOf(wish) !== undefined || isConflict(wish) || this.#fromSeed(wishedName(wish))) continue
        const known = asked.get(wish)
        if (known === undefined) asked.set(wish, new Set([recipe]))
        else known.add(recipe)
      }
    return new Map(
      [...asked].map(([name, who]) => [name, [...who]] as const).sort(([, a], [, b]) => b.length - a.length),
    )
  }

  #needsBy(kind: NeedKind): NeedsOfOneKind {
    const known = this.#known.get(kind)
    if (known !== undefined) return known
    const edges = new Map<string, ReadonlySet<string>>()
    const own: string[] = []
    for (const recipe of this.recipes.values()) {
      const needed = new Set<string>()
      for (const { recipe: maker } of this.#held(recipe, kind)) needed.add(maker)
      if (needed.delete(recipe.name)) own.push(recipe.name)
      edges.set(recipe.name, needed)
    }
    const made = { edges, own }
    this.#known.set(kind, made)
    return made
  }

  /** The packages that answer the first wishes, and what these bring along. */
  #held(recipe: NeedingRecipe, kind: NeedKind): ReadonlySet<MadePackage> {
    const held = new Set<MadePackage>()
    const hold = (wanted: string) => {
      const made = this.makerOf(wanted)
      if (made !== undefined) held.add(made)
    }
    for (const names of namesAsked(recipe, kind)) names.forEach(hold)
    if (isClosed(kind)) for (const made of held) for (const other of this.#broughtBy(made)) held.add(other)
    return held
  }

  #broughtBy(made: MadePackage): readonly MadePackage[] {
    const known = this.#brought.get(made)
    if (known !== undefined) return known
    const brought = made.runtime.flatMap((wanted) => this.makerOf(wanted) ?? [])
    this.#brought.set(made, brought)
    return brought
  }

  #firstWishes(recipe: NeedingRecipe, kind: NeedKind): readonly Asked[] {
    const { environment, packages, tests } = recipe
    if (kind === 'runtime')
      return packages.flatMap(({ name, runtime }) =>
        runtime.map((wanted): Asked => ({ kind: 'runtime', recipe: recipe.name, package: name, wanted })),
      )
    if (kind === 'test')
      return tests.flatMap((test) =>
        [test.package, ...test.packages].map(
          (wanted): Asked => ({ kind: 'test', recipe: recipe.name, package: test.package, wanted }),
        ),
      )
    return environment.map((wanted): Asked => ({ kind: 'build', recipe: recipe.name, package: null, wanted }))
  }

  /** Breadth first over packages, from the first wishes along what each needs at run time. */
  #shortestWishes(first: readonly Asked[], to: string, kind: NeedKind): readonly Wish[] {
    const cameBy = new Map<MadePackage, { readonly wish: Wish; readonly before: MadePackage | undefined }>()
    const meet = (asked: Asked, before: MadePackage | undefined) => {
      const made = this.makerOf(asked.wanted)
      if (made === undefined || cameBy.has(made)) return
      cameBy.set(made, { wish: { ...asked, provider: made.name, maker: made.recipe }, before })
    }
    for (const asked of first) meet(asked, undefined)
    for (const [made] of cameBy) {
      if (made.recipe === to) {
        const wishes: Wish[] = []
        for (let at = cameBy.get(made); at !== undefined; at = at.before && cameBy.get(at.before))
          wishes.unshift(at.wish)
        return wishes
      }
      if (!isClosed(kind)) continue
      for (const wanted of made.runtime)
        meet({ kind: 'runtime', recipe: made.recipe, package: made.name, wanted }, made)
    }
    return []
  }
}

function namesAsked(
  { environment, packages, tests }: NeedingRecipe,
  kind: NeedKind,
): readonly (readonly string[])[] {
  if (kind === 'runtime') return packages.map(({ runtime }) => runtime)
  return kind === 'test' ? tests.map((test) => [test.package, ...test.packages]) : [environment]
}

interface NeedsOfOneKind {
  readonly edges: Edges
  /** Recipes that need themselves. */
  readonly own: readonly string[]
}

type Asked = Omit<Wish, 'provider' | 'maker'>

/** Whether what is named brings along what it needs at run time. */
function isClosed(kind: NeedKind): boolean {
  return kind === 'environment' || kind === 'test'
}
