// SPDX-License-Identifier: Apache-2.0
/**
 * Versions: their grammar, their order, and whether one meets a requirement, as each ecosystem's own tool decides it. Formats, stores and trades import it; it
 * imports base and does no I/O. Specification of apk versions: apk-tools, `apk-package(5)`.
 */
export {
  type ApkVersion,
  compareApkVersions,
  isApkVersion,
  isVersionOperator,
  parseApkVersion,
  satisfiesVersion,
  type VersionOperator,
} from './apk-version.ts'
