// SPDX-License-Identifier: Apache-2.0
import { type Dependency, parseDependency } from '../../apk/index.ts'
import { compareApkVersions, isApkVersion, satisfiesVersion } from '../../versions/index.ts'

/** What the graph needs to know of a recipe, of a factory's own or of a corpus. */
export interface NeedingRecipe {
  readonly name: string
  /** `version-rEPOCH` is what its packages have. */
  readonly version: string
  readonly epoch: number
  readonly packages: readonly {
    readonly name: string
    readonly runtime: readonly string[]
    readonly provides: readonly string[]
    readonly providerPriority: number
  }[]
  /** What its build environment names. */
  readonly environment: readonly string[]
  /** What the environments of its tests name, beside the package that is tested. */
  readonly tests: readonly { readonly package: string; readonly packages: readonly string[] }[]
}

/** A package that a recipe makes. */
export interface MadePackage {
  readonly name: string
  readonly recipe: string
  readonly runtime: readonly string[]
}

/** Finds the package that answers a wish such as `so:libz.so.1` or `python3~3.12`; undefined where none does. */
export type FindMaker = (wish: string) => MadePackage | undefined

/**
 * The package of the corpus that a solver takes for each wish by itself: of those that stand for the name in a version that meets it, the highest version of the name, then the highest priority, then
 * the highest version of its own, then the first by name (apko `pkg/apk/apk/repo.go`, its comparator). What other wishes of an environment exclude is not known here; a plan's solution is.
 *
 * @param fromSeed names that come from outside, even when a recipe makes them too: nobody here makes them.
 */
export function makersOf(
  recipes: readonly NeedingRecipe[],
  fromSeed: (name: string) => boolean = () => false,
): FindMaker {
  const candidates = candidatesByName(recipes)
  const known = new Map<string, MadePackage | undefined>()
  return (wish) => {
    if (known.has(wish)) return known.get(wish)
    const found = isConflict(wish) || fromSeed(wishedName(wish)) ? undefined : choose(wish, candidates)
    known.set(wish, found)
    return found
  }
}

/** The name that a wish is about, without version, tag or mark. */
export function wishedName(wish: string): string {
  return parseDependency(wish)?.name ?? wish.replace(/^!|[<>=~@].*$/g, '')
}

/** Whether a wish is that something be absent. */
export function isConflict(wish: string): boolean {
  return wish.startsWith('!')
}

/** A package's standing for a name. */
interface Candidate {
  readonly package: MadePackage
  /** Of the name; '' where it is provided without one, which is below all versions. */
  readonly version: string
  /** Of the package itself. */
  readonly own: string
  readonly priority: number
}

function candidatesByName(recipes: readonly NeedingRecipe[]): ReadonlyMap<string, readonly Candidate[]> {
  const byName = new Map<string, Candidate[]>()
  const add = (name: string, candidate: Candidate) => {
    const known = byName.get(name)
    if (known === undefined) byName.set(name, [candidate])
    else known.push(candidate)
  }
  for (const recipe of recipes) {
    const own = `${recipe.version}-r${recipe.epoch}`
    for (const { name, runtime, provides, providerPriority: priority } of recipe.packages) {
      const made = { name, recipe: recipe.name, runtime }
      add(name, { package: made, version: own, own, priority })
      for (const text of provides) {
        const [provided = '', version = ''] = text.split('=', 2)
        add(provided, { package: made, version, own, priority })
      }
    }
  }
  return byName
}

function choose(wish: string, byName: ReadonlyMap<string, readonly Candidate[]>): MadePackage | undefined {
  const dependency = parseDependency(wish)
  const candidates = byName.get(dependency?.name ?? wishedName(wish)) ?? []
  const fitting =
    candidates.length > 0 && dependency !== undefined ? candidates.filter(meets(dependency)) : candidates
  return fitting.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || isBetter(one, best) ? one : best),
    undefined,
  )?.package
}

/** A name without a version is held against a wish with the package's own, as apko does. */
function meets({ operator, version: wished }: Dependency): (candidate: Candidate) => boolean {
  return ({ version, own }) => {
    const held = version === '' ? own : version
    return operator === null || (isApkVersion(held) && satisfiesVersion(held, operator, wished))
  }
}

function isBetter(one: Candidate, other: Candidate): boolean {
  const byVersion = compareVersions(one.version, other.version)
  if (byVersion !== 0) return byVersion > 0
  if (one.priority !== other.priority) return one.priority > other.priority
  const byOwn = compareVersions(one.own, other.own)
  if (byOwn !== 0) return byOwn > 0
  return one.package.name < other.package.name
}

function compareVersions(a: string, b: string): number {
  const [hasA, hasB] = [isApkVersion(a), isApkVersion(b)]
  return hasA && hasB ? compareApkVersions(a, b) : Number(hasA) - Number(hasB)
}
