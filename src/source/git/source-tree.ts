// SPDX-License-Identifier: Apache-2.0
import { createHash, type Hash } from 'node:crypto'
import { type Digest, digestOf, MillraceError } from '../../base/index.ts'
import { contentsCommand, type GitSetting, treeCommand } from './commands.ts'
import { type GitServices, type GitWork, runGit } from './git-services.ts'
import { gitFailed } from './obtain.ts'

/** What lies below a commit. */
export interface SourceTree {
  /** The sha256 of the list of its files with their sha256: what the commit's own name, a SHA-1, stands for. */
  readonly digest: Digest
  /** Path → commit of the submodules that it records. */
  readonly submodules: ReadonlyMap<string, string>
  /** Files that are only a note where Git LFS has the real ones. */
  readonly lfsPointers: readonly string[]
}

/**
 * Reads every file of a commit once.
 *
 * @throws MillraceError ARCHIVE_TOO_LARGE, TOOL_FAILED, CANCELLED
 */
export async function readSourceTree(
  f: GitServices,
  work: GitWork,
  place: { readonly setting: GitSetting; readonly repository: string; readonly commit: string },
): Promise<SourceTree> {
  const { setting, repository, commit } = place
  const listed = await runGit(f, work, treeCommand(setting, repository, commit), {
    maxOutputBytes: MAX_LIST_BYTES,
  })
  if (listed.code !== 0 || listed.truncated) throw gitFailed(work, listed)
  const entries = parseTree(listed.stdout)
  const sizeBytes = entries.reduce((sum, entry) => sum + entry.sizeBytes, 0)
  if (sizeBytes > f.git.limits.treeBytes) throw tooLarge(work, commit, sizeBytes, f.git.limits.treeBytes)

  const blobs = [
    ...new Set(entries.filter(({ mode }) => mode !== SUBMODULE).map(({ object }) => object)),
  ].sort()
  const reader = new ContentsReader()
  const command = contentsCommand(setting, repository, blobs.map((object) => `${object}\n`).join(''))
  const read = await runGit(f, work, command, { onStdout: (chunk) => reader.push(chunk) })
  if (read.code !== 0 || reader.contents.size !== blobs.length) throw gitFailed(work, read)

  const lines = entries.map(
    ({ mode, object, path }) => `${mode} ${reader.contents.get(object)?.sha256 ?? object} ${path}\0`,
  )
  return {
    digest: digestOf(lines.sort().join('')),
    submodules: new Map(
      entries.filter(({ mode }) => mode === SUBMODULE).map(({ path, object }) => [path, object]),
    ),
    lfsPointers: entries
      .filter(({ object }) => reader.contents.get(object)?.isLfsPointer)
      .map(({ path }) => path),
  }
}

const MAX_LIST_BYTES = 512 * 1024 ** 2
const SUBMODULE = '160000'

interface GitTreeEntry {
  readonly mode: string
  readonly object: string
  /** 0 for a submodule. */
  readonly sizeBytes: number
  readonly path: string
}

/** `MODE TYPE OBJECT SIZE\tPATH` each, with a zero behind it. */
export function parseTree(text: string): GitTreeEntry[] {
  return [...text.matchAll(/(\d{6}) \w+ ([0-9a-f]{40}) +(\d+|-)\t([^\0]+)\0/g)].map(
    ([, mode = '', object = '', size = '', path = '']) => ({
      mode,
      object,
      path,
      sizeBytes: size === '-' ? 0 : Number(size),
    }),
  )
}

interface Content {
  readonly sha256: string
  readonly isLfsPointer: boolean
}

/** Git LFS pointer files (its docs/spec.md): this line first, less than 1,024 bytes in all. */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n/
const LFS_MAX_BYTES = 1024

/** Takes the output of `git cat-file --batch` as it comes, keeping the digest of each object. */
export class ContentsReader {
  readonly contents = new Map<string, Content>()
  #header = ''
  #current: {
    readonly object: string
    readonly hash: Hash
    readonly sizeBytes: number
    left: number
    start: string
  } | null = null

  push(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; )
      at = this.#current === null ? this.#readHeader(chunk, at) : this.#readBody(chunk, at)
  }

  #readHeader(chunk: Uint8Array, at: number): number {
    const end = chunk.indexOf(NEWLINE, at)
    this.#header += Buffer.from(chunk.subarray(at, end === -1 ? undefined : end)).toString('latin1')
    if (end === -1) return chunk.length
    const [, object = '', size = ''] = /^([0-9a-f]{40}) \w+ (\d+)$/.exec(this.#header) ?? []
    this.#header = ''
    if (object !== '')
      this.#current = {
        object,
        hash: createHash('sha256'),
        sizeBytes: Number(size),
        left: Number(size),
        start: '',
      }
    return end + 1
  }

  #readBody(chunk: Uint8Array, at: number): number {
    const current = this.#current
    if (current === null) return at
    const part = chunk.subarray(at, at + current.left)
    current.hash.update(part)
    if (current.sizeBytes < LFS_MAX_BYTES) current.start += Buffer.from(part).toString('latin1')
    current.left -= part.length
    const next = at + part.length
    // A newline stands behind each object.
    if (current.left > 0 || next >= chunk.length) return next
    this.contents.set(current.object, {
      sha256: current.hash.digest('hex'),
      isLfsPointer: LFS_POINTER.test(current.start),
    })
    this.#current = null
    return next + 1
  }
}

const NEWLINE = 10

function tooLarge(work: GitWork, commit: string, found: number, limit: number): MillraceError {
  return new MillraceError('ARCHIVE_TOO_LARGE', {
    what: work.what,
    why: `the files of ${commit} have ${found} bytes; the limit is ${limit}`,
    fix: 'check that this is the repository which is meant',
    at: work.at,
  })
}
