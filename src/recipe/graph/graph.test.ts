// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cyclicComponents, stronglyConnected } from './components.ts'
import { asLeaves, countEdges, type Edges, reversed, within } from './edges.ts'
import { feedbackSet, isAcyclic } from './feedback.ts'
import { levelsOf } from './levels.ts'
import { reachedFrom } from './reach.ts'
import { criticalPath, timeOnWorkers } from './schedule.ts'
import { shortestCycle, shortestPath } from './shortest.ts'

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

/** `a: b c` says that a needs b and c. */
function graph(...lines: readonly string[]): Edges {
  return new Map(
    lines.map((line) => {
      const [name = '', needed = ''] = line.split(':')
      return [name, new Set(needed.trim().split(' ').filter(Boolean))]
    }),
  )
}

/** Up to seven names, with edges of any density, cycles and edges of a name to itself among them. */
const anyGraph: fc.Arbitrary<Edges> = fc.integer({ min: 1, max: NAMES.length }).chain((count) => {
  const names = NAMES.slice(0, count)
  return fc
    .array(fc.subarray(names), { minLength: count, maxLength: count })
    .map((lists) => new Map(names.map((name, index) => [name, new Set(lists[index])])))
})
const loopless = anyGraph.map(
  (edges): Edges =>
    new Map([...edges].map(([name, needed]) => [name, new Set([...needed].filter((one) => one !== name))])),
)
const acyclic = loopless.map(
  (edges): Edges =>
    new Map([...edges].map(([name, needed]) => [name, new Set([...needed].filter((one) => one < name))])),
)

/** By the definition: the pairs that are joined by a walk of one step or more. */
function walks(edges: Edges): ReadonlySet<string> {
  const names = [...edges.keys()]
  const joined = new Set(names.flatMap((from) => [...(edges.get(from) ?? [])].map((to) => `${from}${to}`)))
  for (const by of names)
    for (const from of names)
      for (const to of names)
        if (joined.has(`${from}${by}`) && joined.has(`${by}${to}`)) joined.add(`${from}${to}`)
  return joined
}

/** Every simple way between two names, or around one. */
function simpleWays(edges: Edges, from: string, to: string, seen: readonly string[] = []): string[][] {
  return [...(edges.get(from) ?? [])].flatMap((next) => {
    if (next === from) return []
    if (next === to) return [[from, to]]
    if (seen.includes(next)) return []
    return simpleWays(edges, next, to, [...seen, from]).map((way) => [from, ...way])
  })
}
const shortest = (ways: readonly string[][]) => Math.min(...ways.map(({ length }) => length))
function subsets([first, ...rest]: readonly string[]): string[][] {
  if (first === undefined) return [[]]
  const without = subsets(rest)
  return [...without, ...without.map((one) => [first, ...one])]
}

describe('strongly connected components', () => {
  it('are the classes of names that reach each other', () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const joined = walks(edges)
        const together = (a: string, b: string) => a === b || (joined.has(a + b) && joined.has(b + a))
        const classes = [...edges.keys()].map((name) =>
          [...edges.keys()].filter((other) => together(name, other)).join(''),
        )
        const found = stronglyConnected(edges).map((one) => one.join(''))
        expect(found.toSorted()).toEqual([...new Set(classes)].sort())
      }),
    )
  })

  it('come after those that they need', () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const components = stronglyConnected(edges)
        const at = new Map(components.flatMap((one, index) => one.map((name) => [name, index] as const)))
        for (const [name, needed] of edges)
          for (const other of needed) expect(at.get(other)).toBeLessThanOrEqual(at.get(name) ?? -1)
      }),
    )
  })

  it('are found in chains that are longer than a call stack is deep', () => {
    const names = Array.from({ length: 50_000 }, (_, index) => `${index}`)
    const ring = new Map(
      names.map((name, index) => [name, new Set([names[(index + 1) % names.length] ?? ''])]),
    )
    expect(stronglyConnected(ring)).toHaveLength(1)
  })

  it('with a cycle in them are told, the largest first', () => {
    expect(cyclicComponents(graph('a: b', 'b: a', 'c: d', 'd: e', 'e: c a', 'f: f'))).toEqual([
      ['c', 'd', 'e'],
      ['a', 'b'],
    ])
  })
})

describe('levels', () => {
  it('put each name one above the highest it needs, and a cycle on one level', () => {
    expect(levelsOf(graph('app: lib tool', 'lib: libc', 'libc:', 'tool: libc shell', 'shell: tool'))).toEqual(
      [['libc'], ['lib', 'tool', 'shell'], ['app']],
    )
  })

  it('have every name once, above all it needs but what is in a cycle with it', () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const levels = levelsOf(edges)
        const joined = walks(edges)
        const levelOf = new Map(levels.flatMap((names, level) => names.map((name) => [name, level] as const)))
        expect(levels.flat().sort()).toEqual([...edges.keys()].sort())
        expect(levels.every(({ length }) => length > 0)).toBe(true)
        for (const [name, needed] of edges)
          for (const other of needed) {
            const [high = -1, low = -1] = [levelOf.get(name), levelOf.get(other)]
            if (joined.has(other + name)) expect(high).toBe(low)
            else expect(high).toBeGreaterThan(low)
          }
      }),
    )
  })
})

