// SPDX-License-Identifier: Apache-2.0
import { stronglyConnected } from './components.ts'
import { asLeaves, type Edges, within } from './edges.ts'

/**
 * A small set of names without which there is no cycle: what a seed must provide for the rest to be built in some order. Finding the smallest is NP-hard; this is the reduction of H. Levy and
 * D. Low ("A contraction algorithm for finding small cycle cutsets", J. Algorithms 9, 1988), which is exact where it goes through, with the name that most ways lead through taken where it gets
 * stuck; then every name that the others make superfluous is given back. So the set is minimal by inclusion, and never claimed to be smallest.
 *
 * @returns the names, in the order of the graph.
 */
export function feedbackSet(edges: Edges): string[] {
  const chosen = new Set<string>()
  for (const component of stronglyConnected(edges)) {
    const inside = within(edges, component)
    if (isAcyclic(inside)) continue
    for (const name of giveBack(inside, cutsOf(new Contraction(inside)))) chosen.add(name)
  }
  return [...edges.keys()].filter((name) => chosen.has(name))
}

/** Whether no name reaches itself. */
export function isAcyclic(edges: Edges): boolean {
  return stronglyConnected(edges).every(
    ([name = '', ...more]) => more.length === 0 && !edges.get(name)?.has(name),
  )
}

function cutsOf(graph: Contraction): string[] {
  const cuts: string[] = []
  for (;;) {
    cuts.push(...graph.reduce())
    const most = graph.busiest()
    if (most === undefined) return cuts
    graph.remove(most)
    cuts.push(most)
  }
}

/** The last taken are tried first: the first ones cut most. */
function giveBack(edges: Edges, chosen: readonly string[]): string[] {
  const kept = new Set(chosen)
  for (const name of chosen.toReversed()) {
    kept.delete(name)
    if (!isAcyclic(asLeaves(edges, kept))) kept.add(name)
  }
  return [...kept]
}

/** A component that is contracted without changing what cuts its cycles. */
class Contraction {
  readonly #needs = new Map<string, Set<string>>()
  readonly #neededBy = new Map<string, Set<string>>()
  readonly #touched: Set<string>

  constructor(edges: Edges) {
    this.#touched = new Set(edges.keys())
    for (const name of edges.keys()) {
      this.#needs.set(name, new Set())
      this.#neededBy.set(name, new Set())
    }
    for (const [name, needed] of edges) for (const other of needed) this.#link(name, other)
  }

  /** Applies the five operations of Levy and Low until none applies. @returns the names that every cut set of what was left must have. */
  reduce(): string[] {
    const cuts: string[] = []
    for (const name of this.#touched) {
      this.#touched.delete(name)
      const [needs, neededBy] = [this.#needs.get(name), this.#neededBy.get(name)]
      if (needs === undefined || neededBy === undefined) continue
      if (needs.has(name)) {
        cuts.push(name)
        this.remove(name)
      } else if (needs.size <= 1 || neededBy.size <= 1) this.#bypass(name)
    }
    return cuts
  }

  /** The name through which most pairs of neighbours are joined. */
  busiest(): string | undefined {
    let [best, most] = [undefined as string | undefined, -1]
    for (const [name, needs] of this.#needs) {
      const ways = needs.size * (this.#neededBy.get(name)?.size ?? 0)
      if (ways > most) [best, most] = [name, ways]
    }
    return best
  }

  remove(name: string): void {
    for (const other of this.#needs.get(name) ?? []) this.#touch(this.#neededBy, other).delete(name)
    for (const other of this.#neededBy.get(name) ?? []) this.#touch(this.#needs, other).delete(name)
    this.#needs.delete(name)
    this.#neededBy.delete(name)
    this.#touched.delete(name)
  }

  /** Takes a name out, and joins its neighbours as it joined them. */
  #bypass(name: string): void {
    const [needs, neededBy] = [[...(this.#needs.get(name) ?? [])], [...(this.#neededBy.get(name) ?? [])]]
    this.remove(name)
    for (const from of neededBy) for (const to of needs) this.#link(from, to)
  }

  #link(from: string, to: string): void {
    this.#touch(this.#needs, from).add(to)
    this.#touch(this.#neededBy, to).add(from)
  }

  #touch(side: ReadonlyMap<string, Set<string>>, name: string): Set<string> {
    this.#touched.add(name)
    return side.get(name) ?? new Set()
  }
}
