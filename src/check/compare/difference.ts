// SPDX-License-Identifier: Apache-2.0

/** One thing that two builds of a plan did not make alike. */
export interface Difference {
  readonly package: string
  /** A path in the package, or `.PKGINFO`; '' for the package as a whole. */
  readonly file: string
  /** Of the first byte that differs; null where there is none to name: one side has no such file, or only its mode differs. */
  readonly offset: number | null
  readonly likelyCause: string
}
