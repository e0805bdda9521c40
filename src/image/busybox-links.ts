// SPDX-License-Identifier: Apache-2.0
import type { PackedApk } from './merged-tree.ts'
import { Occupied, type TopTree } from './top-tree.ts'

/**
 * Links to busybox for every applet that its package lists in `/etc/busybox-paths.d/` (apko.md §8): its installation script would make them, and no script runs here. What is
 * there already stays. Without a list nothing is linked: the package may bring its links itself.
 */
export function linkBusybox(tree: TopTree, packages: readonly PackedApk[]): void {
  if (tree.target('bin/busybox')?.type !== 'file') return
  const owner = packages.find(
    ({ apk: { record } }) =>
      record.name === 'busybox' || record.provides.some((text) => text.includes('busybox')),
  )
  const list = owner && tree.text(`etc/busybox-paths.d/${owner.apk.record.name}`)
  if (list === undefined) return
  const mtimeSec = owner?.apk.record.buildTimeSec ?? 0
  for (const line of [...new Set(list.split('\n').map((path) => path.trim()))].sort()) {
    const path = line.replace(/^\/+/, '')
    if (path === '' || path.split('/').includes('..') || tree.get(path) !== undefined) continue
    try {
      tree.symlink(path, '/bin/busybox', { mtimeSec })
    } catch (error) {
      if (!(error instanceof Occupied)) throw error
    }
  }
}
