// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  asLeaves,
  countEdges,
  cyclicComponents,
  feedbackSet,
  levelsOf,
  type NeedKind,
  RecipeNeeds,
} from '../../src/recipe/index.ts'
import { findShared } from '../support/shared.ts'

const corpus = join(findShared() ?? '', 'corpus')
const reason = existsSync(join(corpus, 'README.md')) ? '' : 'there is no corpus beside the checkout'
if (reason !== '') console.warn(`graphs of corpora (skipped: ${reason})`)

/** What melange's own compile makes of a recipe, as far as the graph asks. */
interface Golden {
  readonly recipe: string
  readonly error?: string
  readonly version: string
  readonly epoch: number
  readonly environment: readonly string[]
  readonly packages: readonly {
    readonly name: string
    readonly runtime: readonly string[]
    readonly provides: readonly string[]
    readonly providerPriority?: string
  }[]
}

/**
 * Counts over the recipes that are there. Over all 3,401 recipes of the second snapshot, 61 of which are not in the corpus, others counted 31,573 direct edges, a component of 410, a seed of 27
 * (97 with what is needed at run time), and then depth 40 and width 627.
 */
const COUNTS = [
  {
    snapshot: '2025-04-15',
    recipes: 3260,
    build: { edges: 30_245, components: [157, 2], depth: 43, widest: 377, atMost: 13 },
    environment: { edges: 75_931, components: [169, 3, 2], depth: 48, widest: 393, atMost: 19 },
  },
  {
    snapshot: '2026-08-22',
    recipes: 3340,
    build: { edges: 30_533, components: [397, 17], depth: 39, widest: 610, atMost: 27 },
    environment: { edges: 86_641, components: [432, 18, 3, 2], depth: 46, widest: 416, atMost: 97 },
  },
]

describe.skipIf(reason !== '').each(COUNTS)(
  'the graph of $snapshot',
  ({ snapshot, recipes: count, ...kinds }) => {
    const needs = reason === '' ? new RecipeNeeds(readGoldens(snapshot)) : new RecipeNeeds([])

    it('has every recipe', () => expect(needs.recipes.size).toBe(count))

    it.each<'build' | 'environment'>(['build', 'environment'])(
      'by %s has its edges, its cycles, a seed that breaks them, and an order then',
      (kind) => {
        const { edges: edgeCount, components, depth, widest, atMost } = kinds[kind]
        const edges = needs.edges([kind satisfies NeedKind])
        expect(countEdges(edges)).toBe(edgeCount)
        expect(cyclicComponents(edges).map(({ length }) => length)).toEqual(components)
        const seed = feedbackSet(edges)
        console.log(`${snapshot} by ${kind}: a seed of ${seed.length} recipes breaks all cycles`)
        expect(seed.length).toBeLessThanOrEqual(atMost)
        const levels = levelsOf(asLeaves(edges, new Set(seed)))
        expect(cyclicComponents(asLeaves(edges, new Set(seed)))).toEqual([])
        expect([levels.length, Math.max(...levels.map(({ length }) => length))]).toEqual([depth, widest])
      },
    )

    it('is made, ordered and searched for cycles within the time of a keystroke or two', () => {
      const recipes = [...needs.recipes.values()]
      const times = Array.from({ length: 3 }, () => {
        const started = performance.now()
        const edges = new RecipeNeeds(recipes).edges(['environment'])
        levelsOf(edges)
        cyclicComponents(edges)
        return performance.now() - started
      })
      console.log(`${snapshot}: graph, levels and cycles in ${Math.min(...times).toFixed(0)} ms`)
      expect(Math.min(...times)).toBeLessThan(1500)
    })
  },
)

function readGoldens(snapshot: string) {
  const text = execFileSync('xz', ['-dc', join(corpus, `golden-${snapshot}.jsonl.xz`)], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 ** 2,
  })
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Golden)
    .filter(({ error }) => error === undefined)
    .map(({ recipe: name, version, epoch, environment, packages }) => ({
      ...{ name, version, epoch, environment, tests: [] },
      packages: packages.map((one) => ({ ...one, providerPriority: Number(one.providerPriority ?? 0) })),
    }))
}
