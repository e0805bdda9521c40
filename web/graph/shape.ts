// SPDX-License-Identifier: Apache-2.0
import type { Edges } from '../../src/recipe/graph/edges.ts'
import { reachedFrom } from '../../src/recipe/graph/reach.ts'
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'
import { withoutImplied } from './reduce.ts'

/** Which edges are drawn. `all`: also those that longer ways imply. */
export interface EdgeChoice {
  readonly build: boolean
  readonly runtime: boolean
  readonly all: boolean
}

/** What is shown around one name. */
export interface Focus {
  readonly id: string
  /** How many steps away, as far as edges go when infinite. */
  readonly depth: number
  /** Only what it needs, only who needs it, or both. */
  readonly side: 'needs' | 'needed' | 'both'
}

/** The part of the graph to draw: around a focus where there is one, with the edges that were chosen. */
export function shapeOf(graph: DistroGraph, choice: EdgeChoice, focus: Focus | null): DistroGraph {
  const ids = new Set(graph.nodes.map(({ id }) => id))
  const chosen = graph.edges.filter(
    ({ from, to, kind }) => choice[kind] && from !== to && ids.has(from) && ids.has(to),
  )
  const edges = withoutParallels(chosen)
  const inside = focus !== null && ids.has(focus.id) ? around(edges, focus) : null
  const between = inside === null ? edges : edges.filter(({ from, to }) => inside.has(from) && inside.has(to))
  return {
    nodes: inside === null ? graph.nodes : graph.nodes.filter(({ id }) => inside.has(id)),
    edges: choice.all ? between : withoutImplied(between),
  }
}

/** Whoever needs a thing both to build and to run has one edge to it. */
function withoutParallels(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  const byEnds = new Map<string, Map<string, GraphEdge>>()
  for (const edge of edges) {
    const known = byEnds.get(edge.from)
    if (known === undefined) byEnds.set(edge.from, new Map([[edge.to, edge]]))
    else if (edge.kind === 'runtime' || !known.has(edge.to)) known.set(edge.to, edge)
  }
  return [...byEnds.values()].flatMap((edgesOfOne) => [...edgesOfOne.values()])
}

/** What a name needs and who needs it, so many steps away, each way without turning back. */
function around(edges: readonly GraphEdge[], { id, depth, side }: Focus): ReadonlySet<string> {
  const walk = (next: ReadonlyMap<string, readonly string[]>) =>
    reachedFrom(new Map([...next].map(([name, others]) => [name, new Set(others)])), [id], depth)
  return new Set([
    id,
    ...(side === 'needs' ? [] : walk(neededBy(edges))),
    ...(side === 'needed' ? [] : walk(needsOf(edges))),
  ])
}

/** Every name with what it needs, as the algorithms of graphs take it. */
export function needSets({ nodes, edges }: DistroGraph): Edges {
  const needs = needsOf(edges)
  return new Map(nodes.map(({ id }) => [id, new Set(needs.get(id))]))
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
