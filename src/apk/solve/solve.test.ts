// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultsOf, recordOfLine, stemsOf } from '../../../test/support/solver.ts'
import { unsatisfiedError } from './explain.ts'
import { indexRepositories, type Solution, solveWorld } from './solve.ts'

function solve(world: string, ...repositories: string[][]): Solution {
  return solveWorld(
    indexRepositories(
      repositories.map((packages, tier) => ({
        name: `r${tier}`,
        tier,
        packages: packages.map(recordOfLine),
      })),
    ),
    world.split(' '),
  )
}
const names = (solution: Solution) =>
  solution.status === 'solved'
    ? stemsOf(solution.packages).join(' ')
    : `unsatisfied: ${solution.problem.wanted}`

describe('a world is solved', () => {
  it.each<[string, string, string[][], string]>([
    ['with what a package needs before it', 'a', [['a-1 D: b', 'b-1 D: c', 'c-1']], 'c-1 b-1 a-1'],
    ['by the newest version that fits', 'a<3', [['a-1', 'a-2', 'a-3']], 'a-2'],
    ['by the lower tier, even with an older version', 'a', [['a-1'], ['a-2']], 'a-1'],
    ['across tiers when the lower has none that fits', 'a>1', [['a-1'], ['a-2']], 'a-2'],
    ['by who provides the name', 'so:libz.so.1', [['zlib-1 p: so:libz.so.1=1']], 'zlib-1'],
    ['by the real package before one that only provides the name', 'a', [['a-1', 'b-9 p: a']], 'a-1'],
    [
      'by the higher provider priority',
      'mail',
      [['exim-1 p: mail k: 5', 'postfix-1 p: mail k: 10']],
      'postfix-1',
    ],
    ['going back when the best choice leads nowhere', 'a', [['a-2 D: b>=2', 'a-1 D: b', 'b-1']], 'b-1 a-1'],
    ['going back over several choices', 'a c', [['a-1 D: x', 'x-2', 'x-1', 'c-1 D: x<2']], 'x-1 a-1 c-1'],
    ['in a circle', 'a', [['a-1 D: b', 'b-1 D: a']], 'b-1 a-1'],
    [
      'with install_if when all its conditions hold',
      'a b',
      [['a-1', 'b-1', 'c-1 i: a b', 'd-1 i: a e', 'e-1 i: c b']],
      'a-1 b-1 c-1 d-1 e-1',
    ],
    [
      'without a package that another forbids',
      'a x',
      [['a-1 D: !b', 'b-1 p: x k: 9', 'c-1 p: x']],
      'a-1 c-1',
    ],
    ['by one owner of a versioned name', 'x y', [['a-2 p: x=2 y=2', 'b-1 p: x=1']], 'a-2'],
    ['with several that provide a name without a version', 'a b', [['a-1 p: x', 'b-1 p: x']], 'a-1 b-1'],
  ])('%s', (_, world, repositories, want) => {
    expect(names(solve(world, ...repositories))).toBe(want)
  })

  it('and says why each package is there', () => {
    const solution = solve('curl', ['curl-1 D: so:libssl.so.3', 'libssl3-3 p: so:libssl.so.3=3'])
    expect(solution.status === 'solved' && solution.packages[0]?.because).toEqual(['curl', 'so:libssl.so.3'])
  })
})

