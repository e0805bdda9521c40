// SPDX-License-Identifier: Apache-2.0
import type { ProgressState } from '../base/index.ts'

/*
 * What the server answers, as types: the web page imports these and nothing else of the server. Every time is ISO 8601 in UTC, every size in bytes,
 * every digest `sha256:…`. Lists are sorted as they are to be shown.
 */

export type ChannelName = 'edge' | 'stable'

/**
 * What the factory knows of the newest plan of a recipe or image. `waiting`: nothing was tried yet, or not all of it. `done`: what it makes is published; whether a second build
 * gave the same is another question, see Reproduced. `failed`: it was not released, for its build, its test or what it needs.
 */
export type WorkState = 'waiting' | 'running' | 'done' | 'failed'

/** `same`: a second, varied build gave the same bytes. `different`: it gave others, or failed. */
export type Reproduced = 'same' | 'different' | 'waiting'

/** GET /api/status */
export interface Status {
  readonly version: string
  readonly startedAt: string
  readonly arch: string
  readonly recipes: number
  /** Packages in the channel now. */
  readonly edge: number
  readonly stable: number
  /** Those that can be pulled. */
  readonly images: number
  readonly running: number
  readonly waiting: number
  /** Recipes and images whose newest attempt failed, or that something keeps from being tried; as many as there are failures. */
  readonly failed: number
  readonly channels: readonly ChannelStatus[]
  /** Newest first. */
  readonly failures: readonly Failure[]
  /** Published packages whose build closure still holds packages of the seed. */
  readonly restingOnSeed: number
}

export interface ChannelStatus {
  readonly name: ChannelName
  readonly arch: string
  /** Grows by one with every publication. */
  readonly generation: number
  readonly packages: number
  readonly sizeBytes: number
  readonly publishedAt: string
}

export interface Failure {
  /** The recipe or image. */
  readonly name: string
  readonly version: string
  readonly purpose: AttemptPurpose
  /** Null for what failed before it had a plan. */
  readonly buildKey: string | null
  readonly step: string | null
  readonly why: string
  readonly at: string
}

/** GET /api/paste: what a person would type next, for the address under which the server was asked. */
export interface PasteLine {
  readonly label: string
  readonly command: string
}

/** GET /api/packages */
export interface PackageSummary {
  readonly name: string
  /** The recipe it comes from; equal to `name` for a main package. */
  readonly origin: string
  readonly description: string
  readonly license: string
  /** The newest published version; the recipe's where nothing was published yet. */
  readonly version: string
  readonly channels: Readonly<Record<ChannelName, string | null>>
  /** Of the apk of `version`; null where nothing was published. */
  readonly sizeBytes: number | null
  readonly builtAt: string | null
  readonly reproduced: Reproduced
  readonly state: WorkState
}

/** GET /api/packages/:name */
export interface PackageDetail extends PackageSummary {
  readonly url: string
  /** The other packages of the same origin. */
  readonly siblings: readonly string[]
  /** Newest first; empty where nothing was published. */
  readonly versions: readonly PackageVersion[]
  /** Published packages that need this one at run time, and recipes that need it to build. */
  readonly dependents: readonly Dependent[]
  /** The newest attempts of its recipe, newest first, published or not. */
  readonly attempts: readonly Attempt[]
}

export interface PackageVersion {
  readonly version: string
  readonly arch: string
  readonly channels: readonly ChannelName[]
  /** Of the whole apk file. */
  readonly digest: string
  readonly sizeBytes: number
  readonly installedBytes: number
  readonly builtAt: string
  /** Such as `/apk/edge/x86_64/zlib-1.3.1-r0.apk`. */
  readonly download: string
  /** '' for what was not built here. */
  readonly buildKey: string
  readonly dependencies: readonly Dependency[]
  /** As in APKINDEX: `so:libz.so.1=1.3.1`, `cmd:…`, `pc:…`. */
  readonly provides: readonly string[]
  readonly sbom: StoredDocument | null
  readonly provenance: StoredDocument | null
  readonly reproduction: Reproduction
  /** Packages of the seed in its build closure. */
  readonly seedPackages: number
}

/** `text` as in APKINDEX; `provider` the package that satisfies it now, null for conflicts and what nothing provides. */
export interface Dependency {
  readonly text: string
  readonly provider: string | null
}

export interface Dependent {
  readonly name: string
  readonly kind: 'runtime' | 'build'
  /** What it asks for: `so:libz.so.1`, `zlib-dev`. */
  readonly wants: string
}

/** A stored document; its bytes are at GET /api/documents/:digest. */
export interface StoredDocument {
  readonly digest: string
  readonly mediaType: string
  readonly sizeBytes: number
}

export interface Reproduction {
  readonly result: Reproduced
  readonly at: string | null
  readonly differences: readonly Difference[]
}

