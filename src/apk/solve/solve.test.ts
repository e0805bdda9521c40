// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ApkRecord } from '../record.ts'
import { parseDependency, providedBy } from './dependency.ts'
import { indexRepositories, type Solution, solveWorld, unsatisfiedError } from './solve.ts'

/** `a-1.0-r0 D: b c>=2 p: x=1 k: 5` in one line. */
function record(text: string): ApkRecord {
  const [head = '', ...fields] = text.split(/\s(?=[DpikoR]:)/)
  const [, name = '', version = ''] = /^(.+?)-(\d.*)$/.exec(head) ?? []
  const list = (letter: string) =>
    fields
      .find((field) => field.startsWith(`${letter}:`))
      ?.slice(2)
      .trim()
      .split(' ')
      .filter((item) => item !== '') ?? []
  return {
    name,
    version,
    arch: 'x86_64',
    identity: 'Q1',
    sizeBytes: 1,
    installedSizeBytes: 1,
    description: '',
    url: '',
    license: '',
    origin: list('o')[0] ?? name,
    maintainer: '',
    buildTimeSec: 0,
    commit: '',
    depends: list('D'),
    provides: list('p'),
    installIf: list('i'),
    replaces: list('R'),
    providerPriority: Number(list('k')[0] ?? 0),
  }
}

function solve(world: string, ...repositories: string[][]): Solution {
  return solveWorld(
    indexRepositories(
      repositories.map((packages, index) => ({ name: `r${index}`, packages: packages.map(record) })),
    ),
    world.split(' '),
  )
}
const names = (solution: Solution) =>
  solution.status === 'solved'
    ? solution.packages.map((chosen) => `${chosen.record.name}-${chosen.record.version}`).join(' ')
    : `unsatisfied: ${solution.problem.wanted}`

describe('a world is solved', () => {
  it.each<[string, string, string[][], string]>([
    ['with what a package needs before it', 'a', [['a-1 D: b', 'b-1 D: c', 'c-1']], 'c-1 b-1 a-1'],
    ['by the newest version that fits', 'a<3', [['a-1', 'a-2', 'a-3']], 'a-2'],
    ['by the first repository, even with an older version', 'a', [['a-1'], ['a-2']], 'a-1'],
    ['across repositories when the first has none that fits', 'a>1', [['a-1'], ['a-2']], 'a-2'],
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
    expect(error('a c', ['a-1 D: b=1', 'c-1 D: b=2', 'b-1', 'b-2'])).toContain('b-2: b-1 has b already')
    expect(error('a b', ['a-1 D: !b', 'b-1'])).toContain('forbids')
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
      record(
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
          const chosen = solution.packages.map((one) => one.record)
          expect(new Set(chosen.map((one) => one.name)).size).toBe(chosen.length)
          for (const wish of [...world, ...chosen.flatMap((one) => one.depends)]) {
            const dependency = parseDependency(wish)
            expect(
              chosen.some((one) => providedBy(one).some((provided) => provided.name === dependency?.name)),
              `${wish} in ${names(solution)}`,
            ).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a large index', () => {
  it('of 20,000 packages is indexed and solved without trouble', () => {
    const packages = Array.from({ length: 20_000 }, (_, index) =>
      record(
        `p${index}-1.${index % 7} D: p${Math.floor(index / 2)} so:lib${index % 500}.so.1 p: cmd:c${index}=1 so:lib${index}.so.1=1`,
      ),
    )
    const index = indexRepositories([{ name: 'r', packages }])
    const solution = solveWorld(index, ['p19999', 'p15000', 'p12345'])
    expect(solution.status).toBe('solved')
  })
})
