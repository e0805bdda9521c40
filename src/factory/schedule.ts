// SPDX-License-Identifier: Apache-2.0
import type { DistroGraph } from './distro-graph.ts'

/** `open`: nothing was begun. `begun`: it is somebody's work now. `built`: its tests wait for what they need. The others are ends. */
export type Standing = 'open' | 'begun' | 'built' | 'released' | 'failed' | 'blocked'

/** Which recipes can be begun: those whose build has all it needs, and those built whose tests have. Pure bookkeeping. */
export class Schedule {
  readonly #graph: DistroGraph
  readonly #standing = new Map<string, Standing>()

  constructor(graph: DistroGraph) {
    this.#graph = graph
    for (const name of graph.order) this.#standing.set(name, 'open')
  }

  standing(name: string): Standing {
    return this.#standing.get(name) ?? 'blocked'
  }

  settle(name: string, standing: Standing): void {
    this.#standing.set(name, standing)
  }

  /** Takes up again what was released: its packages are gone. @returns whether it was released. */
  reopen(name: string): boolean {
    const isReleased = this.standing(name) === 'released'
    if (isReleased) this.settle(name, 'open')
    return isReleased
  }

  /** Takes up again what needs a recipe and stopped: it may have stopped for the want of that recipe's packages. */
  reopenStopped(needed: string): void {
    for (const name of this.#graph.order)
      if (this.#graph.closure.get(name)?.has(needed) && ['failed', 'blocked'].includes(this.standing(name)))
        this.settle(name, 'open')
  }

  /** Recipes that can be begun, or gone on with, now, in the graph's order. */
  ready(): string[] {
    const isReleased = (other: string) => this.standing(other) === 'released'
    return this.#graph.order.filter((name) => {
      const standing = this.standing(name)
      if (standing === 'open') return [...(this.#graph.buildsOn.get(name) ?? [])].every(isReleased)
      return standing === 'built' && this.needsOf(name).every(isReleased)
    })
  }

  /** Recipes that cannot be begun because of another that failed or is blocked, each with one such. Marks them. */
  block(): { readonly name: string; readonly by: string }[] {
    return this.#graph.order.flatMap((name) => {
      if (!['open', 'built'].includes(this.standing(name))) return []
      const by = this.needsOf(name).find((other) => ['failed', 'blocked'].includes(this.standing(other)))
      if (by === undefined) return []
      this.settle(name, 'blocked')
      return [{ name, by }]
    })
  }

  /** Whether every recipe has come to its end. */
  isSettled(): boolean {
    return [...this.#standing.values()].every((standing) => !['open', 'begun', 'built'].includes(standing))
  }

  needsOf(name: string): string[] {
    return [...(this.#graph.buildsOn.get(name) ?? []), ...(this.#graph.runsOn.get(name) ?? [])]
  }
}

/**
 * The order in which recipes are taken up when several can be: what the image with the fewest recipes needs comes first, then what the next one needs; the rest by how much
 * depends on it. So the first image is there early.
 *
 * @param imageWants package names of each image.
 */
export function urgency(graph: DistroGraph, imageWants: readonly (readonly string[])[]): string[] {
  const closures = imageWants.map((names) => {
    const makers = names.flatMap((name) => graph.makerOf.get(name) ?? [])
    return new Set(makers.flatMap((maker) => [maker, ...(graph.closure.get(maker) ?? [])]))
  })
  const bySize = closures.sort((a, b) => a.size - b.size)
  const rest = [...graph.order].sort(
    (a, b) => (graph.dependents.get(b) ?? 0) - (graph.dependents.get(a) ?? 0),
  )
  const inOrder = (names: ReadonlySet<string>) => graph.order.filter((name) => names.has(name))
  return [...new Set([...bySize.flatMap(inOrder), ...rest])]
}

/**
 * How much time waits for each of some recipes: its own, and that of all among them that need it. Taken up by it, what others stand on goes to `stable` before them, and of those that
 * nothing needs the longest first, so that none is left alone at the end (Graham's LPT rule).
 *
 * @param times of the recipes, in one unit.
 */
export function waitingTime(
  { closure }: Pick<DistroGraph, 'closure'>,
  times: ReadonlyMap<string, number>,
): Map<string, number> {
  const waiting = new Map(times)
  for (const [name, time] of times)
    for (const needed of closure.get(name) ?? []) {
      const before = waiting.get(needed)
      if (before !== undefined) waiting.set(needed, before + time)
    }
  return waiting
}
