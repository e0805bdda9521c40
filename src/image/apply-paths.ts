// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../base/index.ts'
import type { PathEntry } from './definition-schema.ts'
import { imageInvalid } from './invalid.ts'
import { Occupied, type TopTree } from './top-tree.ts'

/**
 * Does what `paths` asks for, in its order (apko.md §6). Two things are kinder than apko: permissions that are left out are 0755 or 0644 instead of 0000, and a link's own entry never changes
 * what it leads to.
 *
 * @throws MillraceError IMAGE_INVALID with the entry's place.
 */
export function applyPaths(
  tree: TopTree,
  paths: readonly PathEntry[],
  at: (path: readonly PropertyKey[]) => Location,
): void {
  for (const [index, entry] of paths.entries()) {
    try {
      applyPath(tree, entry)
    } catch (error) {
      if (!(error instanceof Occupied)) throw error
      throw imageInvalid(
        `making the ${entry.type} ${entry.path}`,
        REASONS[error.by]?.(error.path) ?? `/${error.path} is a ${error.by} already`,
        'change the path, or leave out the package that brings it',
        at(['paths', index]),
      )
    }
  }
}

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  missing: (path) => `there is no /${path.replace(/^\/+/, '')} in the image`,
  unreachable: (path) => `${path} leads through a file, or in a circle`,
}

function applyPath(tree: TopTree, entry: PathEntry): void {
  const { path, type, source } = entry
  const attributes = attributesOf(entry)
  switch (type) {
    case 'directory':
      tree.directory(path, { mode: 0o755, ...attributes }, { mode: attributes.mode ?? 0o755 })
      break
    case 'empty-file':
      if (tree.target(path) === undefined) tree.file(path, { text: '' }, { mode: 0o644, ...attributes })
      else tree.setAttributes(path, { mode: 0o644, ...attributes })
      break
    case 'hardlink':
      // Layers keep no links across each other: a second copy is what apko makes too.
      copyFile(tree, source, path, attributes)
      break
    case 'symlink':
      tree.symlink(path, source)
      break
    default:
      tree.setAttributes(path, attributes)
  }
  if (entry.recursive && type !== 'symlink')
    for (const inside of tree.below(path))
      if (tree.get(inside)?.type !== 'symlink') tree.setAttributes(inside, attributes)
}

/** Of uid and gid, one that is given makes the other 0. */
function attributesOf({ uid, gid, permissions }: PathEntry) {
  const owned = uid !== undefined || gid !== undefined
  return {
    ...(owned ? { uid: uid ?? 0, gid: gid ?? 0 } : {}),
    ...(permissions === undefined ? {} : { mode: permissions }),
  }
}

function copyFile(
  tree: TopTree,
  source: string,
  path: string,
  attributes: ReturnType<typeof attributesOf>,
): void {
  const found = tree.target(source)
  if (found === undefined || found.type === 'directory') throw new Occupied(source, found?.type ?? 'missing')
  const content = 'owner' in found ? { from: found } : found.content
  if (content === null) throw new Occupied(source, found.type)
  const { mode, uid, gid, mtimeSec } = found
  tree.file(path, content, { mode, uid, gid, mtimeSec, ...attributes })
}
