// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type Chunks, extractTar, readAr, readTar, type TreeWriter } from '../archive/index.ts'
import { type Command, type Exec, HOST_ENV, lastWords, MillraceError, writeAll } from '../base/index.ts'
import { bindProgram, type Pieces } from './bind-program.ts'
import { isMergeLink, mergedPath, mergedTarget } from './paths.ts'

/** One entry of a package's tree. */
export interface DebEntry {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink'
  readonly mode: number
  readonly sizeBytes: number
  /** Target of a link, as it stands. */
  readonly linkTarget: string
  /** Of a file: the path that holds the same bytes as another name of one file; null for a file of its own. */
  readonly sameAs: string | null
  open(): Chunks
}

export interface DebTree {
  readonly entries: ReadonlyMap<string, DebEntry>
  /** The youngest entry's, so that it says when the package was made. */
  readonly mtimeSec: number
}

/**
 * The tree of a .deb (deb(5)), merged below `usr`, its programs bound to the seed's libraries, and without what `drop` covers. File bodies go one after another into one file in `directory`, which must stay as long as entries are opened.
 *
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_HOSTILE, TOOL_MISSING, TOOL_FAILED
 */
export async function readDeb(
  exec: Exec,
  path: string,
  directory: string,
  what: string,
  drop: (path: string) => boolean,
  signal: AbortSignal,
): Promise<DebTree> {
  const tar = await unpackData(exec, path, directory, what, signal)
  const tree = new SpilledTree(join(directory, 'bodies'))
  let mtimeSec = 0
  try {
    await extractTar(readTar(createReadStream(tar, { highWaterMark: CHUNK_BYTES }), what), tree, what, {
      place: (name) => tree.place(name),
      take: (name, entry) => {
        mtimeSec = Math.max(mtimeSec, entry.mtimeSec)
        return !drop(mergedPath(name)) && !(entry.type === 'symlink' && isMergeLink(name, entry.linkPath))
      },
    })
  } finally {
    await tree.close()
  }
  return { entries: tree.entries, mtimeSec }
}

const CHUNK_BYTES = 1024 * 1024

/** The data member as a plain tar file. */
async function unpackData(
  exec: Exec,
  path: string,
  directory: string,
  what: string,
  signal: AbortSignal,
): Promise<string> {
  for await (const { name, body } of readAr(createReadStream(path), what)) {
    const [, suffix] = /^data\.tar(\.(?:xz|zst|gz|bz2))?$/.exec(name) ?? [undefined, null]
    if (suffix === null) continue
    const packed = join(directory, 'data.packed')
    await pipeline(body, createWriteStream(packed))
    if (suffix === undefined) return packed
    await rename(packed, join(directory, `data.tar${suffix}`))
    const exited = await exec(unpackCommand(suffix, join(directory, `data.tar${suffix}`)), { signal })
    if (exited.code === 0) return join(directory, 'data.tar')
    throw new MillraceError('TOOL_FAILED', {
      what,
      why: `its data could not be unpacked: ${lastWords(exited)}`,
      fix: 'run the same command again: the package is fetched anew when its bytes are wrong',
    })
  }
  throw new MillraceError('ARCHIVE_INVALID', {
    what,
    why: 'it has no data member',
    fix: 'fetch the package again',
  })
}

/** Leaves the unpacked file beside the packed one, without the suffix. */
export function unpackCommand(suffix: string, path: string): Command {
  const programs: Readonly<Record<string, string>> = {
    '.xz': 'xz',
    '.zst': 'zstd',
    '.gz': 'gzip',
    '.bz2': 'bzip2',
  }
  const program = programs[suffix] ?? 'xz'
  return { program, args: [...(program === 'zstd' ? ['--rm', '-q'] : []), '-d', '--', path], env: HOST_ENV }
}

/** Keeps what a tree consists of in memory and all bodies in one file. */
class SpilledTree implements TreeWriter {
  readonly entries = new Map<string, DebEntry>()
  readonly #path: string
  /** Where what lies at a path came from. */
  readonly #origins = new Map<string, string>()
  #file: Promise<FileHandle> | undefined
  #offset = 0

  constructor(path: string) {
    this.#path = path
  }

  place(name: string): string {
    const path = mergedPath(name)
    this.#origins.set(path, name)
    return path
  }

  async directory(path: string, mode: number): Promise<void> {
    this.#add({ path, type: 'directory', mode, sizeBytes: 0, linkTarget: '', sameAs: null, open: nothing })
  }

  async file(path: string, mode: number, body: Chunks): Promise<void> {
    this.#file ??= open(this.#path, 'wx+')
    const file = await this.#file
    const start = this.#offset
    for await (const chunk of body) {
      await writeAll(file, chunk)
      this.#offset += chunk.length
    }
    const [bodies, end] = [this.#path, this.#offset]
    if ((mode & 0o111) !== 0) await bindProgram(piecesOf(file, start, end - start))
    const openBody = (): Chunks =>
      end === start
        ? nothing()
        : createReadStream(bodies, { start, end: end - 1, highWaterMark: CHUNK_BYTES })
    this.#add({
      path,
      type: 'file',
      mode,
      sizeBytes: end - start,
      linkTarget: '',
      sameAs: null,
      open: openBody,
    })
  }

  async symlink(path: string, target: string): Promise<void> {
    const linkTarget = mergedTarget(this.#origins.get(path) ?? path, target)
    this.#add({ path, type: 'symlink', mode: 0o777, sizeBytes: 0, linkTarget, sameAs: null, open: nothing })
  }

  async hardlink(path: string, target: string): Promise<void> {
    const file = this.entries.get(target)
    if (file !== undefined) this.#add({ ...file, path, sameAs: file.sameAs ?? file.path })
  }

  async remove(path: string): Promise<void> {
    this.entries.delete(path)
  }

  async close(): Promise<void> {
    await (await this.#file)?.close()
  }

  #add(entry: DebEntry): void {
    this.entries.set(entry.path, entry)
  }
}

/** A stretch of a file. */
function piecesOf(file: FileHandle, start: number, sizeBytes: number): Pieces {
  return {
    sizeBytes,
    read: async (position, length) => {
      const wanted = Math.max(0, Math.min(length, sizeBytes - position))
      const bytes = Buffer.alloc(wanted)
      const { bytesRead } = await file.read(bytes, 0, wanted, start + position)
      return bytes.subarray(0, bytesRead)
    },
    write: (position, bytes) => writeAll(file, bytes, start + position),
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
