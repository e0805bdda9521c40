// SPDX-License-Identifier: Apache-2.0
import { stronglyConnected } from './components.ts'
import { type Edges, reversed } from './edges.ts'

/** How long something takes by itself, in milliseconds. */
export type TimeOf = (name: string) => number

export interface CriticalPath {
  /** Each needs the one before it. */
  readonly names: readonly string[]
  readonly timeMs: number
}

/** The longest chain of work, which no number of workers shortens (J. Kelley, M. Walker, "Critical-path planning and scheduling", 1959). Edges inside a cycle do not count: one of them is broken to build it at all. */
export function criticalPath(edges: Edges, timeOf: TimeOf): CriticalPath {
  const ends = new Map<string, { readonly timeMs: number; readonly before: string | undefined }>()
  let last: string | undefined
  const endOf = (name: string | undefined) => (name === undefined ? 0 : (ends.get(name)?.timeMs ?? 0))
  for (const { name, needs } of orderedWithoutCycles(edges)) {
    const before = longest(needs, endOf)
    ends.set(name, { timeMs: timeOf(name) + endOf(before), before })
    if (last === undefined || endOf(name) > endOf(last)) last = name
  }
  const names: string[] = []
  for (let at = last; at !== undefined; at = ends.get(at)?.before) names.unshift(at)
  return { names, timeMs: endOf(last) }
}

/**
 * How long all of it takes on so many workers, when a free one takes up what the longest chain still hangs on: list scheduling, at most 2 − 1/workers times the best (R. Graham, "Bounds on
 * multiprocessing timing anomalies", 1969). Edges inside a cycle do not count.
 */
export function timeOnWorkers(edges: Edges, timeOf: TimeOf, workers: number): number {
  const order = orderedWithoutCycles(edges)
  const needs = new Map(order.map((one) => [one.name, new Set(one.needs)]))
  const neededBy = reversed(needs)
  const tail = new Map<string, number>()
  for (const { name } of order.toReversed()) {
    const after = Math.max(0, ...[...(neededBy.get(name) ?? [])].map((other) => tail.get(other) ?? 0))
    tail.set(name, timeOf(name) + after)
  }
  const waitsFor = new Map([...needs].map(([name, needed]) => [name, needed.size]))
  const ready = order.filter(({ needs: needed }) => needed.length === 0).map(({ name }) => name)
  const running: { readonly name: string; readonly endMs: number }[] = []
  let nowMs = 0
  while (ready.length > 0 || running.length > 0) {
    while (ready.length > 0 && running.length < workers) {
      const name = takeLargest(ready, (one) => tail.get(one) ?? 0)
      running.push({ name, endMs: nowMs + timeOf(name) })
    }
    const { name, endMs } = takeLargest(running, (one) => -one.endMs)
    nowMs = endMs
    for (const other of neededBy.get(name) ?? []) {
      const left = (waitsFor.get(other) ?? 0) - 1
      waitsFor.set(other, left)
      if (left === 0) ready.push(other)
    }
  }
  return nowMs
}

interface Ordered {
  readonly name: string
  /** Of the graph's names, those outside its own cycles. */
  readonly needs: readonly string[]
}

/** Each after what it needs. */
function orderedWithoutCycles(edges: Edges): Ordered[] {
  return stronglyConnected(edges).flatMap((component) => {
    const inside = new Set(component)
    return component.map((name) => ({
      name,
      needs: [...(edges.get(name) ?? [])].filter((other) => !inside.has(other)),
    }))
  })
}

function longest(names: readonly string[], timeOf: TimeOf): string | undefined {
  return names.reduce<string | undefined>(
    (best, one) => (best === undefined || timeOf(one) > timeOf(best) ? one : best),
    undefined,
  )
}

function takeLargest<T>(from: T[], sizeOf: (one: T) => number): T {
  let best = 0
  for (const [index, one] of from.entries()) if (sizeOf(one) > sizeOf(from[best] as T)) best = index
  return from.splice(best, 1)[0] as T
}
