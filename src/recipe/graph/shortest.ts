// SPDX-License-Identifier: Apache-2.0
import type { Edges } from './edges.ts'

/** The fewest steps from one name to another, both ends included; undefined where no way leads. Breadth first: E. F. Moore, "The shortest path through a maze" (1959). */
export function shortestPath(edges: Edges, from: string, to: string): string[] | undefined {
  if (from === to) return edges.has(from) ? [from] : undefined
  return shortestWalk(edges, from, to)
}

/** The shortest cycle through names of `among`, its first name again at the end; undefined where there is none. Of equals, the one of the name that comes first. */
export function shortestCycle(edges: Edges, among: Iterable<string>): string[] | undefined {
  const names = new Set(among)
  let shortest: string[] | undefined
  for (const start of names) {
    const cycle = shortestWalk(edges, start, start, {
      within: names,
      below: shortest?.length ?? Number.POSITIVE_INFINITY,
    })
    if (cycle !== undefined) shortest = cycle
    if (shortest !== undefined && shortest.length <= 3) return shortest
  }
  return shortest
}

interface Bounds {
  /** Only over these. */
  readonly within?: ReadonlySet<string>
  /** With fewer names than so many. */
  readonly below?: number
}

/** A walk of one step or more; a step of a name to itself does not count. */
function shortestWalk(
  edges: Edges,
  from: string,
  to: string,
  { within, below = Number.POSITIVE_INFINITY }: Bounds = {},
): string[] | undefined {
  const cameFrom = new Map<string, string>()
  let front = [from]
  for (let length = 2; front.length > 0 && length < below; length++) {
    const next: string[] = []
    for (const name of front)
      for (const other of edges.get(name) ?? []) {
        if (other === name || (within !== undefined && !within.has(other))) continue
        if (other === to) return [...wayBack(cameFrom, from, name), to]
        if (other === from || cameFrom.has(other)) continue
        cameFrom.set(other, name)
        next.push(other)
      }
    front = next
  }
  return undefined
}

function wayBack(cameFrom: ReadonlyMap<string, string>, from: string, last: string): string[] {
  const way = [last]
  for (let at = last; at !== from; ) {
    at = cameFrom.get(at) ?? from
    way.push(at)
  }
  return way.reverse()
}
