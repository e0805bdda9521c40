// SPDX-License-Identifier: Apache-2.0
import { type FileHandle, open } from 'node:fs/promises'
import type { OpenedApk } from '../../apk/index.ts'
import { cleanPath } from '../../archive/index.ts'
import { isMillraceError, writeAll } from '../../base/index.ts'
import type { ScanEntry, ScanTree } from './tree.ts'

/** The tree of a package, with the bodies of its files in one file of the disk: no name of the package becomes a name there. */
export interface ApkTree extends ScanTree, AsyncDisposable {
  /** Why the data is not what the package's control member names; null for a sound package. All of it was read none the less. */
  readonly damage: string | null
}

/**
 * Reads a package's data once, so that what it holds can be looked into at any place. Devices and FIFOs are left out.
 *
 * @param bodies where to put the bodies; it must not exist, and stays until its directory is removed.
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_TOO_LARGE, DISK_FULL
 */
export async function readApkTree({ info, data }: OpenedApk, bodies: string, what: string): Promise<ApkTree> {
  const file = await open(bodies, 'wx+', 0o600)
  try {
    const entries = new Map<string, ScanEntry>()
    const damage = await spill(data, file, entries, what)
    return {
      package: info.name,
      entries: [...entries.values()],
      damage,
      [Symbol.asyncDispose]: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** @returns the damage, which shows at the data's end. */
async function spill(
  data: OpenedApk['data'],
  file: FileHandle,
  entries: Map<string, ScanEntry>,
  what: string,
): Promise<string | null> {
  let written = 0
  try {
    for await (const { entry, body } of data) {
      const path = cleanPath(entry.path, what)
      const { type, mode, linkPath } = entry
      if (path === '' || type === 'char' || type === 'block' || type === 'fifo') continue
      const start = written
      for await (const chunk of body) {
        await writeAll(file, chunk)
        written += chunk.length
      }
      const first = type === 'hardlink' ? entries.get(cleanPath(linkPath, what)) : undefined
      const own = { sizeBytes: written - start, read: readerOf(file, start, written) }
      const { sizeBytes, read } = first ?? own
      entries.set(path, { path, type, mode, sizeBytes, linkTarget: linkPath, read })
    }
    return null
  } catch (error) {
    if (isMillraceError(error, 'APK_INVALID')) return error.why
    throw error
  }
}

function readerOf(file: FileHandle, start: number, end: number): ScanEntry['read'] {
  return async (offset, lengthBytes) => {
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(lengthBytes, end - start - offset)))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, start + offset)
    return bytes.subarray(0, bytesRead)
  }
}
