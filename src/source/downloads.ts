// SPDX-License-Identifier: Apache-2.0
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../base/index.ts'

/** Removes the directories that a killed process left in `downloads/`; files stay there, to be resumed. Nothing may be fetching now. */
export async function sweepDownloads(dataDirectory: string): Promise<void> {
  const directory = join(dataDirectory, 'downloads')
  try {
    for (const one of await readdir(directory, { withFileTypes: true }))
      if (one.isDirectory()) await rm(join(directory, one.name), { recursive: true, force: true })
  } catch (error) {
    if (!isSystemError(error, 'ENOENT')) throw error
  }
}
