// SPDX-License-Identifier: Apache-2.0
/**
 * melange recipes: read strictly with the place of every error, and said out into packages, steps, environments and sources. Pure: texts in, values out. Plans, builds,
 * checks and the factory import it. Format: melange's recipe and pipeline YAML, unmodified.
 */
export type { ExpandedStep, FindPipeline, ParsedPipeline } from './compile-step.ts'
export { evaluateCondition } from './condition.ts'
export {
  type ExpandedDependencies,
  type ExpandedPackage,
  type ExpandedRecipe,
  type ExpandedSource,
  type ExpandedTest,
  type ExpandOptions,
  expandRecipe,
} from './expand.ts'
export { buildLevels, buildOrder, type RecipeGraph, recipeGraph } from './graph.ts'
export { findRecipeProblems, parseRecipe, type Recipe } from './parse.ts'
export { type ScriptedStep, STEP_PATH, scriptsOf, stepScript } from './script.ts'
export { OUTPUT, WORKSPACE } from './variables.ts'
