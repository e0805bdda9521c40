// SPDX-License-Identifier: Apache-2.0
import type { ApkSigner } from '../apk/index.ts'
import { type Clock, type Emit, present } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { Channel } from './channel.ts'
import { coalesce } from './coalesce.ts'
import { type Change, publishGeneration } from './publication.ts'
import type { RepositoryDatabase } from './tables.ts'
import { advanceView, type ChannelView, EMPTY_VIEW, type IndexPointer, newestIndex } from './view.ts'

export interface ChannelServices {
  readonly database: RepositoryDatabase
  readonly blobs: BlobStore
  readonly signer: ApkSigner
  readonly clock: Clock
  readonly emit: Emit
}

/** One channel for one arch, as this process knows it: the last view it saw, and the changes that wait to be published together. */
export class OpenChannel {
  readonly change: (change: Change) => Promise<IndexPointer>
  readonly #f: ChannelServices
  readonly #channel: Channel
  readonly #arch: string
  #known: ChannelView = EMPTY_VIEW

  constructor(f: ChannelServices, channel: Channel, arch: string) {
    this.#f = f
    this.#channel = channel
    this.#arch = arch
    this.change = coalesce((changes) => this.#publish(changes))
  }

  /** The newest view. What other processes published since the last one is read; the rest is known. */
  async view(): Promise<ChannelView> {
    const newest = await newestIndex(this.#f.database, this.#channel, this.#arch)
    if (newest === undefined) return EMPTY_VIEW
    return this.#remember(await advanceView(this.#f.database, this.#channel, this.#arch, this.#known, newest))
  }

  async #publish(changes: readonly Change[]): Promise<IndexPointer> {
    const { published, ...view } = await publishGeneration(
      this.#f,
      this.#channel,
      this.#arch,
      this.#known,
      changes,
    )
    const index = present(view.index, 'a publication leaves an index')
    if (published)
      this.#f.emit({
        type: 'index.published',
        channel: this.#channel,
        arch: this.#arch,
        packages: index.packages,
        digest: index.digest,
      })
    this.#remember(view)
    return index
  }

  /** Keeps the newer of two views: a reader may come back after a publication that overtook it. */
  #remember(view: ChannelView): ChannelView {
    if ((view.index?.generation ?? 0) > (this.#known.index?.generation ?? 0)) this.#known = view
    return view
  }
}
