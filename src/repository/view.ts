// SPDX-License-Identifier: Apache-2.0
import { formatApkRecord } from '../apk/index.ts'
import type { Digest } from '../base/index.ts'
import { compareApkVersions } from '../versions/index.ts'
import { type OfferedApk, stemOf } from './admission.ts'
import type { Channel } from './channel.ts'
import type { RepositoryDatabase } from './tables.ts'

/** One published index of a channel. */
export interface IndexPointer {
  /** The blob of `APKINDEX.tar.gz`. */
  readonly digest: Digest
  /** Counts from 1 in each channel and arch. */
  readonly generation: number
  readonly packages: number
  readonly publishedAt: Date
  /** The public key's file name. */
  readonly signedBy: string
}

/** What a channel offers in one generation: every package, by name, then oldest version first. */
export interface ChannelView {
  readonly index: IndexPointer | undefined
  readonly apks: readonly OfferedApk[]
  /** By `NAME-VERSION`. */
  readonly byStem: ReadonlyMap<string, Entry>
}

/** A package and its entry in the index. */
export interface Entry {
  readonly apk: OfferedApk
  readonly text: string
}

export const EMPTY_VIEW: ChannelView = { index: undefined, apks: [], byStem: new Map() }

/** In the order of an index. */
export function sortedApks(byStem: ReadonlyMap<string, Entry>): OfferedApk[] {
  return [...byStem.values()].map(({ apk }) => apk).sort(byNameThenVersion)
}

export function entryOf(apk: OfferedApk): Entry {
  return { apk, text: formatApkRecord(apk.record) }
}

/** The texts of an index, in its order. */
export function entryTexts(apks: readonly OfferedApk[], byStem: ReadonlyMap<string, Entry>): string[] {
  return apks.map(({ record }) => byStem.get(stemOf(record))?.text ?? '')
}

/** The newest index of a channel, or the one that readers saw at a time; undefined when there was none. */
export async function newestIndex(
  database: RepositoryDatabase,
  channel: Channel,
  arch: string,
  at?: Date,
): Promise<IndexPointer | undefined> {
  const indexes = database
    .selectFrom('channel_index')
    .selectAll()
    .where('channel', '=', channel)
    .where('arch', '=', arch)
  const row = await (at === undefined ? indexes : indexes.where('published_at', '<=', at))
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
  return (
    row && {
      digest: row.index_digest,
      generation: row.generation,
      packages: row.packages,
      publishedAt: row.published_at,
      signedBy: row.signed_by,
    }
  )
}

/** The view of `index`, from an older one and what changed since. */
export async function advanceView(
  database: RepositoryDatabase,
  channel: Channel,
  arch: string,
  from: ChannelView,
  index: IndexPointer,
): Promise<ChannelView> {
  const { generation } = index
  const since = from.index?.generation ?? 0
  if (since >= generation) return from
  const rows = await database
    .selectFrom('channel_apk as member')
    .innerJoin('apk', 'apk.file', 'member.file')
    .select([
      'apk.file',
      'apk.datahash',
      'apk.record',
      'apk.build_key as buildKey',
      'member.admitted_in as admitted',
      'member.withdrawn_in as withdrawn',
    ])
    .where('member.channel', '=', channel)
    .where('member.arch', '=', arch)
    .where('member.admitted_in', '<=', generation)
    .where((is) => is.or([is('member.admitted_in', '>', since), is('member.withdrawn_in', '>', since)]))
    .execute()
  const byStem = new Map(from.byStem)
  const left = ({ withdrawn }: { withdrawn: number | null }) => withdrawn !== null && withdrawn <= generation
  for (const row of rows.filter(left)) byStem.delete(stemOf(row.record))
  for (const { file, datahash, record, buildKey, ...row } of rows)
    if (!left(row)) byStem.set(stemOf(record), entryOf({ file, datahash, record, buildKey }))
  return { index, apks: sortedApks(byStem), byStem }
}

function byNameThenVersion({ record: a }: OfferedApk, { record: b }: OfferedApk): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return compareApkVersions(a.version, b.version) || (a.version < b.version ? -1 : 1)
}
