// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DistroGraph, GraphEdge } from '../../src/server/api.ts'
import { placeBoxes } from './place.ts'
import { withoutImplied } from './reduce.ts'
import { type Focus, needsOf, shapeOf } from './shape.ts'

const edge = (text: string): GraphEdge => {
  const [from = '', to = '', kind = 'runtime'] = text.split(' ')
  return { from, to, kind: kind as GraphEdge['kind'] }
}
const graph = (...texts: readonly string[]): DistroGraph => {
  const edges = texts.map(edge)
  const ids = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
  return {
    nodes: ids.map((id) => ({ id, kind: 'recipe', version: '1-r0', state: 'done', packages: [id] })),
    edges,
  }
}
const both = { build: true, runtime: true, all: true }
const texts = ({ edges }: DistroGraph) => edges.map(({ from, to }) => `${from} ${to}`)

describe('the edges that are drawn', () => {
  it('leave out what a longer way implies', () => {
    expect(
      withoutImplied(['a b', 'b c', 'a c', 'c d', 'a d'].map(edge)).map(({ from, to }) => from + to),
    ).toEqual(['ab', 'bc', 'cd'])
  })

  it('reach all that all edges reach, in cycles too', () => {
    const node = fc.integer({ min: 0, max: 7 }).map(String)
    fc.assert(
      fc.property(
        fc.array(fc.record({ from: node, to: node, kind: fc.constant('build' as const) })),
        (edges) => {
          const loopless = edges.filter(({ from, to }) => from !== to)
          expect(reached(withoutImplied(loopless))).toEqual(reached(loopless))
        },
      ),
    )
  })

  it('of thousands of names are found in a moment', () => {
    const many = Array.from({ length: 30_000 }, (_, index) =>
      edge(`n${(index * 7919) % 3400} n${(index * 104_729) % 3400}`),
    )
    const started = performance.now()
    expect(reachedCount(withoutImplied(many))).toBe(reachedCount(many))
    expect(performance.now() - started).toBeLessThan(2000)
  })

  it('are one between two, of the kinds that were chosen', () => {
    const all = graph('a b build', 'a b runtime', 'a a', 'a c build')
    expect(shapeOf(all, both, null).edges).toEqual([edge('a b runtime'), edge('a c build')])
    expect(texts(shapeOf(all, { ...both, runtime: false }, null))).toEqual(['a b', 'a c'])
  })

  it('lead nowhere that is not in the graph', () => {
    const torn = { ...graph('a b'), edges: [edge('a b'), edge('a gone')] }
    expect(texts(shapeOf(torn, both, null))).toEqual(['a b'])
  })
})

describe('a focus', () => {
  const all = graph('a b', 'b c', 'c d', 'x b', 'y z')
  const ids = (id: string, depth: number, side: Focus['side'] = 'both') =>
    shapeOf(all, both, { id, depth, side })
      .nodes.map((node) => node.id)
      .join('')
  it('shows the neighbours', () => expect(ids('b', 1)).toBe('abcx'))
  it('shows neighbours of neighbours, so many steps away', () => expect(ids('d', 2)).toBe('bcd'))
  it('shows all it rests on and all that rests on it, but not their other neighbours', () => {
    expect(ids('c', Number.POSITIVE_INFINITY)).toBe('abcdx')
    expect(ids('a', Number.POSITIVE_INFINITY)).toBe('abcd')
  })
  it('shows one side alone', () => {
    expect(ids('b', 1, 'needs')).toBe('bc')
    expect(ids('b', 3, 'needs')).toBe('bcd')
    expect(ids('b', 3, 'needed')).toBe('abx')
  })
  it('on what is not there shows all', () => expect(ids('gone', 1)).toHaveLength(7))
})

describe('places', () => {
  const sketchOf = (count: number) => ({
    boxes: Array.from({ length: count }, (_, index) => ({
      id: `${index}`,
      width: 100 + (index % 50),
      height: 40,
    })),
    arrows: Array.from({ length: count - 1 }, (_, index) => ({
      from: `${Math.floor(index / 3)}`,
      to: `${index + 1}`,
    })),
  })

  it.each([1, 40, 200])('of %i boxes go from left to right, and no box lies on another', (count) => {
    const { boxes, arrows } = sketchOf(count)
    const places = placeBoxes({ boxes, arrows })
    const at = (id: string) => places[id] ?? { x: Number.NaN, y: Number.NaN }
    for (const { from, to } of arrows) expect(at(to).x).toBeGreaterThan(at(from).x)
    for (const one of boxes)
      for (const other of boxes) {
        if (one.id >= other.id) continue
        const apartX = Math.max(
          at(one.id).x - at(other.id).x - other.width,
          at(other.id).x - at(one.id).x - one.width,
        )
        const apartY = Math.abs(at(one.id).y - at(other.id).y) - one.height
        expect(Math.max(apartX, apartY)).toBeGreaterThan(0)
      }
  })

  it('of hundreds of boxes make a picture that is about as wide as a screen', () => {
    const { boxes, arrows } = sketchOf(200)
    const places = Object.values(placeBoxes({ boxes, arrows }))
    const span = (values: readonly number[]) => Math.max(...values) - Math.min(...values)
    const aspect = span(places.map(({ x }) => x)) / span(places.map(({ y }) => y))
    expect(aspect).toBeGreaterThan(0.5)
    expect(aspect).toBeLessThan(3)
  })

  it('hold cycles', () => {
    const boxes = ['a', 'b'].map((id) => ({ id, width: 10, height: 10 }))
    const arrows = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'a' },
    ]
    expect(Object.keys(placeBoxes({ boxes, arrows }))).toEqual(['a', 'b'])
  })
})

/** How many names the first one reaches. */
function reachedCount(edges: readonly GraphEdge[]): number {
  const next = needsOf(edges)
  const seen = new Set(['n1'])
  for (const id of seen) for (const other of next.get(id) ?? []) seen.add(other)
  return seen.size
}

/** Every pair that is connected, as text. */
function reached(edges: readonly GraphEdge[]): string[] {
  const next = needsOf(edges)
  const pairs: string[] = []
  for (const start of new Set(edges.map(({ from }) => from))) {
    const seen = new Set(next.get(start))
    for (const id of seen) for (const other of next.get(id) ?? []) seen.add(other)
    pairs.push(...[...seen].filter((id) => id !== start).map((id) => `${start} ${id}`))
  }
  return pairs.sort()
}
