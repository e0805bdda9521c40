// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../base/index.ts'
import type { ExpandedStep } from './compile-step.ts'
import type { PackageOptions, PackageScriptlets, RecipeFile, UpdateFile } from './schema.ts'

export interface ExpandedDependencies {
  readonly runtime: readonly string[]
  readonly provides: readonly string[]
  readonly replaces: readonly string[]
  /** 0 when not given. */
  readonly providerPriority: number
  readonly replacesPriority: number
}

export interface ExpandedTest {
  /** Packages of the test's environment beside the package itself: its own, and its steps' needs. */
  readonly packages: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly steps: readonly ExpandedStep[]
  readonly sources: readonly ExpandedSource[]
  /** The user that runs it, by name or number; '' leaves the choice. */
  readonly runAs: string
}

/** One package that a recipe makes. */
export interface ExpandedPackage {
  readonly name: string
  readonly isMain: boolean
  readonly description: string
  readonly url: string
  readonly commit: string
  readonly dependencies: ExpandedDependencies
  /** The provider-priority as it is written, `0` too; '' when it is not. */
  readonly priorityText: string
  readonly options: PackageOptions
  readonly scriptlets: PackageScriptlets
  readonly checksDisabled: readonly string[]
  readonly setcap: RecipeFile['package']['setcap']
  readonly steps: readonly ExpandedStep[]
}

/** A source as a step asks for it. Digests are lower-case hex, '' when not given. */
export type ExpandedSource =
  | {
      readonly kind: 'fetch'
      readonly uri: string
      readonly sha256: string
      readonly sha512: string
      readonly at: Location | undefined
    }
  | {
      readonly kind: 'git'
      readonly repository: string
      readonly tag: string
      readonly branch: string
      readonly commit: string
      /** Everything git-checkout is told, depth, cherry-picks and submodules among it. */
      readonly inputs: Readonly<Record<string, string>>
      readonly at: Location | undefined
    }

/** A recipe with everything said out: what is built, in which environment, from which sources. */
export interface ExpandedRecipe {
  readonly file: string
  readonly name: string
  readonly version: string
  readonly epoch: number
  /** `version-rEPOCH` */
  readonly fullVersion: string
  readonly arch: string
  readonly copyright: RecipeFile['package']['copyright']
  readonly cpe: RecipeFile['package']['cpe']
  /** Empty: all. */
  readonly targetArchitectures: readonly string[]
  readonly resources: RecipeFile['package']['resources']
  readonly testResources: RecipeFile['package']['test-resources']
  /** As in 1h30m; '' when not given. */
  readonly timeout: string
  readonly capabilities: RecipeFile['capabilities']
  readonly environment: {
    /** Sorted, each once: the recipe's own and what its steps need. */
    readonly packages: readonly string[]
    readonly variables: Readonly<Record<string, string>>
    readonly repositories: readonly string[]
    readonly runAs: string
  }
  /** What a build fetches. */
  readonly sources: readonly ExpandedSource[]
  /** What the recipe names: beside its sources those of steps whose `if` does not hold, such as another architecture's. */
  readonly namedSources: readonly ExpandedSource[]
  /** The main package first. */
  readonly packages: readonly ExpandedPackage[]
  /** By package name; packages without a test are not there. */
  readonly tests: ReadonlyMap<string, ExpandedTest>
  readonly update: UpdateFile
}
