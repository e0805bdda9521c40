// SPDX-License-Identifier: Apache-2.0
import { type MergedEntry, type MergedTree, plainDirectory } from './merged-tree.ts'
import type { TreeEntry } from './package-tree.ts'

/** Where a file of the top layer gets its content: text made for it, or a package's file whose bytes stay. */
export type TopContent = { readonly text: string | Uint8Array } | { readonly from: MergedEntry }

export interface TopEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly mtimeSec: number
  readonly linkTarget: string
  /** Of a file; null for other kinds. */
  readonly content: TopContent | null
}

type Attributes = Partial<Pick<TopEntry, 'mode' | 'uid' | 'gid' | 'mtimeSec'>>

/** What an image is over its packages: their tree, with what the image itself puts on top. Paths are relative and lead where a container would be led by them. */
export class TopTree {
  readonly #packages: MergedTree
  readonly #top = new Map<string, TopEntry>()

  constructor(packages: MergedTree) {
    this.#packages = packages
    for (const path of packages.contested) this.setAttributes(path, {})
  }

  /** What stands at a path; links on the way are followed, one at its end is not. */
  get(path: string): TopEntry | MergedEntry | undefined {
    const real = this.resolve(path)
    return real === undefined ? undefined : this.#at(real)
  }

  /** What a path leads to, links at its end followed too. */
  target(path: string): TopEntry | MergedEntry | undefined {
    const real = this.resolve(path, true)
    return real === undefined ? undefined : this.#at(real)
  }

  /** The text that a package or the image has at a path, when it is one of those that are kept. */
  text(path: string): string | undefined {
    const found = this.target(path)
    if (found === undefined) return undefined
    if ('owner' in found) return found.owner?.tree.texts[found.path]
    const { content } = found
    if (content === null) return undefined
    if ('text' in content) return typeof content.text === 'string' ? content.text : undefined
    return content.from.owner?.tree.texts[content.from.path]
  }

  directory(path: string, attributes: Attributes = {}, parents: Attributes = {}): void {
    const real = this.#placeFor(path, parents)
    const before = this.#at(real)
    if (before === undefined) this.#put({ ...this.#new(real, 'directory', 0o755), ...attributes })
    else if (before.type === 'directory') this.setAttributes(real, attributes)
    else throw new Occupied(real, before.type)
  }

  file(path: string, content: TopContent, attributes: Attributes = {}): void {
    const real = this.#placeFor(path)
    const before = this.#at(real)
    if (before?.type === 'directory') throw new Occupied(real, before.type)
    this.#put({ ...this.#new(real, 'file', 0o644), ...attributes, content })
  }

  symlink(path: string, linkTarget: string, attributes: Attributes = {}): void {
    const real = this.#placeFor(path)
    const before = this.#at(real)
    if (before !== undefined) throw new Occupied(real, before.type)
    this.#put({ ...this.#new(real, 'symlink', 0o777), ...attributes, linkTarget })
  }

  /** Changes owner or mode of what stands at a path, links followed. */
  setAttributes(path: string, attributes: Attributes): void {
    const found = this.target(path)
    if (found === undefined) throw new Occupied(path, 'missing')
    if (!('owner' in found)) {
      this.#put({ ...found, ...attributes })
      return
    }
    const { type, mode, uid, gid, mtimeSec, linkTarget } = found
    if (type === 'symlink') return
    this.#put({
      ...{
        path: found.path,
        type: type === 'directory' ? type : 'file',
        mode,
        uid,
        gid,
        mtimeSec,
        linkTarget,
      },
      ...attributes,
      content: type === 'directory' ? null : { from: found },
    })
  }

  /** Paths below a directory, itself not among them, in order. */
  below(directory: string): string[] {
    const real = this.resolve(directory, true)
    const inside = [...this.#packages.entries.keys(), ...this.#top.keys()].filter(
      (path) => real === '' || path.startsWith(`${real}/`),
    )
    return [...new Set(inside)].sort()
  }

  /** Every path of the image that stands directly in a directory. */
  namesIn(directory: string): string[] {
    const real = this.resolve(directory, true)
    if (real === undefined) return []
    const start = real === '' ? 0 : real.length + 1
    return this.below(real)
      .filter((path) => !path.includes('/', start))
      .map((path) => path.slice(start))
  }

  /** The entries of the top layer, and the directories they lie in, as they stand in the whole image. */
  topEntries(): TopEntry[] {
    const entries = new Map(this.#top)
    for (const path of this.#top.keys())
      for (const parent of parentsOf(path)) {
        const found = this.#packages.entries.get(parent) ?? plainDirectory(parent)
        if (!entries.has(parent)) entries.set(parent, asDirectory(found))
      }
    return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  }

  /** A path without links on its way; undefined when it leads in a circle, or below what is no directory. @param last whether a link at the end is followed too. */
  resolve(path: string, last = false): string | undefined {
    const waiting = partsOf(path)
    const done: string[] = []
    for (let links = 0; waiting.length > 0; ) {
      const part = waiting.shift()
      if (part === undefined || part === '.') continue
      if (part === '..') {
        done.pop()
        continue
      }
      const found = this.#at([...done, part].join('/'))
      const followed = found?.type === 'symlink' && (last || waiting.length > 0)
      if (!followed) {
        if (waiting.length > 0 && found !== undefined && found.type !== 'directory') return undefined
        done.push(part)
        continue
      }
      links += 1
      if (links > MAX_LINKS) return undefined
      if (found.linkTarget.startsWith('/')) done.length = 0
      waiting.unshift(...partsOf(found.linkTarget))
    }
    return done.join('/')
  }

  #at(path: string): TopEntry | MergedEntry | undefined {
    return this.#top.get(path) ?? this.#packages.entries.get(path)
  }

  #put(entry: TopEntry): void {
    this.#top.set(entry.path, entry)
  }

  /** Where a new entry goes: its parents are there afterwards. */
  #placeFor(path: string, parents: Attributes = {}): string {
    const real = this.resolve(path)
    if (real === undefined || real === '') throw new Occupied(path, 'unreachable')
    for (const parent of parentsOf(real))
      if (this.#at(parent) === undefined) this.#put({ ...this.#new(parent, 'directory', 0o755), ...parents })
    return real
  }

  #new(path: string, type: TopEntry['type'], mode: number): TopEntry {
    return { path, type, mode, uid: 0, gid: 0, mtimeSec: 0, linkTarget: '', content: null }
  }
}

/** As many as Linux follows (path_resolution(7)). */
const MAX_LINKS = 40

/** A path cannot take what was to be put there. */
export class Occupied extends Error {
  readonly path: string
  readonly by: string

  constructor(path: string, by: string) {
    super(`${path} is ${by}`)
    this.path = path
    this.by = by
  }
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}

/** Outermost first. */
function parentsOf(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, depth) => parts.slice(0, depth + 1).join('/'))
}

function asDirectory({ path, mode, uid, gid, mtimeSec }: TreeEntry): TopEntry {
  return { path, type: 'directory', mode, uid, gid, mtimeSec, linkTarget: '', content: null }
}
