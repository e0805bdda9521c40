// SPDX-License-Identifier: Apache-2.0
/**
 * What is wrong with packages and recipes beyond whether they build: melange's lints by their names and levels, and Millrace's own. The checks' door exports what others use.
 */
export { HARDENING_CHECKS } from './hardening-checks.ts'
export { LINT_NAMES, type LintLists, levelsFor } from './levels.ts'
export type { LintPlace, LintSheet } from './lint.ts'
export { type LintedApk, lintPackage, type PackageFinding, type PackageLinting } from './lint-package.ts'
export { lintRecipe, type RecipeFinding } from './lint-recipe.ts'
export { writeLintResults } from './melange-results.ts'
export { checkLintNames, misnamed } from './names.ts'
export { PACKAGE_LINTS } from './package-lints.ts'
export { RECIPE_LINTS } from './recipe-lints.ts'
export { carriedTestPipelines, testPipelinesOf } from './test-pipelines.ts'
