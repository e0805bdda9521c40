// SPDX-License-Identifier: Apache-2.0
import type { Edges } from './edges.ts'

/** Everything that these names reach, breadth first, without themselves. @param steps how far; all the way when not given. */
export function reachedFrom(
  edges: Edges,
  starts: Iterable<string>,
  steps: number = Number.POSITIVE_INFINITY,
): Set<string> {
  const begun = new Set(starts)
  const seen = new Set(begun)
  let front = [...begun]
  for (let step = 0; step < steps && front.length > 0; step++) {
    const next: string[] = []
    for (const name of front)
      for (const other of edges.get(name) ?? []) {
        if (seen.has(other)) continue
        seen.add(other)
        next.push(other)
      }
    front = next
  }
  for (const name of begun) seen.delete(name)
  return seen
}
