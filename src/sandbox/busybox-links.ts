// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, readFile, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isSystemError } from '../base/index.ts'

const LIST = 'etc/busybox-paths.d/busybox'
const MAX_LINKS = 2000

/**
 * Links to busybox for every applet that its package lists and nobody else brings: its installation script would make them, and none runs here (apko.md §8). Images get the
 * same links.
 *
 * @param trees of the packages, lowest first; below `usr`, as everything of a merged tree.
 */
export async function linkBusybox(trees: readonly string[], top: string): Promise<void> {
  const list = (await Promise.all(trees.map((tree) => textOf(join(tree, LIST))))).findLast(
    (text) => text !== undefined,
  )
  for (const path of appletPaths(list ?? '')) {
    const taken = await Promise.all([...trees, top].map((tree) => isThere(join(tree, path))))
    if (taken.some(Boolean)) continue
    await mkdir(join(top, dirname(path)), { recursive: true, mode: 0o755 })
    await symlink('/usr/bin/busybox', join(top, path))
  }
}

/** Plain paths in a merged tree: `/bin/ls` is `usr/bin/ls`. Busybox itself is no link. */
export function appletPaths(list: string): string[] {
  const paths = list
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/^\/+/, '')
        .replace(/^(usr\/)?s?bin\//, 'usr/bin/'),
    )
    .filter((path) => /^usr\/bin\/[^/\0]+$/.test(path) && !/\/(\.{1,2}|busybox)$/.test(path))
  return [...new Set(paths)].sort().slice(0, MAX_LINKS)
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return (await lstat(path)).isFile() ? await readFile(path, 'utf8') : undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return undefined
    throw error
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
