// SPDX-License-Identifier: Apache-2.0
/**
 * Executes build plans: scripts in a sealed sandbox, then packages of what they leave, with the relations that scanning finds, an SPDX document inside, and a signature. Checks, the repository and the
 * factory import it; it imports base, the formats, stores, recipe and plan. How packages are made follows melange (its steps, its scanning), byte for byte where its users would notice.
 */
export { buildPackages } from './build.ts'
export { type BuildLog, openBuildLog } from './build-log.ts'
export { CLASS_FIXES, CLASS_TITLES, FailureClass } from './failure/failure-class.ts'
export type { Wanted } from './failure/fault-finder.ts'
export type { WantedKind } from './failure/fault-rules.ts'
export { type FailedWork, keepFailed } from './failure/keep-failed.ts'
export {
  type FailedBuildsSetting,
  type KeptSnapshot,
  listSnapshots,
  type Snapshot,
  scriptAt,
  trimSnapshots,
} from './failure/snapshot.ts'
export {
  type BuildOrder,
  type BuildOutcome,
  type BuildServices,
  type BuiltApk,
  type Failure,
  failureOf,
  type LicenseOpinion,
  type PackageOpinion,
  type PlannedBytes,
  type StepPlace,
  type StepTrail,
  type WorkServices,
} from './order.ts'
export { runScripts, type ScriptRun, throwIfCancelled } from './run-scripts.ts'
export { type DocumentationReaders, MELANGE_READERS } from './scan/documentation.ts'
export { type Rescanned, rescanApks, type ScannableApk } from './scan/rescan.ts'
export { FIRST, relocate, SECOND, type Variation } from './variation.ts'
export { openWorkplace, WORKPLACE_SANDBOX, type Workplace, type WorkplaceOptions } from './workplace.ts'
