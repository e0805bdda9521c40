// SPDX-License-Identifier: Apache-2.0
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'

const STATES = ['done', 'done', 'done', 'done', 'done', 'waiting', 'failed', 'running'] as const

/** A graph of the size and shape of Wolfi's: 3,400 recipes, some 31,000 edges, a core that all rest on, a component of 410 that need each other. Always the same. */
export function largeGraph(count = 3400, degree = 9): DistroGraph {
  const draw = drawing(42)
  const id = (index: number) => `recipe-${String(index).padStart(4, '0')}`
  const edges = new Map<string, GraphEdge>()
  const add = (from: number, to: number, kind: GraphEdge['kind']) => {
    if (from !== to) edges.set(`${from} ${to} ${kind}`, { from: id(from), to: id(to), kind })
  }
  for (let index = 1; index < count; index++)
    for (let edge = 0; edge < degree; edge++)
      // Mostly the core, else something near: so levels become some dozens, not thousands.
      add(
        index,
        draw() < 0.7
          ? Math.floor(draw() ** 3 * Math.min(index, 400))
          : Math.floor(index * (0.2 + 0.7 * draw())),
        draw() < 0.8 ? 'build' : 'runtime',
      )
  for (let index = 0; index < Math.min(410, count - 1); index++)
    add(index, (index + 1) % Math.min(410, count), 'build')
  return {
    nodes: Array.from({ length: count }, (_, index) => ({
      id: id(index),
      kind: 'recipe',
      version: `1.${index % 40}.0-r${index % 3}`,
      state: STATES[Math.floor(draw() * STATES.length)] ?? 'done',
      packages: [id(index), `${id(index)}-dev`],
    })),
    edges: [...edges.values()],
  }
}

/** Numbers from 0 up to 1, the same for a seed: the mulberry32 generator. */
function drawing(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
