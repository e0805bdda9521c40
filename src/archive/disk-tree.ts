// SPDX-License-Identifier: Apache-2.0
import { constants } from 'node:fs'
import { chmod, link, mkdir, open, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../base/index.ts'
import type { Chunks } from './bytes.ts'
import type { TreeWriter } from './extract.ts'

/**
 * A tree on disk below a root that is empty and nobody else's while it is filled: the caller makes it so, and {@link extractTar} proves every path before it comes here.
 * Owners are the current user; setuid and setgid bits are dropped; directories and files stay readable and writable by their owner, so that the tree can be removed again.
 */
export function diskTree(root: string): TreeWriter {
  return {
    directory: async (path, mode) => {
      const place = join(root, path)
      try {
        await mkdir(place, { mode: (mode & 0o1777) | 0o700 })
      } catch (error) {
        if (!isSystemError(error, 'EEXIST')) throw error
      }
      await chmod(place, (mode & 0o1777) | 0o700)
    },
    file: async (path, mode, body: Chunks) => {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
      const file = await open(join(root, path), flags, 0o600)
      try {
        await file.writeFile(body)
        await file.chmod((mode & 0o777) | 0o400)
      } finally {
        await file.close()
      }
    },
    symlink: (path, target) => symlink(target, join(root, path)),
    hardlink: (path, target) => link(join(root, target), join(root, path)),
    remove: (path) => rm(join(root, path)),
  }
}
