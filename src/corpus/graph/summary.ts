// SPDX-License-Identifier: Apache-2.0
import {
  asLeaves,
  countEdges,
  cyclicComponents,
  type Edges,
  feedbackSet,
  levelsOf,
  type NeedKind,
  shortestCycle,
  wishedName,
} from '../../recipe/index.ts'
import { type ChainLink, placedChain } from './chain.ts'
import type { GraphCorpus } from './graph-corpus.ts'

/** The graph in numbers, and what is wrong with it. */
export interface GraphSummary {
  readonly recipes: number
  readonly packages: number
  readonly edges: { readonly build: number; readonly environment: number }
  /** Recipes on each level, the lowest first. */
  readonly widths: readonly number[]
  readonly cycles: readonly Cycle[]
  /** Recipes whose environment holds an earlier build of their own. */
  readonly selfNeeding: readonly string[]
  /** What recipes want in their environments and nobody makes: the most wanted first. */
  readonly unanswered: readonly { readonly wanted: string; readonly by: readonly string[] }[]
  readonly broken: readonly { readonly file: string; readonly why: string }[]
  readonly elsewhere: number
}

/** Recipes that all need each other. */
export interface Cycle {
  readonly recipes: readonly string[]
  /** The shortest way around, with the wishes that make it. */
  readonly shortest: readonly ChainLink[]
}

export function summarizeGraph(corpus: GraphCorpus, kinds: readonly NeedKind[]): GraphSummary {
  const { needs, recipes, packages, broken, elsewhere } = corpus
  return {
    recipes: recipes.size,
    packages: packages.size,
    edges: {
      build: countEdges(needs.edges(['build'])),
      environment: countEdges(needs.edges(['environment'])),
    },
    widths: levelsOf(needs.edges(kinds)).map(({ length }) => length),
    cycles: cyclesOf(corpus, kinds),
    selfNeeding: needs.selfNeeding(kinds.includes('environment') ? 'environment' : 'build'),
    unanswered: [...needs.unanswered()].map(([wanted, by]) => ({ wanted, by })),
    broken: broken.map(({ file, error }) => ({ file, why: error.why })),
    elsewhere,
  }
}

/** The largest first. */
export function cyclesOf(corpus: GraphCorpus, kinds: readonly NeedKind[]): Cycle[] {
  const edges = corpus.needs.edges(kinds)
  return cyclicComponents(edges).map((recipes) => ({
    recipes,
    shortest: placedChain(corpus, shortestCycle(edges, recipes) ?? [], kinds),
  }))
}

/** What a seed must provide so that there is an order for the rest. */
export interface Cut {
  /** No smaller set of these will do; another one may be smaller. */
  readonly recipes: readonly string[]
  /** The names by which environments ask for their packages: with `--seed-names`, the graph has no cycle. */
  readonly names: readonly string[]
  /** Recipes on each level then, the lowest first. */
  readonly widths: readonly number[]
}

export function cutCycles({ needs }: GraphCorpus, kinds: readonly NeedKind[]): Cut {
  const edges = needs.edges(kinds)
  const recipes = feedbackSet(edges)
  const cut: Edges = asLeaves(edges, new Set(recipes))
  return {
    recipes,
    names: namesOf(needs, new Set(recipes)),
    widths: levelsOf(cut).map(({ length }) => length),
  }
}

/** The names that stand in wishes which packages of these recipes answer. */
function namesOf({ recipes, makerOf }: GraphCorpus['needs'], cut: ReadonlySet<string>): string[] {
  const names = new Set<string>()
  const take = (wish: string) => {
    const made = makerOf(wish)
    if (made !== undefined && cut.has(made.recipe)) names.add(wishedName(wish))
  }
  for (const { environment, packages, tests } of recipes.values()) {
    environment.forEach(take)
    for (const { runtime } of packages) runtime.forEach(take)
    for (const test of tests) test.packages.forEach(take)
  }
  return [...names].sort()
}
