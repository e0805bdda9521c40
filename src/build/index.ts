// SPDX-License-Identifier: Apache-2.0
/**
 * Executes build plans: scripts in a sealed sandbox, then packages of what they leave, with the relations that scanning finds, an SPDX document inside, and a signature. Checks, the repository and the
 * factory import it; it imports base, the formats, stores, recipe and plan. How packages are made follows melange (its steps, its scanning), byte for byte where its users would notice.
 */
export { buildPackages } from './build.ts'
export { type BuildLog, openBuildLog } from './build-log.ts'
export type {
  BuildOrder,
  BuildOutcome,
  BuildServices,
  BuiltApk,
  Failure,
  PlannedBytes,
  WorkServices,
} from './order.ts'
export { runScripts, type ScriptRun, throwIfCancelled } from './run-scripts.ts'
export { FIRST, SECOND, type Variation } from './variation.ts'
export { openWorkplace, type Workplace, type WorkplaceOptions } from './workplace.ts'
