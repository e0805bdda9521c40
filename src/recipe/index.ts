// SPDX-License-Identifier: Apache-2.0
/**
 * melange recipes: read strictly with the place of every error, and said out into packages, steps, environments and sources. Pure: texts in, values out; the kinds
 * of fields serve image definitions too. Plans, builds, checks, images and the factory import it. Format: melange's recipe and pipeline YAML, unmodified.
 */
export { isTargeted, type Libc, ociArch } from './arch.ts'
export type { ExpandedStep, FindPipeline } from './compile-step.ts'
export { imageConfiguration } from './environment-schema.ts'
export { type ExpandOptions, expandRecipe } from './expand.ts'
export type {
  ExpandedDependencies,
  ExpandedPackage,
  ExpandedRecipe,
  ExpandedSource,
  ExpandedTest,
} from './expanded.ts'
export { flag, list, map, object, oneOf, text, texts, whole, words } from './fields.ts'
export { formatRecipe } from './format/format-recipe.ts'
export { type GoPattern, readGoPattern } from './go-pattern.ts'
export { replaceGo } from './go-replace.ts'
export {
  asLeaves,
  type CriticalPath,
  countEdges,
  criticalPath,
  cyclicComponents,
  type Edges,
  feedbackSet,
  levelsOf,
  NEED_KINDS,
  type NeedKind,
  placeOfWish,
  RecipeNeeds,
  reachedFrom,
  reversed,
  shortestCycle,
  shortestPath,
  timeOnWorkers,
  type Wish,
  wishedName,
  within,
} from './graph/index.ts'
export { buildLevels, buildOrder, type RecipeGraph, recipeGraph } from './graph.ts'
export { findRecipeProblems, parseRecipe, type Recipe } from './parse.ts'
export type { ParsedPipeline } from './pipeline-file.ts'
export { RecipeSchema } from './schema.ts'
export { goToDirectory, type ScriptedStep, STEP_PATH, scriptsOf, stepScript } from './script.ts'
export { FETCH_ONLY_INPUTS, SOURCES, sourceMount } from './sources.ts'
export { OUTPUT, WORKSPACE } from './variables.ts'
export { parseVarsFile } from './vars-file.ts'
