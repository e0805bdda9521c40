// SPDX-License-Identifier: Apache-2.0
import { sql } from 'kysely'
import { type ApkSigner, writeApkIndex } from '../apk/index.ts'
import type { Clock } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import { type OfferedApk, stemOf } from './admission.ts'
import { batchesOf } from './apk-rows.ts'
import type { Channel } from './channel.ts'
import type { RepositoryDatabase } from './tables.ts'
import {
  advanceView,
  type ChannelView,
  type Entry,
  entryOf,
  entryTexts,
  type IndexPointer,
  newestIndex,
  sortedApks,
} from './view.ts'

/** What is asked of a channel: packages that come, `NAME-VERSION`s that go. */
export type Change =
  | { readonly kind: 'admit'; readonly apks: readonly OfferedApk[] }
  | { readonly kind: 'withdraw'; readonly stems: readonly string[]; readonly why: string }

/** The index's own words; apk-tools reads at most 160 bytes of them. */
const describe = (channel: Channel) => `Millrace ${channel}`

/**
 * Carries out changes, in their order, as one new generation of a channel: members, signed index and its row appear together or not at all. Where nothing changes, and the
 * newest index is in the store and signed by the current key, there is no new generation. A channel that never had an index gets one, be it empty.
 *
 * @param known any earlier view; what changed since is read.
 */
export async function publishGeneration(
  f: { database: RepositoryDatabase; blobs: BlobStore; signer: ApkSigner; clock: Clock },
  channel: Channel,
  arch: string,
  known: ChannelView,
  changes: readonly Change[],
): Promise<ChannelView & { readonly published: boolean }> {
  return f.database.transaction().execute(async (transaction) => {
    await lockChannel(transaction, channel, arch)
    const newest = await newestIndex(transaction, channel, arch)
    const before = newest === undefined ? known : await advanceView(transaction, channel, arch, known, newest)
    const { byStem, moves } = applyChanges(before.byStem, changes)
    const isCurrent = moves.length === 0 && newest?.signedBy === f.signer.publicKeyName
    if (newest !== undefined && isCurrent && (await f.blobs.has(newest.digest)))
      return { ...before, published: false }
    const apks = sortedApks(byStem)
    const bytes = await writeApkIndex(entryTexts(apks, byStem), describe(channel), f.signer)
    const { digest } = await f.blobs.putBytes(bytes)
    const index: IndexPointer = {
      digest,
      generation: (newest?.generation ?? 0) + 1,
      packages: apks.length,
      // Two generations are never of one time, whatever the clock does: a time names one generation.
      publishedAt: new Date(Math.max(f.clock.now(), (newest?.publishedAt.getTime() ?? 0) + 1)),
      signedBy: f.signer.publicKeyName,
    }
    await insertIndex(transaction, channel, arch, index)
    await insertMoves(transaction, channel, arch, index.generation, moves)
    return { index, apks, byStem, published: true }
  })
}

/** One publisher at a time for each channel and arch, across processes; ends with the transaction. */
async function lockChannel(transaction: RepositoryDatabase, channel: Channel, arch: string): Promise<void> {
  const name = `millrace repository ${channel}/${arch}`
  await sql`select pg_advisory_xact_lock(hashtextextended(${name}, 0))`.execute(transaction)
}

/** What changes at one name and version. */
interface Move {
  readonly leaves: OfferedApk | undefined
  readonly comes: OfferedApk | undefined
  readonly why: string | null
}

function applyChanges(before: ReadonlyMap<string, Entry>, changes: readonly Change[]) {
  const byStem = new Map(before)
  const reasons = new Map<string, string>()
  for (const change of changes) {
    if (change.kind === 'admit')
      for (const apk of change.apks) {
        const stem = stemOf(apk.record)
        reasons.set(stem, `replaced by ${apk.file}`)
        if (byStem.get(stem)?.apk.file !== apk.file) byStem.set(stem, entryOf(apk))
      }
    else
      for (const stem of change.stems) {
        reasons.set(stem, change.why)
        byStem.delete(stem)
      }
  }
  const moves: Move[] = []
  for (const [stem, why] of reasons) {
    const [leaves, comes] = [before.get(stem)?.apk, byStem.get(stem)?.apk]
    if (leaves?.file !== comes?.file) moves.push({ leaves, comes, why })
  }
  return { byStem, moves }
}

async function insertIndex(
  transaction: RepositoryDatabase,
  channel: Channel,
  arch: string,
  index: IndexPointer,
): Promise<void> {
  await transaction
    .insertInto('channel_index')
    .values({
      channel,
      arch,
      generation: index.generation,
      index_digest: index.digest,
      packages: index.packages,
      signed_by: index.signedBy,
      published_at: index.publishedAt,
    })
    .execute()
}

async function insertMoves(
  transaction: RepositoryDatabase,
  channel: Channel,
  arch: string,
  generation: number,
  moves: readonly Move[],
): Promise<void> {
  for (const { leaves, why } of moves)
    if (leaves !== undefined)
      await transaction
        .updateTable('channel_apk')
        .set({ withdrawn_in: generation, withdrawn_why: why })
        .where('channel', '=', channel)
        .where('arch', '=', arch)
        .where('file', '=', leaves.file)
        .where('withdrawn_in', 'is', null)
        .execute()
  const rows = moves.flatMap(({ comes }) =>
    comes === undefined
      ? []
      : [
          {
            channel,
            arch,
            name: comes.record.name,
            version: comes.record.version,
            file: comes.file,
            admitted_in: generation,
            withdrawn_in: null,
            withdrawn_why: null,
          },
        ],
  )
  for (const batch of batchesOf(rows)) await transaction.insertInto('channel_apk').values(batch).execute()
}
