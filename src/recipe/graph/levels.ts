// SPDX-License-Identifier: Apache-2.0
import { stronglyConnected } from './components.ts'
import type { Edges } from './edges.ts'

/**
 * The names in levels: each stands one level above the highest that it needs, so that all of one level can be made side by side. What is in a cycle stands on one level together.
 * Kahn's order ("Topological sorting of large networks", CACM 5, 1962) over the strongly connected components. Inside a level: the order of the graph.
 */
export function levelsOf(edges: Edges): string[][] {
  const levelOf = new Map<string, number>()
  for (const component of stronglyConnected(edges)) {
    const inside = component.length === 1 ? undefined : new Set(component)
    let level = 0
    for (const name of component)
      for (const needed of edges.get(name) ?? [])
        if (needed !== name && inside?.has(needed) !== true)
          level = Math.max(level, (levelOf.get(needed) ?? -1) + 1)
    for (const name of component) levelOf.set(name, level)
  }
  const levels: string[][] = []
  for (const name of edges.keys()) {
    const level = levelOf.get(name) ?? 0
    while (levels.length <= level) levels.push([])
    levels[level]?.push(name)
  }
  return levels
}
