// SPDX-License-Identifier: Apache-2.0
/**
 * Many recipes at once, as a repository of them has: where their pipelines are found, all of them expanded on every core and again only what changed, formatted, and their graph with its cycles, ways and what a
 * change makes be built anew. Nothing here needs a data directory's database; a build expands its own recipe.
 */
export type { CorpusEntry, CorpusPackage, CorpusRecipe, CorpusSource } from './corpus-recipe.ts'
export { type CorpusOptions, expandCorpus } from './expand-corpus.ts'
export { readRecipeText } from './expand-files.ts'
export { type FormattedFile, formatFiles } from './format-files.ts'
export { type Affected, type PredictedTime, predictRebuild } from './graph/affected.ts'
export { type ChainLink, type PlacedWish, placedChain } from './graph/chain.ts'
export { type Change, readChange } from './graph/change.ts'
export { type GraphCorpus, readGraphCorpus } from './graph/graph-corpus.ts'
export {
  type Cut,
  type Cycle,
  cutCycles,
  cyclesOf,
  type GraphSummary,
  summarizeGraph,
} from './graph/summary.ts'
export { openPipelines, type Pipelines, pipelineSearchPath } from './pipelines.ts'
export { recipeFiles, recipeNameOf } from './recipe-files.ts'
