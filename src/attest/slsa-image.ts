// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestHex } from '../base/index.ts'
import { apkPurl } from './purl.ts'
import { type BuildRun, fileDescriptor, runDetails, sortedDescriptors } from './slsa-run.ts'
import type { AttestedFile } from './source.ts'
import {
  type AttestedSubject,
  makeStatement,
  PREDICATE_SLSA_PROVENANCE,
  type Statement,
} from './statement.ts'

export interface ImageProvenance {
  /** Manifests or the index: a name without tag, and the digest of the bytes. */
  readonly subjects: readonly AttestedSubject[]
  readonly name: string
  /** In OCI's words: `amd64`. */
  readonly ociArchs: readonly string[]
  readonly definition: AttestedFile
  /** Names the image's inputs, as a build key does a package's. */
  readonly imageKey: Digest
  /** Seconds since 1970: the image's `created`. */
  readonly created: number
  /** What the definition's wishes were resolved to. */
  readonly packages: readonly {
    readonly namespace: string
    readonly name: string
    readonly version: string
    readonly arch: string
    readonly origin: string
    /** Of the whole .apk file. */
    readonly file: Digest
  }[]
  readonly run: BuildRun
}

export const IMAGE_BUILD_TYPE = 'https://millrace.dev/image/v1'

/** SLSA v1.0 provenance of an image: its definition, and the file of each package in it. */
export function imageProvenance(input: ImageProvenance): Statement {
  const packages = input.packages.map((one) => ({
    name: one.name,
    uri: apkPurl(one),
    digest: { sha256: digestHex(one.file) },
  }))
  return makeStatement(input.subjects, PREDICATE_SLSA_PROVENANCE, {
    buildDefinition: {
      buildType: IMAGE_BUILD_TYPE,
      externalParameters: {
        definition: fileDescriptor(input.definition),
        name: input.name,
        architectures: input.ociArchs.toSorted(),
      },
      internalParameters: { imageKey: input.imageKey, created: input.created },
      resolvedDependencies: [fileDescriptor(input.definition), ...sortedDescriptors(packages)],
    },
    runDetails: runDetails(input.run),
  })
}
