// SPDX-License-Identifier: Apache-2.0
/**
 * The factory: the flow from recipe to published packages and images, the daemon that keeps it going, the ledger of what was planned and tried, and the wiring. The doors (cli, server) import
 * it; it may import every folder below. `flow.ts` reads as the picture of the design.
 */
export { type BuildTimes, readBuildTimes } from './build-times.ts'
export { runFactory } from './daemon.ts'
export {
  type FailureReport,
  findSnapshot,
  formatTrail,
  openDebugServices,
  openSession,
  reportLines,
  type SavedPatch,
  type Session,
  savePatch,
  TOOLS,
  whereToLook,
} from './debug/index.ts'
export { type Distro, type DistroRecipe, readDistro, recipeNamed } from './distro.ts'
export { type ReleaseOutcome, release, reproduce } from './flow.ts'
export { type Collected, collectGarbage } from './garbage.ts'
export {
  describeImages,
  type ImageShop,
  imageServices,
  makeImage,
  openImageShop,
  readDefinition,
} from './images.ts'
export {
  type Attempt,
  type Ledger,
  openLedger,
  type PlanEntry,
  type RecipeEntry,
  type StoredDocument,
} from './ledger.ts'
export { type LintedRecipeFile, lintRecipes } from './lint-recipes.ts'
export type { Mill } from './mill.ts'
export { type Probe, probeHost } from './probes.ts'
export { checkRecipeLicenses } from './recipe-licenses.ts'
export { lockPathOf, readLock } from './recipe-lock.ts'
export { prepareSeedTold } from './seed.ts'
export { type Facts, failedBuildsOf, openFacts, openServices, type Services } from './services.ts'
export { buildRecipe } from './steps/build.ts'
export { lockWorkingPlan } from './steps/build-sources.ts'
export { describeFailure, type StepFailure } from './steps/step.ts'
export { testRecipe } from './steps/test.ts'
export {
  type AttemptReport,
  type DocumentKind,
  type LedgerTables,
  type Purpose,
  withLedgerTables,
} from './tables.ts'
export { distroFor, isRecipePath, releaseNeeds } from './target.ts'
export { openTrials, type TrialOutcome, type Trials, type TrialTarget } from './trial.ts'
export { type Verified, verifyPackage } from './verify.ts'
export { differencesOf, type Explanation, explain, findPlan } from './why.ts'
export { makePlan, makeTestPlan } from './working-plan.ts'
