// SPDX-License-Identifier: Apache-2.0
/**
 * Judges what builds made: the tests of a recipe, each in an environment of its own, and the comparison of two builds of one plan, byte by byte, with the likely cause of every difference; the licenses of sources; and what lints have against packages and recipes. The factory
 * imports it; it imports base, apk, archive, elf, store, recipe, plan and build. Tests follow melange's `test:`; causes follow what reproducible-builds.org calls variations; licenses are compared as SPDX's
 * matching guidelines say (SPDX 2.3, annex B).
 */
export { comparePackages } from './compare/compare.ts'
export type { Difference } from './compare/difference.ts'
export type { Variations } from './compare/text-causes.ts'
export type { LicenseReport } from './license/check-licenses.ts'
export { checkSources } from './license/check-sources.ts'
export { type ExpressionProblem, findExpressionProblems } from './license/expressions.ts'
export type { ScanDepth } from './license/file-names.ts'
export { fixCopyright } from './license/fix-copyright.ts'
export { judgeWorkspace } from './license/judge-workspace.ts'
export { reportLines } from './license/report.ts'
export { type LicenseTexts, openLicenseTexts } from './license/texts.ts'
export {
  carriedTestPipelines,
  checkLintNames,
  HARDENING_CHECKS,
  LINT_NAMES,
  type LintedApk,
  type LintLists,
  type LintPlace,
  type LintSheet,
  levelsFor,
  lintPackage,
  lintRecipe,
  misnamed,
  PACKAGE_LINTS,
  type PackageFinding,
  type PackageLinting,
  RECIPE_LINTS,
  type RecipeFinding,
  testPipelinesOf,
  writeLintResults,
} from './lint/index.ts'
export { type TestCase, type TestOrder, type TestOutcome, testPackages } from './test-packages.ts'
