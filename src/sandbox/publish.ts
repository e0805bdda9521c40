// SPDX-License-Identifier: Apache-2.0
import { rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Exec, isSystemError, lastWords, MillraceError, syncDirectory } from '../base/index.ts'

/**
 * Gives a finished directory its name, so that a reader, a crash or a power cut sees all of it or nothing. When another process was first, its directory stays.
 *
 * @throws MillraceError TOOL_FAILED when the filesystem does not take it
 */
export async function publishDirectory(
  f: { readonly exec: Exec },
  unfinished: string,
  place: string,
): Promise<void> {
  // One syncfs(2) instead of an fsync(2) for each of thousands of files.
  const synced = await f.exec({ program: 'sync', args: ['--file-system', unfinished] })
  if (synced.code !== 0)
    throw new MillraceError('TOOL_FAILED', {
      what: `writing ${place} to the disk`,
      why: lastWords(synced),
      fix: 'look for disk errors by dmesg',
    })
  try {
    await rename(unfinished, place)
  } catch (error) {
    if (!isSystemError(error, 'ENOTEMPTY', 'EEXIST')) throw error
    await rm(unfinished, { recursive: true, force: true })
  }
  await syncDirectory(dirname(place))
}
