// SPDX-License-Identifier: Apache-2.0
/**
 * What Millrace says about what it made, and how it is signed: SPDX 2.3 documents, in-toto statements with SLSA v1 provenance, DSSE envelopes in sigstore bundles. Stores and trades import it;
 * it imports base and opens nothing by itself. Specifications: SPDX 2.3, in-toto attestation v1, SLSA v1.0 provenance, DSSE v1, the sigstore bundle format 0.3, package-url.
 */
export { type ApkPurl, apkPurl } from './purl.ts'
export { type SignStatementKey, signStatement } from './sign-statement.ts'
export { type ApkProvenance, type EnvironmentPackage, slsaProvenance } from './slsa-apk.ts'
export { type ImageProvenance, imageProvenance } from './slsa-image.ts'
export type { BuilderIdentity, BuildRun } from './slsa-run.ts'
export type { AttestedFile, AttestedSource } from './source.ts'
export { type ImageSpdx, imageSpdx, type SpdxImagePackage } from './spdx-image.ts'
export { type PackageSpdx, packageSpdx } from './spdx-package.ts'
export {
  PREDICATE_SLSA_PROVENANCE,
  PREDICATE_SPDX,
  parseStatement,
  type ResourceDescriptor,
  type Statement,
  spdxStatement,
} from './statement.ts'
export { type VerifiedBundle, verifyBundle } from './verify-bundle.ts'
