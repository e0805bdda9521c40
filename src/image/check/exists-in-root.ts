// SPDX-License-Identifier: Apache-2.0
import { lstat, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../../base/index.ts'

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40

/** Whether there is anything at a path of a tree, its links followed as a process with the tree for its root would follow them; one at the end counts by itself. */
export async function existsInRoot(root: string, path: string): Promise<boolean> {
  const waiting = partsOf(path)
  const done: string[] = []
  for (let links = 0; ; ) {
    const part = waiting.shift()
    if (part === undefined) return true
    if (part === '..') done.pop()
    if (part === '..' || part === '.') continue
    const place = join(root, ...done, part)
    try {
      const found = await lstat(place)
      if (waiting.length > 0 && found.isSymbolicLink()) {
        links += 1
        if (links > MAX_LINKS) return false
        const target = await readlink(place)
        if (target.startsWith('/')) done.length = 0
        waiting.unshift(...partsOf(target))
        continue
      }
    } catch (error) {
      if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false
      throw error
    }
    done.push(part)
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}
