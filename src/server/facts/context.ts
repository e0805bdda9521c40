// SPDX-License-Identifier: Apache-2.0
import type { ProgressState } from '../../base/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { ChannelName } from '../api.ts'
import type { ChannelView } from './channel-view.ts'
import type { FactsDatabase } from './database.ts'
import type { OutlinedDistro, OutlineShelf } from './outline.ts'

/** An image that the distro defines. */
export interface NamedImage {
  readonly name: string
  readonly description: string
}

/** What all answers are made of. */
export interface FactsContext {
  readonly database: FactsDatabase
  readonly store: BlobStore
  readonly arch: string
  readonly images: readonly NamedImage[]
  readonly distro: OutlinedDistro
  readonly running: () => ProgressState
  readonly outlines: OutlineShelf
  /** What a channel offers now. */
  channel(name: ChannelName): Promise<ChannelView>
}
