// SPDX-License-Identifier: Apache-2.0
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'

/** Which edges are drawn. `all`: also those that longer ways imply. */
export interface EdgeChoice {
  readonly build: boolean
  readonly runtime: boolean
  readonly all: boolean
}

/** The part of the graph to draw: around `focus` where there is one, with the edges that were chosen. */
export function shapeOf(
  graph: DistroGraph,
  choice: EdgeChoice,
  focus: string | null,
  deep: boolean,
): DistroGraph {
  const ids = new Set(graph.nodes.map(({ id }) => id))
  const chosen = graph.edges.filter(
    ({ from, to, kind }) => choice[kind] && from !== to && ids.has(from) && ids.has(to),
  )
  const edges = withoutParallels(chosen)
  const within = focus !== null && ids.has(focus) ? around(edges, focus, deep) : ids
  const inside = edges.filter(({ from, to }) => within.has(from) && within.has(to))
  return {
    nodes: graph.nodes.filter(({ id }) => within.has(id)),
    edges: choice.all ? inside : withoutImplied(inside),
  }
}

/** Whoever needs a thing both to build and to run has one edge to it. */
function withoutParallels(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  const byEnds = new Map<string, GraphEdge>()
  for (const edge of edges) {
    const ends = `${edge.from}\n${edge.to}`
    if (edge.kind === 'runtime' || !byEnds.has(ends)) byEnds.set(ends, edge)
  }
  return [...byEnds.values()]
}

/** What `start` needs and who needs it: one step away, or as far as the edges go, each way without turning back. */
function around(edges: readonly GraphEdge[], start: string, deep: boolean): ReadonlySet<string> {
  const walk = (next: ReadonlyMap<string, readonly string[]>) => {
    const seen = new Set([start])
    for (const id of seen) {
      if (!deep && id !== start) continue
      for (const other of next.get(id) ?? []) seen.add(other)
    }
    return seen
  }
  return new Set([...walk(neededBy(edges)), ...walk(needsOf(edges))])
}

export function needsOf(edges: readonly GraphEdge[]): Map<string, readonly string[]> {
  return mapOf(edges, ({ from, to }) => [from, to])
}

export function neededBy(edges: readonly GraphEdge[]): Map<string, readonly string[]> {
  return mapOf(edges, ({ from, to }) => [to, from])
}

function mapOf(
  edges: readonly GraphEdge[],
  ends: (edge: GraphEdge) => readonly [string, string],
): Map<string, readonly string[]> {
  const map = new Map<string, string[]>()
  for (const edge of edges) {
    const [key, value] = ends(edge)
    const known = map.get(key)
    if (known === undefined) map.set(key, [value])
    else known.push(value)
  }
  return map
}

/**
 * The edges that no longer way implies: with them alone, everything reaches what it reached before (a transitive reduction; in cycles, one of those there are).
 * Nearly everything needs the C library, and a picture of all that says nothing.
 */
export function withoutImplied(edges: readonly GraphEdge[]): GraphEdge[] {
  const left = new Map<string, Set<string>>()
  for (const [from, to] of needsOf(edges)) left.set(from, new Set(to))
  return edges.filter(({ from, to }) => {
    left.get(from)?.delete(to)
    if (reaches(left, from, to)) return false
    left.get(from)?.add(to)
    return true
  })
}

function reaches(next: ReadonlyMap<string, ReadonlySet<string>>, from: string, to: string): boolean {
  const seen = new Set([from])
  for (const id of seen) {
    if (id === to) return true
    for (const other of next.get(id) ?? []) seen.add(other)
  }
  return false
}
