// SPDX-License-Identifier: Apache-2.0
/**
 * The seed: binaries from outside that start the bootstrap. Debian packages, chosen and fetched by an apt of Millrace's own, become signed apks under the names that recipes use; they are never
 * published. The factory imports it; it imports base, archive, apk, store and source. Formats: deb(5), deb-control(5), deb-version(7), ELF-64 and ld.so(8); the decision is docs/decisions/0004-seed.md.
 */
export type { ConvertServices, SeedPackage } from './convert.ts'
export type { DebianPackage } from './debian-package.ts'
export { apkVersionOfDebian } from './debian-version.ts'
export { BASELAYOUT } from './names.ts'
export { prepareSeed, SEED_TASK, type SeedServices } from './prepare-seed.ts'
export { askedSeed, parseSeedSpec, SeedSpec } from './seed-spec.ts'
