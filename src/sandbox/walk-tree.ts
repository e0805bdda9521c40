// SPDX-License-Identifier: Apache-2.0
import { constants, type Stats } from 'node:fs'
import { chmod, type FileHandle, lstat, open, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError, MillraceError } from '../base/index.ts'

/** One name of a tree on disk. */
export interface TreeEntry {
  /** Relative to the root, without a leading `./`; parts separated by one `/`. */
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink'
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  /** A sandbox has one user, who is the host's current one: what is his counts as root's, 0. */
  readonly uid: number
  readonly gid: number
  /** 0 but for files. */
  readonly sizeBytes: number
  /** A symbolic link's text, or the path of a hard link's first name; '' else. */
  readonly linkTarget: string
  readonly mtimeSec: number
  /**
   * The bytes of a file; opened when iteration begins. Nothing for other types.
   *
   * @throws MillraceError OUTPUT_HOSTILE when it is no longer the file that was listed
   */
  open(): AsyncGenerator<Uint8Array>
  /**
   * At most `lengthBytes` of a file's bytes from an offset: fewer only at its end. Nothing for other types.
   *
   * @throws MillraceError OUTPUT_HOSTILE as `open`
   */
  read(offset: number, lengthBytes: number): Promise<Uint8Array>
}

/** What no package can hold: a device, a FIFO, a socket, a directory closed to its owner, a name that is not plain UTF-8 text. Nothing below it is listed. */
export interface OddEntry {
  readonly path: string
  readonly type: 'odd'
  /** Half a sentence: `it is a FIFO`. */
  readonly why: string
}

/**
 * Walks what a build left. The tree is hostile: no link is followed, and nothing outside the root is ever opened, even when a name is exchanged meanwhile. Parents come before
 * children, and what is no directory comes in the order of its whole path's bytes, so that the same tree gives the same list everywhere. The root itself is not listed.
 *
 * @throws MillraceError OUTPUT_HOSTILE when the tree is changed while it is read
 */
export async function* walkTree(root: string): AsyncGenerator<TreeEntry | OddEntry> {
  yield* walkDirectory({ root, firstNames: new Map() }, '', await lstat(root))
}

interface Walk {
  readonly root: string
  /** `device:inode` of files with several names → the first. */
  readonly firstNames: Map<string, string>
}

async function* walkDirectory(
  walk: Walk,
  directory: string,
  listed: Stats,
): AsyncGenerator<TreeEntry | OddEntry> {
  for (const { name, stats, target } of await listDirectory(walk, directory, listed)) {
    const path = directory === '' ? name : `${directory}/${name}`
    const why = oddity(name, stats)
    if (why !== null) yield { path: path.replaceAll(UNPLAIN, '\ufffd'), type: 'odd', why }
    else {
      yield entryOf(walk, path, stats, target)
      if (stats.isDirectory()) yield* walkDirectory(walk, path, stats)
    }
  }
}

interface Listed {
  readonly name: string
  readonly stats: Stats
  readonly target: string
}

/** Reads names and their status through the opened directory, so that all of them are of this directory. */
async function listDirectory(walk: Walk, directory: string, listed: Stats): Promise<Listed[]> {
  const handle = await openListed(walk.root, directory, listed, constants.O_DIRECTORY)
  try {
    const here = Buffer.from(`/proc/self/fd/${handle.fd}/`)
    const names = await readdir(here, { encoding: 'buffer' })
    const found = await Promise.all(
      names.map(async (bytes) => {
        const place = Buffer.concat([here, bytes])
        const stats = await lstat(place)
        const target = stats.isSymbolicLink() ? await readlink(place) : ''
        const order = stats.isDirectory() ? Buffer.concat([bytes, Buffer.from('/')]) : bytes
        return { order, name: bytes.toString('utf8'), stats, target }
      }),
    )
    return found.sort((a, b) => Buffer.compare(a.order, b.order))
  } finally {
    await handle.close()
  }
}

/** Control characters, and what bytes that are not UTF-8 become when they are read as text. */
const UNPLAIN = /[\x00-\x1f\x7f\ufffd]/g

function oddity(name: string, stats: Stats): string | null {
  if (name.search(UNPLAIN) >= 0) return 'its name is not plain UTF-8 text'
  if (stats.isFIFO()) return 'it is a FIFO'
  if (stats.isSocket()) return 'it is a socket'
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'it is a device'
  if (stats.isDirectory() && (stats.mode & 0o500) !== 0o500)
    return `it is a directory closed to its owner (mode ${(stats.mode & 0o7777).toString(8).padStart(4, '0')})`
  return null
}

