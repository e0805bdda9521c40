// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { cyclicComponents } from './components.ts'
import { makersOf, type NeedingRecipe } from './makers.ts'
import { type NeedKind, RecipeNeeds } from './needs.ts'

interface Given {
  readonly version?: string
  readonly builds?: readonly string[]
  readonly runs?: readonly string[]
  readonly tests?: readonly string[]
  readonly provides?: readonly string[]
  readonly priority?: number
  /** Further packages, with what each needs at run time. */
  readonly more?: Readonly<Record<string, readonly string[]>>
}

function recipe(name: string, given: Given = {}): NeedingRecipe {
  const { version = '1.0', builds = [], runs = [], tests, provides = [], priority = 0, more = {} } = given
  const main = { name, runtime: runs, provides, providerPriority: priority }
  const others = Object.entries(more).map(([other, runtime]) => ({
    ...{ name: other, runtime },
    ...{ provides: [], providerPriority: 0 },
  }))
  return {
    ...{ name, version, epoch: 0, environment: builds, packages: [main, ...others] },
    tests: tests === undefined ? [] : [{ package: name, packages: tests }],
  }
}

const edges = (needs: RecipeNeeds, ...kinds: readonly NeedKind[]) =>
  Object.fromEntries([...needs.edges(kinds)].map(([name, needed]) => [name, [...needed].sort().join(' ')]))

describe('who answers a wish', () => {
  it.each<{ name: string; wish: string; recipes: readonly NeedingRecipe[]; want: string | undefined }>([
    { name: 'the package of the name', wish: 'zlib', recipes: [recipe('zlib')], want: 'zlib' },
    {
      name: 'a subpackage',
      wish: 'zlib-dev',
      recipes: [recipe('zlib', { more: { 'zlib-dev': [] } })],
      want: 'zlib-dev',
    },
    {
      name: 'who provides it',
      wish: 'so:libz.so.1',
      recipes: [recipe('zlib', { provides: ['so:libz.so.1=1'] })],
      want: 'zlib',
    },
    { name: 'nobody', wish: 'zlib', recipes: [recipe('curl')], want: undefined },
    { name: 'nobody, where it must be absent', wish: '!zlib', recipes: [recipe('zlib')], want: undefined },
    {
      name: 'the highest version of the name',
      wish: 'go',
      recipes: [recipe('go-1.23', { provides: ['go=1.23.4'] }), recipe('go-1.9', { provides: ['go=1.9.9'] })],
      want: 'go-1.23',
    },
    {
      name: 'a version that meets it',
      wish: 'go~1.9',
      recipes: [recipe('go-1.23', { provides: ['go=1.23.4'] }), recipe('go-1.9', { provides: ['go=1.9.9'] })],
      want: 'go-1.9',
    },
    {
      name: 'no version that does not',
      wish: 'zlib>2',
      recipes: [recipe('zlib', { version: '1.3.1' })],
      want: undefined,
    },
    {
      name: 'the highest priority among names without a version',
      wish: 'shell',
      recipes: [
        recipe('bash', { provides: ['shell'], priority: 5 }),
        recipe('zsh', { provides: ['shell'], priority: 7 }),
      ],
      want: 'zsh',
    },
    {
      name: 'a name with a version before one without',
      wish: 'shell',
      recipes: [
        recipe('bash', { provides: ['shell'], priority: 5 }),
        recipe('ash', { provides: ['shell=1'] }),
      ],
      want: 'ash',
    },
    {
      name: 'the first by name where nothing else decides',
      wish: 'shell',
      recipes: [recipe('zsh', { provides: ['shell'] }), recipe('bash', { provides: ['shell'] })],
      want: 'bash',
    },
    {
      name: 'a name without a version by the version of its package',
      wish: 'shell>2',
      recipes: [recipe('bash', { provides: ['shell'], version: '5.2' })],
      want: 'bash',
    },
  ])('$name', ({ wish, recipes, want }) => {
    expect(makersOf(recipes)(wish)?.name).toBe(want)
  })
})

describe('the needs of recipes', () => {
  const app = recipe('app', { builds: ['tool', 'libz-dev'], runs: ['data'], tests: ['server'] })
  const corpus = [
    app,
    recipe('tool', { runs: ['shell'], builds: ['compiler'] }),
    recipe('libz', { more: { 'libz-dev': ['libz', 'headers'] } }),
    ...['shell', 'compiler', 'headers', 'data'].map((name) => recipe(name)),
    recipe('server', { runs: ['shell'] }),
  ]
  const needs = new RecipeNeeds(corpus)

  it('to build are what the environment names', () => {
    expect(edges(needs, 'build')['app']).toBe('libz tool')
  })
  it('of an environment are also what these bring along at run time, but not what they were built with', () => {
    expect(edges(needs, 'environment')['app']).toBe('headers libz shell tool')
  })
  it('at run time are apart', () => expect(edges(needs, 'runtime')['app']).toBe('data'))
  it('of tests are what their environments hold, what is tested and brings along too', () =>
    expect(edges(needs, 'test')['app']).toBe('data server shell'))
  it('of several kinds are all of these', () => {
    expect(edges(needs, 'runtime', 'build')['app']).toBe('data libz tool')
  })

  it('are no cycle where one needs the other only at run time', () => {
    const pair = new RecipeNeeds([
      recipe('hen', { runs: ['egg'] }),
      recipe('egg', { builds: ['hen-tool'] }),
      recipe('hen-tool'),
    ])
    expect(cyclicComponents(pair.edges(['environment']))).toEqual([])
    const torn = new RecipeNeeds([recipe('hen', { runs: ['egg'] }), recipe('egg', { builds: ['hen'] })])
    expect(cyclicComponents(torn.edges(['build']))).toEqual([])
    expect(torn.selfNeeding('environment')).toEqual(['egg'])
    expect(torn.selfNeeding('build')).toEqual([])
  })

  it('are no edge to the recipe itself', () => {
    const gcc = new RecipeNeeds([recipe('gcc', { builds: ['gcc', 'make'] }), recipe('make')])
    expect(edges(gcc, 'build')).toEqual({ gcc: 'make', make: '' })
    expect(gcc.selfNeeding('build')).toEqual(['gcc'])
  })

  it('end at what the seed provides', () => {
    const seeded = new RecipeNeeds(corpus, (name) => name === 'tool')
    expect(edges(seeded, 'environment')['app']).toBe('headers libz')
  })

  it('are explained by the fewest wishes that lead there', () => {
    expect(needs.wishesBetween('app', 'shell', ['build', 'environment'])).toEqual([
      { kind: 'build', recipe: 'app', package: null, wanted: 'tool', provider: 'tool', maker: 'tool' },
      {
        kind: 'runtime',
        recipe: 'tool',
        package: 'tool',
        wanted: 'shell',
        provider: 'shell',
        maker: 'shell',
      },
    ])
    expect(needs.wishesBetween('app', 'libz', ['environment'])).toMatchObject([
      { wanted: 'libz-dev', maker: 'libz' },
    ])
    expect(needs.wishesBetween('app', 'compiler', ['environment'])).toEqual([])
    expect(needs.wishesBetween('gone', 'compiler', ['environment'])).toEqual([])
  })

  it('that nobody answers are told with who has them, the most wanted first', () => {
    const torn = new RecipeNeeds(
      [recipe('a', { builds: ['rare', 'lost', 'seeded', '!never'] }), recipe('b', { builds: ['lost'] })],
      (name) => name === 'seeded',
    )
    expect([...torn.unanswered()]).toEqual([
      ['lost', ['a', 'b']],
      ['rare', ['a']],
    ])
  })
})
