// SPDX-License-Identifier: Apache-2.0
import type { ApkData } from '../apk/index.ts'
import type { Clock, Digest } from '../base/index.ts'
import type { IncomingApk, OfferedApk } from './admission.ts'
import type { RepositoryDatabase } from './tables.ts'

/** Notes packages as known. The same file is known once: a second note of it says nothing new. */
export async function addApks(
  f: { database: RepositoryDatabase; clock: Clock },
  apks: readonly IncomingApk[],
): Promise<void> {
  const rows = apks.map(({ file, datahash, record, layout, buildKey }) => ({
    file,
    name: record.name,
    version: record.version,
    arch: record.arch,
    origin: record.origin,
    datahash,
    size_bytes: record.sizeBytes,
    record: JSON.stringify(record),
    layout: layout === null ? null : JSON.stringify(layout),
    build_key: buildKey,
    stored_at: new Date(f.clock.now()),
  }))
  for (const batch of batchesOf(rows))
    await f.database
      .insertInto('apk')
      .values(batch)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
}

/** Which of these packages were ever in the seed's channel. */
export async function seedFilesAmong(
  database: RepositoryDatabase,
  apks: readonly OfferedApk[],
): Promise<ReadonlySet<Digest>> {
  if (apks.length === 0) return new Set()
  const rows = await database
    .selectFrom('channel_apk')
    .select('file')
    .distinct()
    .where('channel', '=', 'seed')
    .where('file', '=', ({ fn, val }) => fn('any', [val(apks.map(({ file }) => file))]))
    .execute()
  return new Set(rows.map(({ file }) => file))
}

export async function layoutsOf(
  database: RepositoryDatabase,
  files: readonly Digest[],
): Promise<ReadonlyMap<Digest, ApkData>> {
  const rows = await database
    .selectFrom('apk')
    .select(['file', 'layout'])
    .where('file', '=', ({ fn, val }) => fn('any', [val(files)]))
    .where('layout', 'is not', null)
    .execute()
  return new Map(rows.flatMap(({ file, layout }) => (layout === null ? [] : [[file, layout] as const])))
}

/** PostgreSQL's protocol counts a statement's parameters in 16 bits. */
const ROWS_AT_ONCE = 4000

export function* batchesOf<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += ROWS_AT_ONCE) yield items.slice(at, at + ROWS_AT_ONCE)
}
