// SPDX-License-Identifier: Apache-2.0
import { stronglyConnected } from '../../src/recipe/graph/components.ts'
import type { GraphEdge } from '../../src/server/api.ts'
import { needsOf } from './shape.ts'

/**
 * The edges that no longer way implies: with them alone, everything reaches what it reached before. Nearly everything needs the C library, and a picture of all that says nothing.
 *
 * Between the strongly connected components this is the one transitive reduction there is (A. Aho, M. Garey, J. Ullman, "The transitive reduction of a directed graph", SIAM J. Comput. 1, 1972),
 * with a set of bits for what each reaches; inside one, a tree out of its first name and one into it.
 */
export function withoutImplied(edges: readonly GraphEdge[]): GraphEdge[] {
  const needs = new Map([...needsOf(edges)].map(([name, needed]) => [name, new Set(needed)]))
  const components = stronglyConnected(needs)
  const componentOf = new Map(
    components.flatMap((names, index) => names.map((name) => [name, index] as const)),
  )
  const of = (name: string) => componentOf.get(name) ?? -1
  const kept = new Set(
    components.filter(({ length }) => length > 1).flatMap((names) => treesOf(names, needs)),
  )
  const reduced = reduceLayers(components.length, needed(edges, of))
  const once = new Set<string>()
  return edges.filter(({ from, to }) => {
    const [a, b] = [of(from), of(to)]
    if (a === b) return kept.has(`${from}\n${to}`)
    const pair = `${a} ${b}`
    if (once.has(pair) || !reduced[a]?.has(b)) return false
    once.add(pair)
    return true
  })
}

type Ends = Pick<GraphEdge, 'from' | 'to'>

/** Component → the components it needs. Each comes after those it needs. */
function needed(
  edges: readonly Ends[],
  of: (name: string) => number,
): ReadonlyMap<number, ReadonlySet<number>> {
  const map = new Map<number, Set<number>>()
  for (const { from, to } of edges) {
    const [a, b] = [of(from), of(to)]
    if (a === b) continue
    const known = map.get(a)
    if (known === undefined) map.set(a, new Set([b]))
    else known.add(b)
  }
  return map
}

/** Of what each needs, that which nothing else it needs reaches. Numbers are in an order in which each comes after what it needs, so the highest goes first. */
function reduceLayers(count: number, needs: ReadonlyMap<number, ReadonlySet<number>>): ReadonlySet<number>[] {
  const words = Math.ceil(count / 32)
  const reach: Uint32Array[] = []
  return Array.from({ length: count }, (_, at) => {
    const reached = new Uint32Array(words)
    const kept = new Set<number>()
    for (const other of [...(needs.get(at) ?? [])].sort((a, b) => b - a)) {
      if (has(reached, other)) continue
      kept.add(other)
      const further = reach[other] ?? new Uint32Array(words)
      for (let word = 0; word < words; word++) reached[word] = (reached[word] ?? 0) | (further[word] ?? 0)
      reached[other >>> 5] = (reached[other >>> 5] ?? 0) | (1 << (other & 31))
    }
    reach[at] = reached
    return kept
  })
}

const has = (bits: Uint32Array, at: number) => ((bits[at >>> 5] ?? 0) & (1 << (at & 31))) !== 0

/** Edges inside a component by which all of it still reaches all of it: from its first name to each, and from each to that. */
function treesOf(names: readonly string[], needs: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const inside = new Set(names)
  const back = new Map<string, string[]>(names.map((name) => [name, []]))
  for (const name of names) for (const other of needs.get(name) ?? []) back.get(other)?.push(name)
  const tree = (next: (name: string) => Iterable<string>, edge: (from: string, to: string) => string) => {
    const seen = new Set(names.slice(0, 1))
    const edges: string[] = []
    for (const name of seen)
      for (const other of next(name)) {
        if (seen.has(other) || !inside.has(other)) continue
        seen.add(other)
        edges.push(edge(name, other))
      }
    return edges
  }
  return [
    ...tree(
      (name) => needs.get(name) ?? [],
      (from, to) => `${from}\n${to}`,
    ),
    ...tree(
      (name) => back.get(name) ?? [],
      (to, from) => `${from}\n${to}`,
    ),
  ]
}
