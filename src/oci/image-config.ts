// SPDX-License-Identifier: Apache-2.0
import type { Digest } from '../base/index.ts'
import { type Document, writeDocument } from './descriptor.ts'
import { OCI_CONFIG } from './media-types.ts'

/** How a container of an image starts (config.md, "config"). */
export interface RunConfig {
  readonly User?: string
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Volumes?: Readonly<Record<string, Readonly<Record<string, never>>>>
  readonly WorkingDir?: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
}

export interface History {
  readonly created?: string
  readonly author?: string
  readonly created_by?: string
  readonly comment?: string
  readonly empty_layer?: boolean
}

/** An image's configuration: its digest is the image's ID (OCI image spec, config.md). */
export interface ImageConfig {
  readonly created?: string
  readonly author?: string
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  readonly config?: RunConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly History[]
}

export function writeConfig(config: ImageConfig): Document {
  return writeDocument(config, OCI_CONFIG)
}