export interface Difference {
  readonly package: string
  readonly file: string
  /** Of the first byte that differs; null where one side has no such file. */
  readonly offset: number | null
  readonly likelyCause: string
}

/** GET /api/images */
export interface ImageSummary {
  readonly name: string
  readonly description: string
  readonly state: WorkState
  /** Newest first; empty where it was never built. */
  readonly tags: readonly string[]
  readonly digest: string | null
  /** Sum of its layers as transferred. */
  readonly sizeBytes: number
  readonly layers: number
  readonly packages: number
  readonly builtAt: string | null
  readonly tested: Verdict
}

export type Verdict = 'passed' | 'failed' | 'waiting'

/** What the facts say of an image. */
export interface ImageDetail extends ImageSummary {
  readonly arch: string
  readonly config: ImageFacts | null
  readonly filling: readonly Layer[]
  readonly contents: readonly ImagePackage[]
  readonly sbom: StoredDocument | null
  readonly provenance: StoredDocument | null
  readonly test: ImageTest | null
  /** Earlier builds, newest first. */
  readonly history: readonly {
    readonly tags: readonly string[]
    readonly digest: string
    readonly builtAt: string
  }[]
  readonly attempts: readonly Attempt[]
}

/** GET /api/images/:name: with what to type to pull its newest tag from the address under which the server was asked. */
export interface ImageAnswer extends ImageDetail {
  readonly pull: readonly PasteLine[]
}

/** Of the OCI image configuration, what decides how it runs. */
export interface ImageFacts {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly user: string
  readonly workingDirectory: string
  readonly environment: readonly string[]
  readonly shell: boolean
}

export interface Layer {
  readonly digest: string
  readonly mediaType: string
  readonly sizeBytes: number
  /** What fills it, largest first: packages by name, or a phrase such as `users, os-release, links`. */
  readonly parts: readonly { readonly name: string; readonly installedBytes: number }[]
}

export interface ImagePackage {
  readonly name: string
  readonly version: string
  readonly license: string
  readonly installedBytes: number
}

export interface ImageTest {
  readonly outcome: Verdict
  readonly at: string
  readonly runtime: string
  readonly cases: readonly {
    readonly name: string
    readonly outcome: Verdict
    readonly durationMs: number
    readonly output: string
  }[]
}

export type AttemptPurpose = 'build' | 'test' | 'reproduce' | 'image'

/** One try at carrying out a plan. Its log is at GET /api/builds/:key/log?attempt=ID. */
export interface Attempt {
  readonly id: number
  /** '' for an image that failed before it had a plan: there is nothing to link to. */
  readonly buildKey: string
  readonly version: string
  readonly purpose: AttemptPurpose
  readonly outcome: 'passed' | 'failed'
  readonly startedAt: string
  readonly durationMs: number
  /** The step that failed, by its label. */
  readonly step: string | null
  readonly why: string | null
  readonly explanation: FailureExplanation | null
}

/** What is known of a failed attempt beyond what it said. */
export interface FailureExplanation {
  /** Where in which recipe, what kind of failure, what is missing and who has it, the last good build and what changed since. */
  readonly lines: readonly string[]
  readonly fix: string
  /** The command that opens its sandbox at the failing step; null when that was not kept. */
  readonly enter: string | null
}

/**
 * GET /api/builds/:key, where key is a whole build key or its first twelve or more hex digits. An image's plan is a build too: `recipe` is the image, `environment` the packages it is
 * made of.
 */
export interface BuildDetail {
  readonly key: string
  readonly recipe: string
  readonly version: string
  readonly arch: string
  readonly plannedAt: string
  /** Newest first. */
  readonly attempts: readonly Attempt[]
  readonly packages: readonly string[]
  /** `digest` is '' where none is known, as of a git tag. */
  readonly sources: readonly { readonly uri: string; readonly digest: string }[]
  readonly environment: readonly {
    readonly name: string
    readonly version: string
    readonly from: 'seed' | 'distro'
  }[]
}

/** GET /api/graph: recipes and images, and who needs whom. */
export interface DistroGraph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

export interface GraphNode {
  /** The recipe's name; an image's is `image:NAME`. */
  readonly id: string
  readonly kind: 'recipe' | 'image'
  readonly version: string
  readonly state: WorkState
  readonly packages: readonly string[]
}

/** `from` needs `to`. */
export interface GraphEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'build' | 'runtime'
}

/** GET /api/progress: everything the reducer knows; the stream goes on from its `seq` at GET /api/events?after=SEQ. */
export type Progress = ProgressState

/** The body of every answer that is an error. */
export interface ErrorBody {
  readonly code: string
  readonly what: string
  readonly why: string
  readonly fix: string
}
