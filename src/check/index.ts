// SPDX-License-Identifier: Apache-2.0
/**
 * Judges what builds made: the tests of a recipe, each in an environment of its own, and the comparison of two builds of one plan, byte by byte, with the likely cause of every difference. The factory
 * imports it; it imports base, apk, archive, store, plan and build. Tests follow melange's `test:`; causes follow what reproducible-builds.org calls variations.
 */
export { comparePackages } from './compare/compare.ts'
export type { Difference } from './compare/difference.ts'
export type { Variations } from './compare/text-causes.ts'
export { type TestCase, type TestOrder, type TestOutcome, testPackages } from './test-packages.ts'