describe('a world that cannot be', () => {
  const error = (world: string, packages: string[]) => {
    const solution = solve(world, packages)
    if (solution.status === 'solved') throw new Error('was solved')
    return unsatisfiedError(solution.problem, 'choosing packages').why
  }

  it('names who wanted what, and what is near', () => {
    expect(error('curl', ['curl-1 D: openssl-lbis', 'openssl-libs-3'])).toBe(
      'nothing provides openssl-lbis, wanted by curl; the nearest name is openssl-libs',
    )
  })

  it('names each candidate and why it was refused', () => {
    expect(error('a', ['a-1 D: b>=2', 'b-1', 'b-1.5'])).toBe(
      'no package for b>=2, wanted by a can be taken:\nb-1: its version for b is 1\nb-1.5: its version for b is 1.5',
    )
    expect(error('a c', ['a-1 D: b=1', 'c-1 D: b=2', 'b-1', 'b-2'])).toBe(
      'no package for b=1, wanted by a can be taken:\nb-1: c-1 wants b=2\nb-2: its version for b is 2',
    )
    expect(error('a b', ['a-1 D: !b', 'b-1'])).toContain('b-1: a-1 forbids b')
    expect(error('a b', ['a-1 p: v=1', 'b-1 p: v=2'])).toContain('b-1: a-1 has v already')
    expect(error('a', ['a-1 p: v=1 v=2'])).toContain('a-1: it provides v twice')
  })

  it('names the whole way from the list to each side of a contradiction', () => {
    const packages = ['a-1 D: m', 'm-1 D: z=1', 'b-1 D: n', 'n-1 D: z=2', 'z-1', 'z-2']
    expect(error('a b', packages)).toBe(
      'no package for z=1, wanted by a → m can be taken:\nz-1: n-1, wanted by b, wants z=2\nz-2: its version for z is 2',
    )
  })

  it('says what each candidate would need in vain', () => {
    expect(error('a', ['a-1 D: x', 'a-2 D: y'])).toBe(
      'no package for a can be taken:\na-1: a-1 wants x in vain\na-2: a-2 wants y in vain',
    )
  })

  it('names the tag under which a package may be had', () => {
    const tagged = { name: 'edge', tag: 'edge', packages: [recordOfLine('a-1')] }
    const solution = solveWorld(indexRepositories([tagged]), ['a'])
    if (solution.status === 'solved') throw new Error('was solved')
    expect(unsatisfiedError(solution.problem, 'choosing').why).toContain('ask for a@edge')
  })

  it('is known without trying every combination', () => {
    const many = Array.from({ length: 40 }, (_, n) => [
      `p${n}-1 D: q${n}`,
      `p${n}-2 D: q${n}`,
      `q${n}-1`,
      `q${n}-2`,
    ])
    const packages = [
      ...many.flat(),
      'x-1 D: z=1',
      'y-1 D: z=2',
      'z-1',
      'z-2',
      'v-1 p: v D: x y',
      'w-1 p: v D: y x',
    ]
    const world = [...many.map((_, n) => `p${n}`), 'v'].join(' ')
    const startedMs = performance.now()
    expect(error(world, packages)).toContain('z=')
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })

  it('is given up, and called so, when it takes too many', () => {
    const places = Array.from({ length: 13 }, (_, place) => place)
    const packages = [...places, 13].flatMap((bird) =>
      places.map((place) => `bird${bird}at${place}-1 p: bird${bird}=1 place${place}=1`),
    )
    const world = [...places, 13].map((bird) => `bird${bird}`).join(' ')
    expect(error(world, packages)).toContain('too many combinations were tried without an answer')
  })

  it('says when a wish is not one', () => {
    expect(error('a>>1', ['a-1'])).toContain('this is no dependency')
  })
})

const name = fc.constantFrom(...'abcdef')
const anyRepository = fc.array(
  fc.record({
    name,
    version: fc.constantFrom('1', '2', '3'),
    depends: fc.array(
      fc.tuple(name, fc.constantFrom('', '>=2', '<3', '=1')).map((pair) => pair.join('')),
      { maxLength: 3 },
    ),
    provides: fc.array(fc.constantFrom('v', 'w', 'v=1', 'w=2'), { maxLength: 1 }),
  }),
  { minLength: 1, maxLength: 12 },
)

describe('any solution', () => {
  const asRecords = (packages: { name: string; version: string; depends: string[]; provides: string[] }[]) =>
    [...new Map(packages.map((one) => [`${one.name}-${one.version}`, one])).values()].map((one) =>
      recordOfLine(
        `${one.name}-${one.version}${one.depends.length > 0 ? ` D: ${one.depends.join(' ')}` : ''}${one.provides.length > 0 ? ` p: ${one.provides.join(' ')}` : ''}`,
      ),
    )

  it('meets every dependency, holds no name twice, and does not depend on any order', () => {
    fc.assert(
      fc.property(
        anyRepository,
        fc.array(fc.constantFrom('a', 'b', 'c>1', 'v'), { minLength: 1, maxLength: 3 }),
        (packages, world) => {
          const records = asRecords(packages)
          const solution = solveWorld(indexRepositories([{ name: 'r', packages: records }]), world)
          const again = solveWorld(
            indexRepositories([{ name: 'r', packages: [...records].reverse() }]),
            [...world].reverse(),
          )
          expect(names(again)).toBe(names(solution))
          if (solution.status !== 'solved') return
          expect(faultsOf(world, solution.packages)).toEqual([])
        },
      ),
      { numRuns: 500 },
    )
  })

  it('stays the same without a package that was not taken', () => {
    fc.assert(
      fc.property(anyRepository, fc.nat(), (packages, drawn) => {
        const records = asRecords(packages)
        const solution = solveWorld(indexRepositories([{ name: 'r', packages: records }]), ['a', 'v'])
        if (solution.status !== 'solved') return
        const taken = new Set(solution.packages.map((one) => one.record))
        const others = records.filter((one) => !taken.has(one))
        const without = others[drawn % Math.max(others.length, 1)]
        const rest = records.filter((one) => one !== without)
        const again = solveWorld(indexRepositories([{ name: 'r', packages: rest }]), ['a', 'v'])
        expect(names(again)).toBe(names(solution))
      }),
      { numRuns: 500 },
    )
  })
})

describe('a large index', () => {
  it('of 20,000 packages is indexed and solved without trouble', () => {
    const packages = Array.from({ length: 20_000 }, (_, index) =>
      recordOfLine(
        `p${index}-1.${index % 7} D: p${Math.floor(index / 2)} so:lib${index % 500}.so.1 p: cmd:c${index}=1 so:lib${index}.so.1=1`,
      ),
    )
    const index = indexRepositories([{ name: 'r', packages }])
    const solution = solveWorld(index, ['p19999', 'p15000', 'p12345'])
    expect(solution.status).toBe('solved')
  })
})
