// SPDX-License-Identifier: Apache-2.0
import type { Candidate } from './candidate.ts'
import type { Dependency } from './dependency.ts'
import type { PackageIndex } from './package-index.ts'

/**
 * In which order names are decided: what may be wished by another comes after it, as far as circles allow, so that all wishes for a name are known when a package is chosen for
 * it.
 *
 * @returns by name; of two the higher comes first. Names that cannot be reached have none.
 */
export function urgencies(index: PackageIndex, world: readonly Dependency[]): ReadonlyMap<string, number> {
  const order = new Map<string, number>()
  const begun = new Set<string>()
  const ahead: (string | { readonly done: string })[] = namesOf(world).reverse()
  for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
    if (typeof next === 'object') order.set(next.done, order.size)
    else if (!begun.has(next)) {
      begun.add(next)
      ahead.push({ done: next })
      const wishes = index.standing(next).flatMap(({ candidate }) => candidate.wishes)
      for (const name of namesOf(wishes).reverse()) if (!begun.has(name)) ahead.push(name)
    }
  }
  return order
}

function namesOf(dependencies: readonly Dependency[]): string[] {
  return [...new Set(dependencies.map(({ name }) => name))].sort()
}

/**
 * Who may be taken as far as tags go: everything of repositories without one; of a tagged repository what a wish with its tag may lead to.
 */
export function allowedByTag(
  index: PackageIndex,
  world: readonly Dependency[],
): (candidate: Candidate) => boolean {
  const reached = new Map<string, Set<Candidate>>()
  for (const wish of world) {
    if (wish.tag === null) continue
    const seen = reached.get(wish.tag) ?? new Set<Candidate>()
    reached.set(wish.tag, seen)
    const ahead = [...index.candidates(wish)]
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      const { tag } = next.repository
      if (seen.has(next) || (tag !== undefined && tag !== wish.tag)) continue
      seen.add(next)
      ahead.push(...next.wishes.flatMap((own) => index.candidates(own)), ...index.companionsOf(next))
    }
  }
  return (candidate) => {
    const { tag } = candidate.repository
    return tag === undefined || (reached.get(tag)?.has(candidate) ?? false)
  }
}
