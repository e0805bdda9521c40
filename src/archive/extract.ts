// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'
import type { Chunks } from './bytes.ts'
import type { TarEntry } from './tar-entry.ts'
import type { TarMember } from './tar-read.ts'

/** Where an archive is unpacked to. Paths are clean, relative, and lead through directories that this unpacking made. */
export interface TreeWriter {
  directory(path: string, mode: number): Promise<void>
  file(path: string, mode: number, body: Chunks): Promise<void>
  symlink(path: string, target: string): Promise<void>
  hardlink(path: string, target: string): Promise<void>
  remove(path: string): Promise<void>
}

export interface ExtractOptions {
  /** False leaves an entry out. The path is clean: no leading `./`. */
  readonly take?: (path: string, entry: TarEntry) => boolean
  /** Moves an entry: usr-merging, for example. */
  readonly place?: (path: string) => string
}

/**
 * Unpacks an archive into an empty tree. Nothing is written outside it: absolute paths, `..`, names below a symbolic link or a file, hard links to what the archive did not
 * bring, devices and FIFOs are refused. What a symbolic link points at is not followed here, so any target may stand.
 *
 * @throws MillraceError ARCHIVE_HOSTILE, and what the archive's reader throws.
 */
export async function extractTar(
  members: AsyncIterable<TarMember>,
  tree: TreeWriter,
  what: string,
  options: ExtractOptions = {},
): Promise<void> {
  const made = new Map<string, 'directory' | 'file' | 'symlink'>()
  const place = options.place ?? ((path) => path)

  const makeParents = async (path: string): Promise<void> => {
    const parts = path.split('/').slice(0, -1)
    for (let depth = 1; depth <= parts.length; depth++) {
      const parent = parts.slice(0, depth).join('/')
      const kind = made.get(parent)
      if (kind === 'directory') continue
      if (kind !== undefined) throw hostile(what, `${path} lies below ${parent}, which is a ${kind}`)
      await tree.directory(parent, 0o755)
      made.set(parent, 'directory')
    }
  }
  for await (const { entry, body } of members) {
    const named = cleanPath(entry.path, what)
    if (named === '' || options.take?.(named, entry) === false) continue
    const path = place(named)
    await makeParents(path)
    const before = made.get(path)
    if (before === 'directory' && entry.type === 'directory') {
      await tree.directory(path, entry.mode)
      continue
    }
    if (before === 'directory') throw hostile(what, `${path} is a directory first and a ${entry.type} later`)
    if (before !== undefined) await tree.remove(path)
    if (entry.type === 'directory') await tree.directory(path, entry.mode)
    else if (entry.type === 'file') await tree.file(path, entry.mode, body)
    else if (entry.type === 'symlink') await tree.symlink(path, entry.linkPath)
    else if (entry.type === 'hardlink') {
      const target = place(cleanPath(entry.linkPath, what))
      if (made.get(target) !== 'file')
        throw hostile(what, `${path} is a hard link to ${target}, which is no file of this archive`)
      await tree.hardlink(path, target)
    } else throw hostile(what, `${path} is a ${entry.type === 'fifo' ? 'FIFO' : `${entry.type} device`}`)
    made.set(path, entry.type === 'directory' ? 'directory' : entry.type === 'symlink' ? 'symlink' : 'file')
  }
}

/** A path as it counts: without `.` parts and doubled slashes; '' for the root itself. @throws ARCHIVE_HOSTILE for absolute paths and `..`. */
export function cleanPath(path: string, what: string): string {
  if (path.startsWith('/')) throw hostile(what, `the path ${JSON.stringify(path.slice(0, 200))} is absolute`)
  if (path.length > 4096) throw hostile(what, 'a path has more than 4,096 characters')
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..'))
    throw hostile(what, `the path ${JSON.stringify(path.slice(0, 200))} leads upwards`)
  return parts.join('/')
}

function hostile(what: string, why: string): MillraceError {
  return new MillraceError('ARCHIVE_HOSTILE', {
    what,
    why,
    fix: 'do not use this archive; ask whoever made it',
  })
}
