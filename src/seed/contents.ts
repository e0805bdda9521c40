// SPDX-License-Identifier: Apache-2.0
import type { ApkContent } from '../apk/index.ts'
import { type Chunks, chunksOf } from '../archive/index.ts'
import { SEED_LOADER } from './bind-program.ts'
import type { DebEntry, DebTree } from './deb-tree.ts'
import { mergedPath, pathMatcher } from './paths.ts'
import type { SeedSpec } from './seed-spec.ts'

/** What an apk of a Debian package holds: its tree, and the links and joined files that Debian's installation would have made. */
export function contentsOfDeb(name: string, tree: DebTree, spec: SeedSpec): ApkContent[] {
  const contents = new Map<string, ApkContent>()
  const first = firstNames(tree)
  for (const entry of tree.entries.values()) contents.set(entry.path, contentOf(entry, first))
  const loader = [...tree.entries.keys()].find((path) => LOADER.test(path))
  if (loader !== undefined) contents.set(LOADER_LINK, symlink(LOADER_LINK, `/${loader}`))
  for (const [path, target] of Object.entries(spec.links[name] ?? {}))
    contents.set(path, symlink(path, target))
  for (const [path, pattern] of Object.entries(spec.joined[name] ?? {}))
    contents.set(path, joined(path, pattern, tree))
  return withParents([...contents.values()])
}

/** Where libc6 has the dynamic loader. */
const LOADER = /^usr\/lib\/[^/]+-linux-gnu\/ld-linux-[^/]+\.so\.\d+$/
const LOADER_LINK = mergedPath(SEED_LOADER.slice(1))

/** The bare tree: directories, links and small files that the seed's description spells out. */
export function contentsOfBaselayout({ baselayout }: SeedSpec): ApkContent[] {
  const { directories, links, files } = baselayout
  return withParents([
    ...Object.entries(directories).map(([path, mode]) => directory(path, Number.parseInt(mode, 8))),
    ...Object.entries(links).map(([path, target]) => symlink(path, target)),
    ...Object.entries(files).map(([path, text]) =>
      file(path, Buffer.byteLength(text), () => chunksOf(Buffer.from(text))),
    ),
  ])
}

/** Every directory on the way to an entry; those nobody spelt out have the mode 0755. */
export function withParents(contents: readonly ApkContent[]): ApkContent[] {
  const all = new Map(contents.map((entry) => [entry.path, entry]))
  for (const { path } of contents) {
    for (let slash = path.lastIndexOf('/'); slash !== -1; slash = path.lastIndexOf('/', slash - 1)) {
      const parent = path.slice(0, slash)
      if (!all.has(parent)) all.set(parent, directory(parent, 0o755))
    }
  }
  return [...all.values()]
}

/** Of the names of one file the first in order: an archive lists it before the others, which then are links to it. */
function firstNames(tree: DebTree): Map<string, string> {
  const first = new Map<string, string>()
  for (const { path, sameAs } of tree.entries.values()) {
    const group = sameAs ?? path
    const known = first.get(group)
    if (known === undefined || path < known) first.set(group, path)
  }
  return first
}

function contentOf(entry: DebEntry, first: ReadonlyMap<string, string>): ApkContent {
  const { path, sizeBytes, linkTarget } = entry
  // Everything in a sandbox belongs to one user: bits that change users or groups mean nothing there.
  const mode = entry.mode & (entry.type === 'directory' ? 0o1777 : 0o777)
  const original = first.get(entry.sameAs ?? path) ?? path
  if (entry.type === 'file' && original !== path)
    return { path, type: 'hardlink', mode, sizeBytes: 0, linkTarget: original, open: entry.open }
  return { path, type: entry.type, mode, sizeBytes, linkTarget, open: entry.open }
}

/** All files of a tree that a pattern covers, one after another in the order of their paths. */
function joined(path: string, pattern: string, tree: DebTree): ApkContent {
  const matches = pathMatcher([pattern])
  const parts = [...tree.entries.values()]
    .filter((entry) => entry.type === 'file' && matches(entry.path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0)
  return file(path, sizeBytes, async function* (): Chunks {
    for (const part of parts) yield* part.open()
  })
}

const none = () => chunksOf()

function directory(path: string, mode: number): ApkContent {
  return { path, type: 'directory', mode, sizeBytes: 0, linkTarget: '', open: none }
}

function symlink(path: string, linkTarget: string): ApkContent {
  return { path, type: 'symlink', mode: 0o777, sizeBytes: 0, linkTarget, open: none }
}

function file(path: string, sizeBytes: number, open: () => Chunks): ApkContent {
  return { path, type: 'file', mode: 0o644, sizeBytes, linkTarget: '', open }
}
