// SPDX-License-Identifier: Apache-2.0

/** Who needs whom: every name of a graph, with the names it needs. */
export type Edges = ReadonlyMap<string, ReadonlySet<string>>

/** Who is needed by whom. */
export function reversed(edges: Edges): Map<string, ReadonlySet<string>> {
  const back = new Map<string, Set<string>>()
  for (const name of edges.keys()) back.set(name, new Set())
  for (const [name, needed] of edges)
    for (const other of needed) {
      const known = back.get(other)
      if (known === undefined) back.set(other, new Set([name]))
      else known.add(name)
    }
  return back
}

/** The same graph, in which these names need nothing: as when they come from outside. */
export function asLeaves(edges: Edges, leaves: ReadonlySet<string>): Edges {
  if (leaves.size === 0) return edges
  return new Map([...edges].map(([name, needed]) => [name, leaves.has(name) ? NOTHING : needed]))
}

/** The edges between these names. */
export function within(edges: Edges, names: Iterable<string>): Edges {
  const inside = new Set(names)
  return new Map(
    [...inside].map((name) => [
      name,
      new Set([...(edges.get(name) ?? [])].filter((other) => inside.has(other))),
    ]),
  )
}

export function countEdges(edges: Edges): number {
  let count = 0
  for (const needed of edges.values()) count += needed.size
  return count
}

const NOTHING: ReadonlySet<string> = new Set()
