// SPDX-License-Identifier: Apache-2.0
import { type OfferedApk, splitStem } from './admission.ts'
import type { Channel } from './channel.ts'
import type { RepositoryDatabase } from './tables.ts'
import { newestIndex } from './view.ts'

/** The package that the index of that time offered under a `NAME-VERSION`. */
export async function findApkAt(
  database: RepositoryDatabase,
  channel: Channel,
  arch: string,
  stem: string,
  at: Date,
): Promise<OfferedApk | undefined> {
  const parts = splitStem(stem)
  const index = await newestIndex(database, channel, arch, at)
  if (parts === undefined || index === undefined) return undefined
  return database
    .selectFrom('channel_apk as member')
    .innerJoin('apk', 'apk.file', 'member.file')
    .select(['apk.file', 'apk.datahash', 'apk.record', 'apk.build_key as buildKey'])
    .where('member.channel', '=', channel)
    .where('member.arch', '=', arch)
    .where('member.name', '=', parts.name)
    .where('member.version', '=', parts.version)
    .where('member.admitted_in', '<=', index.generation)
    .where((is) =>
      is.or([is('member.withdrawn_in', 'is', null), is('member.withdrawn_in', '>', index.generation)]),
    )
    .executeTakeFirst()
}
