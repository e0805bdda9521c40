// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FactsWorld, fromDistro, openFactsWorld } from '../../../test/support/facts-world.ts'
import { type ImageMill, openImageMill } from '../../../test/support/image-mill.ts'
import { largeGraph } from '../../../test/support/large-graph.ts'
import { INITIAL_PROGRESS, type ProgressState } from '../../base/index.ts'
import { withLedgerTables } from '../../factory/index.ts'
import { type Catalog, type CatalogOptions, openCatalog } from '../index.ts'

let mill: ImageMill
beforeAll(async () => {
  mill = await openImageMill()
})
afterAll(() => mill[Symbol.asyncDispose]())

const open = (arch: string, more: Partial<CatalogOptions> = {}): Catalog =>
  openCatalog(
    { database: mill.f.database, store: mill.f.blobs },
    { arch, version: '0.1.0', startedAt: '2026-03-01T00:00:00.000Z', ...more },
  )

describe('the graph that was read', () => {
  it('is kept as long as nothing changes, and read anew when anything does', async () => {
    const world: FactsWorld = openFactsWorld(mill, 'kept')
    let progress: ProgressState = INITIAL_PROGRESS
    const catalog = open('kept', { running: () => progress })
    const changes: readonly (readonly [string, () => unknown])[] = [
      ['a recipe was read', () => world.note('curl-8.0-r0', null)],
      [
        'something keeps it from being planned',
        () => world.note('curl-8.0-r0', null, 'nothing provides zlib'),
      ],
      ['it was planned', () => world.plan('curl-8.0-r0', { environment: [fromDistro('zlib-1.3-r0')] })],
      ['another was released', () => world.release('zlib-1.3-r0', { 'zlib-1.3-r0': {} })],
      [
        'it is worked on',
        () => {
          const work = { task: 'build:x', kind: 'build' as const, subject: 'curl-8.0-r0' }
          const rest = {
            expectedMs: null,
            startedAtMs: 0,
            planKey: null,
            step: null,
            amount: null,
            lines: [],
          }
          progress = { ...INITIAL_PROGRESS, running: [{ ...work, ...rest }] }
        },
      ],
    ]
    let before = await catalog.graph()
    for (const [what, change] of changes) {
      expect(await catalog.graph(), what).toBe(before)
      await change()
      const after = await catalog.graph()
      expect(after, what).not.toEqual(before)
      before = after
    }
  })

  it('of thousands of recipes is answered at once the second time', async () => {
    const { nodes, edges } = largeGraph()
    await withLedgerTables(mill.f.database)
      .insertInto('recipe')
      .values(
        nodes.map(({ id, version }) => ({
          ...{ name: id, arch: 'large', version, file: `${id}.yaml` },
          ...{ plan_key: null, trouble: null, read_at: new Date(0) },
        })),
      )
      .execute()
    const catalog = open('large', { distro: distroOf(edges) })
    const [first, firstMs] = await timed(() => catalog.graph())
    const [second, secondMs] = await timed(() => catalog.graph())
    const [text, textMs] = await timed(async () => JSON.stringify(second))
    console.log(
      `graph of ${first.nodes.length} recipes, ${first.edges.length} edges: read in ${firstMs.toFixed(0)} ms, again in ${secondMs.toFixed(0)} ms, ${text.length} characters written in ${textMs.toFixed(0)} ms`,
    )
    expect(second).toBe(first)
    expect(first.nodes).toHaveLength(3400)
    expect(first.edges.length).toBeGreaterThan(20_000)
    expect(secondMs).toBeLessThan(Math.max(50, firstMs))
  })
})

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const started = performance.now()
  const done = await work()
  return [done, performance.now() - started]
}

/** What the server takes of a distro, with these build needs. */
function distroOf(edges: ReturnType<typeof largeGraph>['edges']): NonNullable<CatalogOptions['distro']> {
  const needs = new Map<string, Set<string>>()
  for (const { from, to, kind } of edges)
    if (kind === 'build') needs.set(from, (needs.get(from) ?? new Set()).add(to))
  const names = [...new Set(edges.flatMap(({ from, to }) => [from, to]))]
  const dependencies = { runtime: [], provides: [], replaces: [], providerPriority: 0, replacesPriority: 0 }
  const recipes = names.map((name) => {
    const environment = { packages: [...(needs.get(name) ?? [])], variables: {}, repositories: [], runAs: '' }
    const packages = [{ name, description: '', url: '', dependencies }]
    return [name, { expanded: { name, copyright: [], environment, packages } }] as const
  })
  return {
    recipes: new Map(recipes) as unknown as NonNullable<CatalogOptions['distro']>['recipes'],
    graph: {
      buildsOn: needs,
      makerOf: new Map(names.map((name) => [name, name])),
    } as unknown as NonNullable<CatalogOptions['distro']>['graph'],
  }
}
