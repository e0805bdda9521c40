// SPDX-License-Identifier: Apache-2.0
import { type ApkRecord, parseDependency } from '../apk/index.ts'
import type { Digest } from '../base/index.ts'
import type { OfferedApk } from '../repository/index.ts'
import { satisfiesVersion } from '../versions/index.ts'
import { imageInvalid } from './invalid.ts'
import type { PackageTree, TreeEntry } from './package-tree.ts'

/** A package of an image, and its files. */
export interface PackedApk {
  readonly apk: OfferedApk
  readonly tree: PackageTree
}

/** An entry of the image, and the package it comes from; null where a parent was not shipped by anyone. */
export interface MergedEntry extends TreeEntry {
  readonly owner: PackedApk | null
}

/** A path that two packages have: the loser's must not be seen. */
export interface Overlap {
  readonly path: string
  readonly winner: PackedApk
  readonly loser: PackedApk
}

/** All packages' trees as one. */
export interface MergedTree {
  readonly entries: ReadonlyMap<string, MergedEntry>
  readonly overlaps: readonly Overlap[]
  /** Directories that packages have with different modes: the last layer decides, so the image says the mode once more. */
  readonly contested: ReadonlySet<string>
}

/**
 * Lays packages over each other, by apko's rules (apko.md §7): the same file twice is no conflict, nor is one of the same origin or one that `replaces` allows. Of a directory, the
 * first package's mode stands and the last one's time.
 *
 * @param packages in install order.
 * @throws MillraceError IMAGE_INVALID naming both packages and the path.
 */
export function mergeTrees(name: string, packages: readonly PackedApk[]): MergedTree {
  const entries = new Map<string, MergedEntry>()
  const overlaps: Overlap[] = []
  const contested = new Set<string>()
  for (const owner of packages)
    for (const entry of owner.tree.entries) {
      const before = entries.get(entry.path)
      if (before === undefined) {
        addParents(name, entries, { ...entry, owner })
        entries.set(entry.path, { ...entry, owner })
      } else if (before.type === 'directory' && entry.type === 'directory') {
        if (before.owner !== null && before.mode !== entry.mode) contested.add(entry.path)
        const first = before.owner === null ? entry : before
        entries.set(entry.path, { ...first, owner: before.owner ?? owner, mtimeSec: entry.mtimeSec })
      } else {
        const overlap = settle(name, before, { ...entry, owner })
        overlaps.push(overlap)
        if (overlap.winner === owner) entries.set(entry.path, { ...entry, owner })
      }
    }
  return { entries, overlaps, contested }
}

/** Directories that no package shipped before what is in them. */
function addParents(name: string, entries: Map<string, MergedEntry>, entry: MergedEntry): void {
  const { path } = entry
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const parent = path.slice(0, slash)
    const before = entries.get(parent)
    if (before !== undefined && before.type !== 'directory')
      throw conflict(name, before, { ...entry, path: parent, type: 'directory' })
    if (before !== undefined) return
    entries.set(parent, { ...plainDirectory(parent), owner: null })
  }
}

export function plainDirectory(path: string): TreeEntry {
  return { path, type: 'directory', mode: 0o755, uid: 0, gid: 0, mtimeSec: 0, linkTarget: '', sha1: '' }
}

function settle(name: string, before: MergedEntry, entry: MergedEntry): Overlap {
  const { path } = entry
  const [first, second] = [before.owner, entry.owner]
  if (first === null || second === null) throw conflict(name, before, entry)
  const [older, newer] = [first.apk.record, second.apk.record]
  const stays = { path, winner: first, loser: second }
  const gives = { path, winner: second, loser: first }
  if (before.type === 'directory' || entry.type === 'directory' || entry.type === 'hardlink')
    throw conflict(name, before, entry)
  if (before.type === entry.type && before.sha1 !== '' && before.sha1 === entry.sha1) return stays
  if (replaces(older, newer)) return stays
  if (older.origin === newer.origin || replaces(newer, older)) return gives
  throw conflict(name, before, entry)
}

function replaces(one: ApkRecord, other: ApkRecord): boolean {
  return one.replaces.some((text) => {
    const wish = parseDependency(text)
    if (wish === undefined || wish.name !== other.name) return false
    return wish.operator === null || satisfiesVersion(other.version, wish.operator, wish.version)
  })
}

function conflict(name: string, before: MergedEntry, entry: MergedEntry) {
  const of = ({ owner, type }: MergedEntry) =>
    `${owner === null ? 'another' : `${owner.apk.record.name}-${owner.apk.record.version}`} (${KINDS[type]})`
  return imageInvalid(
    `putting the packages of ${name} together`,
    `/${entry.path} is in ${of(before)} and, different, in ${of(entry)}`,
    'leave one of the two packages out, or let one name the other in its replaces',
  )
}

const KINDS = {
  file: 'a file',
  directory: 'a directory',
  symlink: 'a symbolic link',
  hardlink: 'a hard link',
}

/** The files that each package lost to another, by its file's digest: they are not told of in the installed database. */
export function lostPaths(overlaps: readonly Overlap[]): ReadonlyMap<Digest, ReadonlySet<string>> {
  const lost = new Map<Digest, Set<string>>()
  for (const { path, loser } of overlaps)
    lost.set(loser.apk.file, (lost.get(loser.apk.file) ?? new Set()).add(path))
  return lost
}
