// SPDX-License-Identifier: Apache-2.0
import { chmod, lstat, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { formatInstalled, type InstalledEntry, openApk, recordOf } from '../apk/index.ts'
import type { Chunks } from '../archive/index.ts'

/** Where apk-tools keeps what is installed, in a merged tree. */
const DATABASE = 'usr/lib/apk/db/installed'

export interface InstalledPackage {
  /** Its unpacked tree. */
  readonly tree: string
  /** What messages call it. */
  readonly what: string
  open(): Chunks
}

/**
 * Writes the database of installed packages, so that programs of the environment can ask which package brought a file (apk-v2, "Installed database"). Checksums of
 * files are left out: nothing is installed over them.
 *
 * @throws MillraceError APK_INVALID when the head of a package cannot be read
 */
export async function writeInstalledDatabase(
  packages: readonly InstalledPackage[],
  top: string,
): Promise<void> {
  await mkdir(join(top, 'usr/lib/apk/db'), { recursive: true, mode: 0o755 })
  const file = await open(join(top, DATABASE), 'wx', 0o644)
  try {
    for (const { tree, what, open: openFile } of packages) {
      const { info, identity, data } = await openApk(openFile(), what)
      await data.return(undefined)
      await file.appendFile(formatInstalled(recordOf(info, identity, 0), await entriesOf(tree)))
    }
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(join(top, DATABASE), 0o644)
}

/** Every name of a tree. */
async function entriesOf(tree: string): Promise<InstalledEntry[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true })
  return Promise.all(
    entries.map(async (entry): Promise<InstalledEntry> => {
      const place = join(entry.parentPath, entry.name)
      const { mode } = await lstat(place)
      const type = entry.isDirectory() ? 'directory' : entry.isSymbolicLink() ? 'symlink' : 'file'
      return { path: place.slice(tree.length + 1), type, mode: mode & 0o7777, uid: 0, gid: 0, pax: new Map() }
    }),
  )
}