function entryOf(walk: Walk, path: string, stats: Stats, target: string): TreeEntry {
  const first = firstNameOf(walk, path, stats)
  const type = first === path ? typeOf(stats) : 'hardlink'
  const own = process.geteuid?.()
  const ownGroup = process.getegid?.()
  return {
    path,
    type,
    mode: stats.mode & 0o7777,
    uid: stats.uid === own ? 0 : stats.uid,
    gid: stats.gid === ownGroup ? 0 : stats.gid,
    sizeBytes: type === 'file' ? stats.size : 0,
    linkTarget: type === 'hardlink' ? first : target,
    mtimeSec: Math.floor(stats.mtimeMs / 1000),
    open: () => readBody(walk.root, path, type === 'file' ? stats : null),
    read: (offset, lengthBytes) =>
      readPart(walk.root, path, type === 'file' ? stats : null, offset, lengthBytes),
  }
}

function firstNameOf(walk: Walk, path: string, stats: Stats): string {
  if (!stats.isFile() || stats.nlink < 2) return path
  const key = `${stats.dev}:${stats.ino}`
  const first = walk.firstNames.get(key)
  if (first === undefined) walk.firstNames.set(key, path)
  return first ?? path
}

const typeOf = (stats: Stats) =>
  stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'symlink' : 'file'

const CHUNK_BYTES = 256 * 1024

async function* readBody(root: string, path: string, listed: Stats | null): AsyncGenerator<Uint8Array> {
  if (listed === null || listed.size === 0) return
  const handle = await openListed(root, path, listed, 0)
  try {
    let read = 0
    while (read < listed.size) {
      const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, listed.size - read))
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, read)
      if (bytesRead === 0) throw exchanged(path)
      read += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

async function readPart(
  root: string,
  path: string,
  listed: Stats | null,
  offset: number,
  lengthBytes: number,
): Promise<Uint8Array> {
  const wanted = Math.min(lengthBytes, (listed?.size ?? 0) - offset)
  if (listed === null || wanted <= 0) return new Uint8Array(0)
  const handle = await openListed(root, path, listed, 0)
  try {
    const part = Buffer.allocUnsafe(wanted)
    for (let filled = 0; filled < wanted; ) {
      const { bytesRead } = await handle.read(part, filled, wanted - filled, offset + filled)
      if (bytesRead === 0) throw exchanged(path)
      filled += bytesRead
    }
    return part
  } finally {
    await handle.close()
  }
}

/** Opens by name what was listed under it, and only that: device and inode decide. */
async function openListed(root: string, path: string, listed: Stats, flags: number): Promise<FileHandle> {
  // Never waits for a FIFO's other end.
  const careful = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | flags
  try {
    const handle = await open(join(root, path), careful)
    return await verified(handle, path, listed)
  } catch (error) {
    if (isSystemError(error, 'EACCES')) return openClosed(root, path, listed)
    if (isSystemError(error, 'ELOOP', 'ENOENT', 'ENOTDIR', 'ENXIO')) throw exchanged(path, error)
    throw error
  }
}

/** open(2): a handle that needs no permission on the file itself. Node has no name for the flag. */
const O_PATH = 0o10000000

/** A file its owner may not read (mode 0111, say), although he may change that. */
async function openClosed(root: string, path: string, listed: Stats): Promise<FileHandle> {
  const handle = await open(join(root, path), O_PATH | constants.O_NOFOLLOW)
  await verified(handle, path, listed)
  const place = `/proc/self/fd/${handle.fd}`
  try {
    await chmod(place, (listed.mode & 0o7777) | 0o400)
    const readable = await open(place, constants.O_RDONLY)
    await chmod(place, listed.mode & 0o7777)
    return readable
  } finally {
    await handle.close()
  }
}

async function verified(handle: FileHandle, path: string, listed: Stats): Promise<FileHandle> {
  const found = await handle.stat()
  if (found.dev === listed.dev && found.ino === listed.ino) return handle
  await handle.close()
  throw exchanged(path)
}

function exchanged(path: string, cause?: unknown): MillraceError {
  return new MillraceError('OUTPUT_HOSTILE', {
    what: `reading ${path || 'the root'} of a build's output`,
    why: 'it was changed while it was read',
    fix: 'build again; a sandbox that still runs must not be read',
    cause,
  })
}
