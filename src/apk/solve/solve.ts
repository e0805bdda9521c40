// SPDX-License-Identifier: Apache-2.0
import { type Dependency, parseListed } from './dependency.ts'
import { describeDeadEnd, problemOf, type SolveProblem } from './explain.ts'
import { type ChosenPackage, installOrder } from './install-order.ts'
import { PackageIndex, type SolveRepository } from './package-index.ts'
import { allowedByTag, urgencies } from './reach.ts'
import { Search } from './search.ts'

export type Solution =
  /** In install order: what a package needs comes before it, as far as circles allow. */
  | { readonly status: 'solved'; readonly packages: readonly ChosenPackage[] }
  | { readonly status: 'unsatisfied'; readonly problem: SolveProblem }

export function indexRepositories(repositories: readonly SolveRepository[]): PackageIndex {
  return new PackageIndex(repositories)
}

/** Where a search ends that would not: no world of the recipes tried has more than a few dead ends. */
const MAX_DEAD_ENDS = 2000

/**
 * Chooses packages so that every wish, and every dependency of what is chosen, is met, nothing conflicts, and packages whose install_if holds are there. Takes what apk-tools
 * takes, and where that leads nowhere goes on with the next best. The order of `world` and of the repositories' packages does not matter.
 */
export function solveWorld(index: PackageIndex, world: readonly string[]): Solution {
  const wishes: Dependency[] = []
  for (const text of [...new Set(world)].sort()) {
    const dependency = parseListed(text)
    if (dependency === undefined) return { status: 'unsatisfied', problem: unreadable(text) }
    wishes.push(dependency)
  }
  const isAllowed = allowedByTag(index, wishes)
  const order = urgencies(index, wishes)
  const search = new Search({
    index,
    world: wishes,
    isAllowed,
    urgencyOf: (name) => order.get(name) ?? 0,
    describe: describeDeadEnd,
    maxDeadEnds: MAX_DEAD_ENDS,
  })
  const result = search.run()
  if (result.status === 'solved')
    return { status: 'solved', packages: installOrder(index, wishes, result.taken) }
  const { deadEnd, givenUp } = result
  return { status: 'unsatisfied', problem: problemOf(search, index, isAllowed, deadEnd, givenUp) }
}

function unreadable(text: string): SolveProblem {
  const reason = 'this is no dependency: expected NAME, or NAME, an operator and a version'
  return {
    wanted: text,
    by: [],
    refused: [{ candidate: text, reason }],
    near: undefined,
    givenUp: false,
  }
}
