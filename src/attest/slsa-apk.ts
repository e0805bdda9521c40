// SPDX-License-Identifier: Apache-2.0
import { type Digest, digestHex } from '../base/index.ts'
import { apkPurl } from './purl.ts'
import { type BuildRun, fileDescriptor, runDetails, sortedDescriptors, sourceDescriptor } from './slsa-run.ts'
import type { AttestedFile, AttestedSource } from './source.ts'
import {
  type AttestedSubject,
  makeStatement,
  PREDICATE_SLSA_PROVENANCE,
  type ResourceDescriptor,
  type Statement,
} from './statement.ts'

/** A package that a build ran with. */
export interface EnvironmentPackage {
  readonly namespace: string
  readonly name: string
  readonly version: string
  readonly arch: string
  /** Of its data member, the tree that it unpacks to: what a plan knows. */
  readonly datahash: Digest
  /** Of the whole .apk file, when it is known. */
  readonly file?: Digest | undefined
  /** `seed` comes from outside; `distro` was built here. */
  readonly from: 'seed' | 'distro'
}

/** How the compilers of a build were told to compile, beyond what its own files say. */
export interface AttestedCompilerOptions {
  /** The package of the environment with the default options; undefined when it has none. */
  readonly from: Pick<EnvironmentPackage, 'name' | 'version' | 'datahash'> | undefined
  /** Where the recipe goes without them, and by what it says so. */
  readonly optOuts: readonly { readonly at: string; readonly by: string }[]
}

export interface ApkProvenance {
  /** Every apk of the build: its file name, and the digest of the whole file. */
  readonly subjects: readonly AttestedSubject[]
  /** The distribution, such as `wolfi`. */
  readonly namespace: string
  /** Of the main package. */
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly recipe: AttestedFile
  readonly buildKey: Digest
  readonly sourceDateEpoch: number
  readonly sources: readonly AttestedSource[]
  /** Patches and the like, from beside the recipe. */
  readonly files: readonly AttestedFile[]
  readonly environment: readonly EnvironmentPackage[]
  readonly compilerOptions: AttestedCompilerOptions
  readonly run: BuildRun
}

export const APK_BUILD_TYPE = 'https://millrace.dev/build/v1'

/**
 * SLSA v1.0 provenance of one build: from what, with which packages around it, by whom. `internalParameters.environment` counts how many of those packages rest on the seed;
 * `internalParameters.compilerOptions` is the set of default options that compilers got, null for none, and `externalParameters.compilerOptOuts` what the recipe took back of it: a
 * verifier that wants none asks for an empty list.
 */
export function slsaProvenance(input: ApkProvenance): Statement {
  const { namespace, name, version, arch, environment, compilerOptions } = input
  return makeStatement(input.subjects, PREDICATE_SLSA_PROVENANCE, {
    buildDefinition: {
      buildType: APK_BUILD_TYPE,
      externalParameters: {
        ...{ recipe: fileDescriptor(input.recipe), namespace, name, version, arch },
        compilerOptOuts: compilerOptions.optOuts.map(({ at, by }) => ({ at, by })),
      },
      internalParameters: {
        buildKey: input.buildKey,
        sourceDateEpoch: input.sourceDateEpoch,
        environment: {
          packages: environment.length,
          fromSeed: environment.filter(({ from }) => from === 'seed').length,
        },
        compilerOptions: optionsDescriptor(compilerOptions),
      },
      resolvedDependencies: [
        ...sortedDescriptors([fileDescriptor(input.recipe), ...input.files.map(fileDescriptor)]),
        ...sortedDescriptors(input.sources.map(sourceDescriptor)),
        ...sortedDescriptors(environment.map(packageDescriptor)),
      ],
    },
    runDetails: runDetails(input.run),
  })
}

function optionsDescriptor({ from }: AttestedCompilerOptions) {
  if (from === undefined) return null
  return { name: from.name, version: from.version, digest: { apkDatahash: digestHex(from.datahash) } }
}

/** `sha256` is of the file. What was unpacked is known by its data member, whoever signed the file, and that digest has a name of its own. */
function packageDescriptor(one: EnvironmentPackage): ResourceDescriptor {
  return {
    name: one.name,
    uri: apkPurl(one),
    digest: {
      ...(one.file === undefined ? {} : { sha256: digestHex(one.file) }),
      apkDatahash: digestHex(one.datahash),
    },
    annotations: { from: one.from },
  }
}
