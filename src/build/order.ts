// SPDX-License-Identifier: Apache-2.0
import type { ApkData, ApkRecord, ApkSigner } from '../apk/index.ts'
import type { Clock, Digest, Emit, Exec } from '../base/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import type { SandboxLimits, TreeStore } from '../sandbox/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { Variation } from './variation.ts'

/** What it takes to run planned scripts. */
export interface WorkServices {
  readonly exec: Exec
  readonly store: BlobStore
  readonly trees: TreeStore
  /** Where the top layers of environments are kept. */
  readonly topsDirectory: string
  /** Holds nothing but sandboxes: what is left in it by a killed process is swept away. */
  readonly sandboxDirectory: string
  readonly emit: Emit
  readonly clock: Clock
}

export interface BuildServices extends WorkServices {
  readonly signer: ApkSigner
}

/** Where the bytes are that a plan names. */
export interface PlannedBytes {
  /** Datahash of an environment's package → the blob of its apk. */
  readonly packageFiles: ReadonlyMap<Digest, Digest>
  /** A source's place → its blob. */
  readonly sourceFiles: ReadonlyMap<string, Digest>
}

export interface BuildOrder extends PlannedBytes {
  readonly plan: BuildPlan
  /** Under which name its steps are told. */
  readonly task: string
  readonly variation: Variation
  /** For all steps together. */
  readonly timeoutMs: number
  readonly limits?: Partial<SandboxLimits>
}

/** A package that a build made: an apk in the store. */
export interface BuiltApk {
  readonly record: ApkRecord
  /** The blob of the .apk file. */
  readonly file: Digest
  /** sha256 of the data member: the tree, whoever signed it. */
  readonly datahash: Digest
  readonly layout: ApkData
  /** The SPDX document, which the package holds too. */
  readonly sbom: { readonly digest: Digest; readonly sizeBytes: number }
}

/** Why work came to no good end, for whoever wrote the recipe. */
export interface Failure {
  /** The step's label; null when it was no step. */
  readonly step: string | null
  /** Half a sentence: found versus expected. */
  readonly why: string
  readonly fix: string
  /** The line of the output that says best what was wrong. */
  readonly errorLine: string | null
}

export type BuildOutcome =
  | {
      readonly status: 'built'
      /** The main package first. */
      readonly packages: readonly BuiltApk[]
      readonly log: Digest
      readonly durationMs: number
    }
  | ({ readonly status: 'failed'; readonly log: Digest; readonly durationMs: number } & Failure)
