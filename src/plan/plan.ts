// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, type Digest, digestOf, type Json } from '../base/index.ts'
import type { ExpandedPackage } from '../recipe/index.ts'

/** Names a build's result before it exists: the digest of the plan's canonical JSON. */
export type BuildKey = Digest & { readonly __plan: 'BuildKey' }

/** One package of an environment. `datahash` is the sha256 of its data member: the tree it unpacks to, whoever signed it. */
export interface PlannedPackage {
  readonly name: string
  readonly version: string
  readonly datahash: Digest
  /** `seed` comes from outside and is never published; `distro` was built here. */
  readonly from: 'seed' | 'distro'
}

/** A file beside the recipe (a patch, a unit file), which steps find in the workspace. */
export interface PlannedFile {
  readonly path: string
  readonly digest: Digest
  readonly executable: boolean
}

/** A source, and its place below `/var/cache/melange`, where steps find it. */
export interface PlannedSource {
  readonly kind: 'fetch' | 'git'
  /** Where upstream has it: it stands in the package's SBOM. */
  readonly uri: string
  readonly place: string
  /** Lower-case hexadecimal; '' when the recipe does not give it. */
  readonly sha256: string
  readonly sha512: string
  /** What git-checkout is told of what must be there, the expected commit among it; empty for a fetch. */
  readonly inputs: Readonly<Record<string, string>>
}

/** A shell script that is run as it stands, by `/bin/sh -c`. */
export interface PlannedScript {
  readonly label: string
  readonly script: string
  readonly environment: Readonly<Record<string, string>>
}

/** One package that the build makes. */
export type PlannedOutput = Pick<
  ExpandedPackage,
  'name' | 'isMain' | 'description' | 'url' | 'commit' | 'dependencies' | 'options' | 'scriptlets' | 'setcap'
> & {
  /** Run in this order, after those of the packages before. */
  readonly scripts: readonly PlannedScript[]
}

/**
 * Everything that can change the bytes of a build, and nothing else: equal plans give equal packages. Who signs, how the recipe is laid out, how it is tested and how
 * long it may take are not part of it.
 */
export interface BuildPlan {
  readonly kind: 'https://millrace.dev/build-plan/v1'
  readonly builder: { readonly name: 'millrace'; readonly version: string }
  readonly arch: string
  readonly namespace: string
  readonly recipe: {
    readonly name: string
    readonly version: string
    readonly epoch: number
    readonly fullVersion: string
  }
  /** An SPDX expression; '' when the recipe names no licence. */
  readonly license: string
  /** The main package first, then subpackages in the recipe's order, each with its steps fully substituted. */
  readonly packages: readonly PlannedOutput[]
  readonly sources: readonly PlannedSource[]
  readonly files: readonly PlannedFile[]
  /** In install order: a later package's files stand over an earlier one's. */
  readonly environment: readonly PlannedPackage[]
  readonly variables: Readonly<Record<string, string>>
  readonly sourceDateEpoch: number
  /** A directory of documentation → the package that a `-doc` package with files in it needs. */
  readonly documentationReaders: Readonly<Record<string, string>>
}

/** Raised whenever the builder itself would make other bytes from the same plan. */
export const BUILDER_VERSION = '2'

export function formatPlan(plan: BuildPlan): string {
  return canonicalJson(plan as unknown as Json)
}

export function buildKey(plan: BuildPlan): BuildKey {
  return digestOf(formatPlan(plan)) as BuildKey
}

/** How packages are tested: in an environment of their own each, beside what they need at run time. */
export interface TestPlan {
  readonly kind: 'https://millrace.dev/test-plan/v1'
  /** The build whose packages are tested. */
  readonly build: BuildKey
  readonly tests: readonly PlannedTest[]
  readonly files: readonly PlannedFile[]
}

export interface PlannedTest {
  readonly package: string
  /** In install order, the tested package among them. */
  readonly environment: readonly PlannedPackage[]
  readonly variables: Readonly<Record<string, string>>
  readonly scripts: readonly PlannedScript[]
  readonly sources: readonly PlannedSource[]
  /** The user that runs it, by name or number; '' leaves the choice. */
  readonly runAs: string
}

/** Names what a test would say before it is run. */
export function testKey(plan: TestPlan): Digest {
  return digestOf(canonicalJson(plan as unknown as Json))
}

/** The twelve hex digits by which people and file names tell builds apart. */
export function shortKey(key: string): string {
  return key.replace(/^sha256:/, '').slice(0, 12)
}
