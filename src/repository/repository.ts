// SPDX-License-Identifier: Apache-2.0
import type { ApkData, ApkSigner } from '../apk/index.ts'
import { type Clock, type Digest, type Emit, MillraceError, nearestName } from '../base/index.ts'
import type { BlobStore, Database } from '../store/index.ts'
import { checkIncoming, type IncomingApk, type OfferedApk, refuseSeed } from './admission.ts'
import { addApks, layoutsOf, seedFilesAmong } from './apk-rows.ts'
import type { Channel } from './channel.ts'
import { findApkAt } from './history.ts'
import { type ChannelServices, OpenChannel } from './open-channel.ts'
import { withRepositoryTables } from './tables.ts'
import { type IndexPointer, newestIndex } from './view.ts'

export interface RepositoryServices {
  readonly database: Database
  readonly blobs: BlobStore
  readonly signer: ApkSigner
  readonly clock: Clock
  readonly emit: Emit
}

/** The apk repository: its channels, each with an index for each arch. Every method may be called from many places at once, in many processes. */
export interface ApkRepository {
  /**
   * Offers packages. Readers see the old index or the new one with all of them. A package that is there already changes nothing; another file of the same name and version
   * takes its place. With no packages, makes sure that there is an index, signed by the current key.
   *
   * @throws MillraceError ADMISSION_REFUSED, BLOB_MISSING; then none of them is offered.
   */
  publish(channel: Channel, arch: string, apks: readonly IncomingApk[]): Promise<IndexPointer>
  /** Offers in `to` what `from` offers now. @param files the packages' digests. @throws MillraceError NOT_FOUND, ADMISSION_REFUSED */
  promote(from: Channel, to: Channel, arch: string, files: readonly Digest[]): Promise<IndexPointer>
  /** Takes packages out of the index; they stay in the store and in the channel's past. @param stems `NAME-VERSION`. @throws MillraceError NOT_FOUND */
  withdraw(channel: Channel, arch: string, stems: readonly string[], why: string): Promise<IndexPointer>
  /** The newest index, or the newest at a time; undefined when there was none. */
  currentIndex(channel: Channel, arch: string, at?: Date): Promise<IndexPointer | undefined>
  /** Everything the newest index offers, by name, then oldest version first. The same array as long as nothing is published. */
  packages(channel: Channel, arch: string): Promise<readonly OfferedApk[]>
  /** The package of a file name, `NAME-VERSION.apk`, that the newest index offers, or the newest at a time. */
  findApk(channel: Channel, arch: string, fileName: string, at?: Date): Promise<OfferedApk | undefined>
  /** Where in packages' data members the parts are that an image layer takes over; a package that others wrote is left out. */
  layouts(files: readonly Digest[]): Promise<ReadonlyMap<Digest, ApkData>>
}

export function openRepository(services: RepositoryServices): ApkRepository {
  return new PostgresRepository(services)
}

class PostgresRepository implements ApkRepository {
  readonly #f: ChannelServices
  readonly #channels = new Map<string, OpenChannel>()

  constructor(services: RepositoryServices) {
    this.#f = { ...services, database: withRepositoryTables(services.database) }
  }

  async publish(channel: Channel, arch: string, apks: readonly IncomingApk[]): Promise<IndexPointer> {
    await checkIncoming(this.#f, channel, arch, apks)
    await this.#keepSeedApart(channel, apks)
    await addApks(this.#f, apks)
    return this.#open(channel, arch).change({ kind: 'admit', apks })
  }

  async promote(from: Channel, to: Channel, arch: string, files: readonly Digest[]): Promise<IndexPointer> {
    const offered = new Map((await this.packages(from, arch)).map((apk) => [apk.file, apk]))
    const apks = files.map((file) => {
      const apk = offered.get(file)
      if (apk === undefined)
        throw notOffered(
          `promoting ${file} from ${from} to ${to}`,
          `${from} does not offer it for ${arch} now`,
        )
      return apk
    })
    await this.#keepSeedApart(to, apks)
    return this.#open(to, arch).change({ kind: 'admit', apks })
  }

  async withdraw(
    channel: Channel,
    arch: string,
    stems: readonly string[],
    why: string,
  ): Promise<IndexPointer> {
    const { byStem } = await this.#open(channel, arch).view()
    for (const stem of stems) {
      if (byStem.has(stem)) continue
      const near = nearestName(stem, byStem.keys())
      const hint = near === undefined ? '' : `; the nearest is ${near}`
      throw notOffered(
        `withdrawing ${stem} from ${channel}`,
        `${channel} does not offer it for ${arch}${hint}`,
      )
    }
    return this.#open(channel, arch).change({ kind: 'withdraw', stems, why })
  }

  async currentIndex(channel: Channel, arch: string, at?: Date): Promise<IndexPointer | undefined> {
    return newestIndex(this.#f.database, channel, arch, at)
  }

  async packages(channel: Channel, arch: string): Promise<readonly OfferedApk[]> {
    return (await this.#open(channel, arch).view()).apks
  }

  async findApk(
    channel: Channel,
    arch: string,
    fileName: string,
    at?: Date,
  ): Promise<OfferedApk | undefined> {
    if (!fileName.endsWith('.apk')) return undefined
    const stem = fileName.slice(0, -'.apk'.length)
    if (at !== undefined) return findApkAt(this.#f.database, channel, arch, stem, at)
    return (await this.#open(channel, arch).view()).byStem.get(stem)?.apk
  }

  async layouts(files: readonly Digest[]): Promise<ReadonlyMap<Digest, ApkData>> {
    return layoutsOf(this.#f.database, files)
  }

  /** What ever was seed stays in the seed's channel. */
  async #keepSeedApart(channel: Channel, apks: readonly OfferedApk[]): Promise<void> {
    if (channel !== 'seed') refuseSeed(channel, apks, await seedFilesAmong(this.#f.database, apks))
  }

  #open(channel: Channel, arch: string): OpenChannel {
    const key = `${channel}/${arch}`
    const open = this.#channels.get(key) ?? new OpenChannel(this.#f, channel, arch)
    this.#channels.set(key, open)
    return open
  }
}

function notOffered(what: string, why: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what,
    why,
    fix: 'run millrace status to see what each channel offers',
  })
}
