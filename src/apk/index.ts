// SPDX-License-Identifier: Apache-2.0
/**
 * Alpine's package format, version 2: packages, the signed index of a repository, the database of what is installed, and the choice of packages that satisfies a list of
 * wishes. Stores and trades import it; it imports base, archive and versions, and opens nothing by itself. Specifications: apk-tools' `apk-package(5)`, `apk-repositories(5)`.
 */
export { formatApkRecord, parseApkIndex, readApkIndex, writeApkIndex } from './apk-index.ts'
export { formatInstalled, type InstalledEntry } from './installed.ts'
export { apkInvalid, formatPkgInfo, type PkgInfo, parsePkgInfo } from './pkg-info.ts'
export { datahashOf, type Keyring, type OpenedApk, openApk, recordOf } from './read.ts'
export type { ApkIdentity, ApkRecord } from './record.ts'
export { type Dependency, parseDependency, providedBy } from './solve/dependency.ts'
export { type SolveProblem, unsatisfiedError } from './solve/explain.ts'
export type { ChosenPackage } from './solve/install-order.ts'
export type { PackageIndex, SolveRepository } from './solve/package-index.ts'
export { indexRepositories, type Solution, solveWorld } from './solve/solve.ts'
export {
  type ApkContent,
  type ApkData,
  type ApkDirectory,
  type ApkHead,
  type ApkSigner,
  type ControlFile,
  writeApkData,
  writeApkHead,
} from './write.ts'
