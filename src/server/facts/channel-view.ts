// SPDX-License-Identifier: Apache-2.0
import type { ApkRecord } from '../../apk/index.ts'
import type { Digest } from '../../base/index.ts'
import { compareApkVersions } from '../../versions/index.ts'
import type { ChannelName, ChannelStatus } from '../api.ts'
import type { FactsDatabase } from './database.ts'
import { Providers } from './providers.ts'

/** A package as a channel offers it. */
export interface OfferedPackage {
  /** Of the .apk. */
  readonly file: Digest
  readonly record: ApkRecord
  /** Null for what was not built here. */
  readonly buildKey: string | null
  readonly storedAt: Date
}

/** What a channel offers in one generation, which never changes. */
export class ChannelView {
  /** Null as long as the channel has no index. */
  readonly status: ChannelStatus | null
  readonly offered: ReadonlyMap<Digest, OfferedPackage>
  /** The newest version of each package, by name. */
  readonly newest: ReadonlyMap<string, OfferedPackage>
  /** The plans whose packages are offered. */
  readonly buildKeys: ReadonlySet<string>
  #providers: Providers | undefined

  constructor(status: ChannelStatus | null, offered: ReadonlyMap<Digest, OfferedPackage>) {
    this.status = status
    this.offered = offered
    this.newest = newestOf(offered.values())
    this.buildKeys = new Set([...offered.values()].flatMap(({ buildKey }) => buildKey ?? []))
  }

  /** Who provides what among all that is offered. */
  get providers(): Providers {
    this.#providers ??= new Providers(recordsOf(this.offered), recordsOf(this.newest))
    return this.#providers
  }

  get generation(): number {
    return this.status?.generation ?? 0
  }
}

/** Reads what a channel offers now. Between two readings, only what was published since is read. */
export function openChannelReader(
  database: FactsDatabase,
  channel: ChannelName,
  arch: string,
): () => Promise<ChannelView> {
  let known = new ChannelView(null, new Map())
  return async () => {
    const before = known
    const index = await newestIndex(database, channel, arch)
    if (index === undefined || index.generation <= before.generation) return before
    const changes = await changesSince(database, channel, arch, before.generation, index.generation)
    const offered = new Map(before.offered)
    const isGone = ({ withdrawn }: { readonly withdrawn: number | null }) =>
      withdrawn !== null && withdrawn <= index.generation
    for (const { file } of changes.filter(isGone)) offered.delete(file)
    for (const { withdrawn, ...row } of changes) if (!isGone({ withdrawn })) offered.set(row.file, row)
    const sizeBytes = [...offered.values()].reduce((sum, { record }) => sum + record.sizeBytes, 0)
    const { generation, packages } = index
    const publishedAt = index.published_at.toISOString()
    const view = new ChannelView(
      { name: channel, arch, generation, packages, sizeBytes, publishedAt },
      offered,
    )
    if (view.generation > known.generation) known = view
    return view
  }
}

function newestIndex(database: FactsDatabase, channel: ChannelName, arch: string) {
  return database
    .selectFrom('channel_index')
    .select(['generation', 'packages', 'published_at'])
    .where('channel', '=', channel)
    .where('arch', '=', arch)
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
}

function changesSince(
  database: FactsDatabase,
  channel: ChannelName,
  arch: string,
  since: number,
  generation: number,
) {
  return database
    .selectFrom('channel_apk as member')
    .innerJoin('apk', 'apk.file', 'member.file')
    .select(['apk.file', 'apk.record', 'apk.build_key as buildKey', 'apk.stored_at as storedAt'])
    .select('member.withdrawn_in as withdrawn')
    .where('member.channel', '=', channel)
    .where('member.arch', '=', arch)
    .where('member.admitted_in', '<=', generation)
    .where((is) => is.or([is('member.admitted_in', '>', since), is('member.withdrawn_in', '>', since)]))
    .execute()
}

function newestOf(packages: Iterable<OfferedPackage>): Map<string, OfferedPackage> {
  const newest = new Map<string, OfferedPackage>()
  for (const one of packages) {
    const other = newest.get(one.record.name)
    if (other === undefined || isNewer(one, other)) newest.set(one.record.name, one)
  }
  return newest
}

function recordsOf(packages: ReadonlyMap<unknown, OfferedPackage>): ApkRecord[] {
  return [...packages.values()].map(({ record }) => record)
}

/** By version, then by when it came. */
export function isNewer(a: OfferedPackage, b: OfferedPackage): boolean {
  const order = compareApkVersions(a.record.version, b.record.version)
  return order !== 0 ? order > 0 : a.storedAt > b.storedAt
}

/** The recipe that a package comes from. */
export function originOf({ origin, name }: Pick<ApkRecord, 'origin' | 'name'>): string {
  return origin === '' ? name : origin
}
