// SPDX-License-Identifier: Apache-2.0
import type { Edges } from './edges.ts'

/**
 * The strongly connected components: names that all reach each other. Each component comes after those it needs; inside, names are in the order of the graph.
 * R. Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972), with a stack of its own instead of recursion: corpora are deeper than call stacks.
 */
export function stronglyConnected(edges: Edges): readonly (readonly string[])[] {
  const known = KNOWN.get(edges)
  if (known !== undefined) return known
  const components = findComponents(edges)
  KNOWN.set(edges, components)
  return components
}

/** Levels, cycles and what breaks them all begin with the components of the same graph. */
const KNOWN = new WeakMap<Edges, readonly (readonly string[])[]>()

function findComponents(edges: Edges): string[][] {
  const place = new Map([...edges.keys()].map((name, index) => [name, index]))
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const isOpen = new Set<string>()
  const components: string[][] = []
  const enter = (name: string) => {
    index.set(name, index.size)
    low.set(name, index.size - 1)
    open.push(name)
    isOpen.add(name)
    return { name, rest: (edges.get(name) ?? []).values() }
  }
  const lower = (name: string, to: number) => low.set(name, Math.min(low.get(name) ?? to, to))
  for (const root of edges.keys()) {
    if (index.has(root)) continue
    const path = [enter(root)]
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const { value: next, done } = top.rest.next()
      if (done !== true) {
        if (!index.has(next)) path.push(enter(next))
        else if (isOpen.has(next)) lower(top.name, index.get(next) ?? 0)
        continue
      }
      path.pop()
      const lowest = low.get(top.name) ?? 0
      const above = path.at(-1)
      if (above !== undefined) lower(above.name, lowest)
      if (lowest !== index.get(top.name)) continue
      const component = open.splice(open.lastIndexOf(top.name))
      for (const name of component) isOpen.delete(name)
      components.push(component.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0)))
    }
  }
  return components
}

/** The components in which there are cycles of two names or more, the largest first. */
export function cyclicComponents(edges: Edges): (readonly string[])[] {
  return stronglyConnected(edges)
    .filter(({ length }) => length > 1)
    .sort((a, b) => b.length - a.length)
}