describe('the shortest way', () => {
  it('from one name to another has as few steps as there can be', () => {
    fc.assert(
      fc.property(loopless, fc.constantFrom(...NAMES), fc.constantFrom(...NAMES), (edges, from, to) => {
        fc.pre(from !== to && edges.has(from))
        const way = shortestPath(edges, from, to)
        const ways = simpleWays(edges, from, to)
        if (way === undefined) expect(ways).toEqual([])
        else {
          expect(ways).toContainEqual(way)
          expect(way.length).toBe(shortest(ways))
        }
      }),
    )
  })

  it('around is the shortest cycle there is', () => {
    fc.assert(
      fc.property(loopless, (edges) => {
        const cycle = shortestCycle(edges, edges.keys())
        const cycles = [...edges.keys()].flatMap((name) => simpleWays(edges, name, name))
        if (cycle === undefined) expect(cycles).toEqual([])
        else {
          expect(cycles).toContainEqual(cycle)
          expect(cycle.length).toBe(shortest(cycles))
        }
      }),
    )
  })

  it('around stays among the names that were given', () => {
    const edges = graph('a: b', 'b: a', 'c: d', 'd: e', 'e: c')
    expect(shortestCycle(edges, ['c', 'd', 'e'])).toEqual(['c', 'd', 'e', 'c'])
    expect(shortestCycle(edges, ['a', 'c', 'd'])).toBeUndefined()
  })
})

describe('what is reached', () => {
  it('is what walks lead to, in so many steps', () => {
    fc.assert(
      fc.property(loopless, fc.subarray(NAMES, { minLength: 1 }), (edges, starts) => {
        const joined = walks(edges)
        const far = [...edges.keys()].filter(
          (name) => !starts.includes(name) && starts.some((one) => joined.has(one + name)),
        )
        expect([...reachedFrom(edges, starts)].sort()).toEqual(far.sort())
        const near = starts
          .flatMap((one) => [...(edges.get(one) ?? [])])
          .filter((name) => !starts.includes(name))
        expect([...reachedFrom(edges, starts, 1)].sort()).toEqual([...new Set(near)].sort())
      }),
    )
  })

  it('backwards is who needs it', () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const pairs = (one: Edges) =>
          [...one].flatMap(([from, to]) => [...to].map((other) => `${from}${other}`)).sort()
        expect(pairs(reversed(reversed(edges)))).toEqual(pairs(edges))
        expect(countEdges(reversed(edges))).toBe(countEdges(edges))
      }),
    )
  })
})

describe('a feedback set', () => {
  it('leaves no cycle, has nothing superfluous, and is near the smallest', () => {
    fc.assert(
      fc.property(anyGraph, (edges) => {
        const found = feedbackSet(edges)
        const cuts = (names: readonly string[]) => isAcyclic(asLeaves(edges, new Set(names)))
        expect(cuts(found)).toBe(true)
        for (const name of found) expect(cuts(found.filter((one) => one !== name))).toBe(false)
        const smallest = shortest(subsets([...edges.keys()]).filter(cuts))
        expect(found.length).toBeLessThanOrEqual(smallest + 1)
      }),
      { numRuns: 300 },
    )
  })

  it('is exact where contraction alone decides', () => {
    expect(feedbackSet(graph('a: b', 'b: c', 'c: a d', 'd: c e', 'e: c'))).toEqual(['c'])
    expect(feedbackSet(graph('hub: a b c', 'a: hub', 'b: hub', 'c: hub'))).toEqual(['hub'])
    expect(feedbackSet(graph('a: b', 'b: c', 'c:'))).toEqual([])
    expect(feedbackSet(graph('a: a', 'b: a'))).toEqual(['a'])
  })
})

describe('a graph between some names', () => {
  it('has the edges that both ends are of', () => {
    expect(within(graph('a: b c', 'b: c', 'c: a'), ['a', 'c'])).toEqual(graph('a: c', 'c: a'))
  })
})

describe('predicted time', () => {
  const times: Readonly<Record<string, number>> = { a: 5, b: 3, c: 8, d: 1, e: 2, f: 4, g: 6 }
  const timeOf = (name: string) => times[name] ?? 0

  it('has a critical path: the longest chain', () => {
    expect(criticalPath(graph('d: b c', 'b: a', 'c:', 'a:'), timeOf)).toEqual({
      names: ['a', 'b', 'd'],
      timeMs: 9,
    })
    expect(criticalPath(new Map(), timeOf)).toEqual({ names: [], timeMs: 0 })
  })

  it('goes on past a cycle', () => {
    expect(criticalPath(graph('a: b', 'b: a', 'c: a'), timeOf)).toEqual({ names: ['a', 'c'], timeMs: 13 })
    expect(timeOnWorkers(graph('a: b', 'b: a', 'c: a'), timeOf, 2)).toBe(13)
  })

  it('on one worker is all of it, on many the critical path, and never less than either bound', () => {
    fc.assert(
      fc.property(acyclic, fc.integer({ min: 1, max: 4 }), (edges, workers) => {
        const sum = [...edges.keys()].reduce((all, name) => all + timeOf(name), 0)
        const { timeMs: longest, names } = criticalPath(edges, timeOf)
        const chains = [...edges.keys()].flatMap((to) => chainsTo(edges, to))
        expect(longest).toBe(
          Math.max(...chains.map((chain) => chain.reduce((all, name) => all + timeOf(name), 0))),
        )
        expect(chains).toContainEqual(names)
        expect(timeOnWorkers(edges, timeOf, 1)).toBe(sum)
        expect(timeOnWorkers(edges, timeOf, NAMES.length)).toBe(longest)
        const time = timeOnWorkers(edges, timeOf, workers)
        expect(time).toBeGreaterThanOrEqual(Math.max(longest, sum / workers))
        expect(time).toBeLessThanOrEqual(sum / workers + longest)
      }),
    )
  })
})

/** Every chain that ends with a name, each needing the one before. */
function chainsTo(edges: Edges, to: string): string[][] {
  const longer = [...(edges.get(to) ?? [])].flatMap((needed) =>
    chainsTo(edges, needed).map((chain) => [...chain, to]),
  )
  return [[to], ...longer]
}
