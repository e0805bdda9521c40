// SPDX-License-Identifier: Apache-2.0
import type { TarEntry } from '../archive/index.ts'
import type { ApkRecord } from './record.ts'

/** An entry of an installed package as the database names it: a tar header's fields, with the SHA-1 its extended header brings. */
export type InstalledEntry = Pick<TarEntry, 'path' | 'type' | 'mode' | 'uid' | 'gid' | 'pax'>

/**
 * One package of `usr/lib/apk/db/installed`, with the blank line that ends it: the record's letters in apko's order, then per directory its files (apk-v2,
 * "Installed database"). Inside a directory files come before directories, each in lexical order.
 */
export function formatInstalled(record: ApkRecord, entries: readonly InstalledEntry[]): string {
  const lines = [
    `P:${record.name}`,
    `V:${record.version}`,
    `A:${record.arch}`,
    `L:${record.license}`,
    `T:${record.description}`,
    `o:${record.origin}`,
    `m:${record.maintainer}`,
    `U:${record.url}`,
    `D:${record.depends.join(' ')}`,
    `p:${record.provides.join(' ')}`,
    ...(record.replaces.length > 0 ? [`r:${record.replaces.join(' ')}`] : []),
    `c:${record.commit}`,
    ...(record.installIf.length > 0 ? [`i:${record.installIf.join(' ')}`] : []),
    `t:${record.buildTimeSec}`,
    `S:${record.sizeBytes}`,
    `I:${record.installedSizeBytes}`,
    `k:${record.providerPriority}`,
    `C:${record.identity}`,
  ]
  const byDirectory = groupByDirectory(entries)
  for (const directory of [...byDirectory.keys()].sort()) {
    const { self, files } = byDirectory.get(directory) ?? { self: undefined, files: [] }
    lines.push(`F:${directory}`)
    if (self !== undefined && (self.uid !== 0 || self.gid !== 0 || self.mode !== 0o755))
      lines.push(`M:${acl(self)}`)
    for (const file of files.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      lines.push(`R:${file.path.slice(file.path.lastIndexOf('/') + 1)}`)
      if (file.uid !== 0 || file.gid !== 0 || file.mode !== 0o644) lines.push(`a:${acl(file)}`)
      const sha1 = file.pax.get('APK-TOOLS.checksum.SHA1')
      if (sha1 !== undefined) lines.push(`Z:Q1${Buffer.from(sha1, 'hex').toString('base64')}`)
    }
  }
  return `${lines.join('\n')}\n\n`
}

interface Group {
  self?: InstalledEntry
  files: InstalledEntry[]
}

function groupByDirectory(entries: readonly InstalledEntry[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  const group = (path: string): Group => {
    const found = groups.get(path) ?? { files: [] }
    groups.set(path, found)
    return found
  }
  for (const entry of entries) {
    if (entry.type === 'directory') group(entry.path).self = entry
    else
      group(entry.path.includes('/') ? entry.path.slice(0, entry.path.lastIndexOf('/')) : '').files.push(
        entry,
      )
  }
  return groups
}

function acl({ uid, gid, mode }: InstalledEntry): string {
  return `${uid}:${gid}:${mode.toString(8).padStart(4, '0')}`
}
