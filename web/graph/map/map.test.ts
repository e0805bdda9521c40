// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { largeGraph } from '../../../test/support/large-graph.ts'
import { withoutImplied } from '../reduce.ts'
import { needSets } from '../shape.ts'
import { CELL, layoutMap } from './layout.ts'
import { neighboursOf, numberAt, sceneOf } from './scene.ts'
import { fitted, moved, toMap, type Viewport, zoomed } from './viewport.ts'

const graph = largeGraph()
const edges = needSets(graph)
const layout = layoutMap(edges)
const at = new Map(
  layout.names.map((name, index) => [name, { x: layout.x[index] ?? 0, y: layout.y[index] ?? 0 }]),
)

describe('the map of thousands', () => {
  it('has a cell for every name, and no cell for two', () => {
    expect([...layout.names].sort()).toEqual(graph.nodes.map(({ id }) => id).sort())
    const cells = new Set(
      [...at.values()].map(
        ({ x, y }) => `${Math.round((x / CELL.width) * 4)} ${Math.round((y / CELL.height) * 4)}`,
      ),
    )
    expect(cells.size).toBe(layout.names.length)
    const spots = [...at.values()].sort((a, b) => a.x - b.x || a.y - b.y)
    for (const [index, one] of spots.slice(1).entries()) {
      const before = spots[index]
      if (before?.x === one.x) expect(one.y - before.y).toBeGreaterThanOrEqual(CELL.height - 0.01)
    }
  })

  it('has what is needed left of who needs it, but for what is in a cycle', () => {
    const acyclic = graph.edges.filter(({ from, to }) => from > to && from >= 'recipe-0410')
    expect(acyclic.length).toBeGreaterThan(10_000)
    for (const { from, to } of acyclic) expect(at.get(to)?.x).toBeLessThan(at.get(from)?.x ?? 0)
  })

  it('is about as wide as a screen, and within its own bounds', () => {
    expect(layout.width / layout.height).toBeGreaterThan(1)
    expect(layout.width / layout.height).toBeLessThan(2.6)
    for (const { x, y } of at.values()) {
      expect(x).toBeLessThanOrEqual(layout.width)
      expect(y).toBeLessThanOrEqual(layout.height)
      expect(Math.min(x, y)).toBeGreaterThan(0)
    }
  })

  it('of one name, or of none, is a map too', () => {
    expect(layoutMap(new Map([['only', new Set<string>()]])).names).toEqual(['only'])
    expect(layoutMap(new Map()).names).toEqual([])
  })

  it('knows what lies at a point, and who are its neighbours by all edges', () => {
    const scene = sceneOf({ ...graph, edges: withoutImplied(graph.edges) }, graph.edges, layout)
    const view: Viewport = { left: 100, top: -40, scale: 0.5 }
    const number = scene.numberOf.get('recipe-3000') ?? -1
    const point = { x: (layout.x[number] ?? 0) * 0.5 + 100, y: (layout.y[number] ?? 0) * 0.5 - 40 }
    expect(numberAt(scene, view, point)).toBe(number)
    expect(numberAt(scene, view, { x: -5000, y: 0 })).toBeNull()
    const near = [...neighboursOf(scene, number)].map((one) => layout.names[one])
    const joined = graph.edges.filter(({ from, to }) => from === 'recipe-3000' || to === 'recipe-3000')
    expect(new Set(near)).toEqual(new Set(joined.flatMap(({ from, to }) => [from, to])))
    expect(neighboursOf(scene, null).size).toBe(0)
  })
})

describe('the part of a map that is seen', () => {
  const number = fc.double({ min: -2000, max: 2000, noNaN: true })
  const view = fc.record({ left: number, top: number, scale: fc.double({ min: 0.1, max: 2, noNaN: true }) })
  const point = fc.record({ x: number, y: number })

  it('grows and shrinks around a point that stays', () => {
    fc.assert(
      fc.property(view, point, fc.double({ min: 0.2, max: 5, noNaN: true }), (before, stays, factor) => {
        const [was, is] = [toMap(before, stays), toMap(zoomed(before, factor, stays), stays)]
        expect(is.x).toBeCloseTo(was.x, 4)
        expect(is.y).toBeCloseTo(was.y, 4)
      }),
    )
  })

  it('is moved by as much as the hand was', () => {
    fc.assert(
      fc.property(view, point, (before, by) => {
        const there = toMap(moved(before, by.x, by.y), { x: 100 + by.x, y: 200 + by.y })
        const was = toMap(before, { x: 100, y: 200 })
        expect(there.x).toBeCloseTo(was.x, 4)
        expect(there.y).toBeCloseTo(was.y, 4)
      }),
    )
  })

  it('shows a rectangle whole, in the middle', () => {
    const screen = { width: 1000, height: 600 }
    fc.assert(
      fc.property(
        number,
        number,
        fc.integer({ min: 1, max: 9000 }),
        fc.integer({ min: 1, max: 5000 }),
        (x, y, width, height) => {
          const seen = fitted(screen, { x, y, width, height })
          const [from, to] = [toMap(seen, { x: 0, y: 0 }), toMap(seen, { x: screen.width, y: screen.height })]
          expect(from.x).toBeLessThanOrEqual(x)
          expect(from.y).toBeLessThanOrEqual(y)
          expect(to.x).toBeGreaterThanOrEqual(x + width)
          expect(to.y).toBeGreaterThanOrEqual(y + height)
          expect((from.x + to.x) / 2).toBeCloseTo(x + width / 2, 3)
        },
      ),
    )
  })
})
