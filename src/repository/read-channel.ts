// SPDX-License-Identifier: Apache-2.0
import type { Database } from '../store/index.ts'
import type { OfferedApk } from './admission.ts'
import type { Channel } from './channel.ts'
import { withRepositoryTables } from './tables.ts'
import { advanceView, EMPTY_VIEW, type IndexPointer, newestIndex } from './view.ts'

/** What a channel offers now, for those who only read: no key is needed. `index` is undefined when it never had one. */
export async function readChannel(
  database: Database,
  channel: Channel,
  arch: string,
): Promise<{ readonly index: IndexPointer | undefined; readonly apks: readonly OfferedApk[] }> {
  const tables = withRepositoryTables(database)
  const index = await newestIndex(tables, channel, arch)
  if (index === undefined) return { index, apks: [] }
  const { apks } = await advanceView(tables, channel, arch, EMPTY_VIEW, index)
  return { index, apks }
}
