// SPDX-License-Identifier: Apache-2.0
/**
 * Whole corpora of recipes, expanded: on every core, and again only what changed. For listings and the graph; a build expands its own recipe. The factory and, through its door, the command line import it.
 */
export type {
  CorpusEntry,
  CorpusPackage,
  CorpusRecipe,
  CorpusSource,
} from './corpus-recipe.ts'
export { type CorpusOptions, expandCorpus } from './expand-corpus.ts'
export { type FormattedFile, formatFiles } from './format-files.ts'
export { recipeNameOf } from './recipe-files.ts'
