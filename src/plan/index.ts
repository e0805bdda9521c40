// SPDX-License-Identifier: Apache-2.0
/**
 * Build plans: a recipe with every input named by digest, as canonical JSON whose sha256 is the build key. Pure. Builds, checks and the factory import it; it imports base, apk and recipe.
 * Formats: RFC 8785 (canonical JSON).
 */
export {
  COMPILER_OPTIONS,
  type CompilerOptions,
  type CompilerOptOut,
  compilerOptionsOf,
} from './compiler-options.ts'
export {
  type AvailableApk,
  type ChosenEnvironment,
  chooseBuildEnvironment,
  chooseEnvironment,
  chooseTestEnvironment,
  type EnvironmentPool,
} from './environment.ts'
export { checkLockedSources, lockedEnvironment } from './lock/honour-lock.ts'
export {
  formatLock,
  type LocatedLock,
  lockPlan,
  parseLock,
  RecipeLock,
} from './lock/recipe-lock.ts'
export {
  BUILDER_VERSION,
  type BuildKey,
  type BuildPlan,
  buildKey,
  formatPlan,
  type PlannedFile,
  type PlannedOutput,
  type PlannedPackage,
  type PlannedScript,
  type PlannedSource,
  type PlannedTest,
  shortKey,
  type TestPlan,
  testKey,
} from './plan.ts'
export { type DistroFacts, planBuild, planTests } from './plan-build.ts'
