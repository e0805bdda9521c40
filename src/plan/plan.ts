// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, type Digest, digestOf, type Json } from '../base/index.ts'
import type { ExpandedPackage, ExpandedSource } from '../recipe/index.ts'

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

/**
 * Everything that can change the bytes of a build, and nothing else: equal plans give equal packages. Where things are fetched from, who signs, what the recipe
 * file looks like and how it is tested are not part of it.
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
  /** The main package first, then subpackages in the recipe's order, each with its steps fully substituted. */
  readonly packages: readonly ExpandedPackage[]
  readonly sources: readonly ExpandedSource[]
  readonly files: readonly PlannedFile[]
  /** In install order: a later package's files stand over an earlier one's. */
  readonly environment: readonly PlannedPackage[]
  readonly variables: Readonly<Record<string, string>>
  readonly sourceDateEpoch: number
}

/** Raised whenever the builder itself would make other bytes from the same plan. */
export const BUILDER_VERSION = '1'

export function formatPlan(plan: BuildPlan): string {
  return canonicalJson(plan as unknown as Json)
}

export function buildKey(plan: BuildPlan): BuildKey {
  return digestOf(formatPlan(plan)) as BuildKey
}

/** The twelve hex digits by which people and file names tell builds apart. */
export function shortKey(key: string): string {
  return key.replace(/^sha256:/, '').slice(0, 12)
}
