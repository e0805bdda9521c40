// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** A directory of its own below `parent`, removed when the scope that opened it ends (`await using`). */
export interface TempDirectory extends AsyncDisposable {
  readonly path: string
}

export async function makeTempDirectory(parent: string, prefix: string): Promise<TempDirectory> {
  const path = join(parent, `${prefix}-${randomBytes(6).toString('hex')}`)
  await mkdir(path, { recursive: true, mode: 0o700 })
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}

/** Writes a whole file so that a reader, or a crash, sees the old bytes or the new ones: temporary file, fsync, rename, fsync of the directory. */
export async function writeFileAtomic(path: string, bytes: Uint8Array | string, mode = 0o644): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`
  try {
    await writeFile(temporary, bytes, { mode, flush: true })
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncDirectory(dirname(path))
}

/** Makes a rename in this directory durable (fsync(2): the entry needs a sync of the directory itself). */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
