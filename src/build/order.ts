// SPDX-License-Identifier: Apache-2.0
import type { ApkData, ApkRecord, ApkSigner } from '../apk/index.ts'
import type { Clock, Digest, Emit, Exec } from '../base/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import type { SandboxLimits, TreeStore } from '../sandbox/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { FailureClass } from './failure/failure-class.ts'
import type { Wanted } from './failure/fault-finder.ts'
import type { FailedBuildsSetting } from './failure/snapshot.ts'
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
  /** Where the sandboxes of what failed are kept to be entered again; without it they are removed. */
  readonly failedBuilds?: FailedBuildsSetting
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

/** What the license files of a workspace say about a recipe's licenses. */
export interface LicenseOpinion {
  /** For the build log. */
  readonly lines: readonly string[]
  /** An SPDX expression where there is no doubt; null leaves it open. */
  readonly concluded: string | null
}

/** What whoever ordered a build thinks of its packages. */
export interface PackageOpinion {
  /** For the build log. */
  readonly lines: readonly string[]
  /** Why the build fails because of them; null when it does not. */
  readonly failure: Failure | null
}

export interface BuildOrder extends PlannedBytes {
  readonly plan: BuildPlan
  /** Under which name its steps are told. */
  readonly task: string
  readonly variation: Variation
  /** For all steps together. */
  readonly timeoutMs: number
  readonly limits?: Partial<SandboxLimits>
  /** Looks at the workspace, a directory of the host, when all steps have passed; without it the licenses are as the recipe says. */
  readonly judgeLicenses?: (workspace: string) => Promise<LicenseOpinion>
  /** Looks at the packages, which are in the store, when all are packed. */
  readonly judgePackages?: (packages: readonly BuiltApk[]) => Promise<PackageOpinion>
  /** Where each script stands, in order; [] leaves it unsaid. */
  readonly trails?: readonly StepTrail[]
  /** The recipe's file: an absolute path. */
  readonly recipeFile?: string
}

/** Where a script stands: its step in the recipe, then the step of the pipeline that this one uses, and so on. The last one is the step itself. */
export type StepTrail = readonly StepPlace[]

export interface StepPlace {
  /** '' when nobody gave it a name. */
  readonly label: string
  readonly uses: string | null
  /** As in `distro/packages/zlib.yaml:12:5`; null when it is not known. */
  readonly at: string | null
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
  readonly class: FailureClass
  /** What a program missed. */
  readonly wanted: Wanted | null
  /** Which of the scripts failed, counted from 0 over all of them; null when it was none. */
  readonly script: number | null
  /** Where that script stands; [] when it is not known. */
  readonly trail: StepTrail
  /** Under which name its sandbox is kept; null when it is not. */
  readonly snapshot: string | null
}

/** A failure of no step: nothing of it is known but why. */
export function failureOf(why: string, fix: string, of: FailureClass = 'recipe'): Failure {
  return {
    ...{ step: null, why, fix, errorLine: null, class: of },
    ...{ wanted: null, script: null, trail: [], snapshot: null },
  }
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
