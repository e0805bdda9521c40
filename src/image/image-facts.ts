// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'
import type { Descriptor } from '../oci/index.ts'

/** A package of an image, with what an SBOM tells of it. */
export interface ImagePackage {
  readonly name: string
  readonly version: string
  readonly arch: string
  readonly origin: string
  readonly description: string
  readonly license: string
  readonly installedBytes: number
  /** The .apk file. */
  readonly file: Digest
}

export interface ImageLayer {
  readonly descriptor: Descriptor
  /** What fills it, largest first: packages by name, or what belongs to the image itself. */
  readonly filling: readonly { readonly name: string; readonly installedBytes: number }[]
}

/** Of the configuration, what decides how the image runs. */
export interface ImageFacts {
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  readonly user: string
  readonly workingDirectory: string
  readonly environment: readonly string[]
  /** Whether there is a shell in it. */
  readonly shell: boolean
}

/** What is kept of an image as JSON. */
export interface ImageFactsRow {
  readonly config: Descriptor
  readonly manifest: Descriptor
  /** Seconds since 1970: the newest package's. */
  readonly created: number
  readonly facts: ImageFacts
  /** Lowest first. */
  readonly layers: readonly ImageLayer[]
  /** By name. */
  readonly packages: readonly ImagePackage[]
}
