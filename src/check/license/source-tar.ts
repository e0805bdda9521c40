// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { BLOCK_BYTES, type Chunks, diskTree, extractTar, readTar } from '../../archive/index.ts'
import { type Command, type Exec, HOST_ENV, lastWords, MillraceError } from '../../base/index.ts'

/** How a source is packed, by its first bytes. What is not here is taken for a tar as it is. */
const PACKINGS: readonly (readonly [magic: string, program: string])[] = [
  ['1f8b', 'gzip'],
  ['fd377a585a00', 'xz'],
  ['425a68', 'bzip2'],
  ['28b52ffd', 'zstd'],
  ['4c5a4950', 'lzip'],
]
const ZIP_MAGIC = '504b0304'
const MAX_TAR_BYTES = 16 * 1024 ** 3
const CHUNK_BYTES = 1024 * 1024

export interface SourceWork {
  readonly exec: Exec
  /** Empty, and removed by whoever made it. */
  readonly directory: string
  readonly what: string
  readonly signal: AbortSignal
}

/**
 * A source archive as a plain tar, unpacked into the work directory when it is compressed.
 *
 * @returns null for what is no tar: a single file, a zip. @throws MillraceError TOOL_MISSING, TOOL_FAILED, ARCHIVE_TOO_LARGE, CANCELLED
 */
export async function openSourceTar(work: SourceWork, path: string): Promise<Chunks | null> {
  const magic = (await bytesAt(path, 6)).toString('hex')
  if (magic.startsWith(ZIP_MAGIC)) return null
  const program = PACKINGS.find(([bytes]) => magic.startsWith(bytes))?.[1]
  const tar = program === undefined ? path : join(work.directory, 'source.tar')
  if (program !== undefined)
    await spool(work, { program, args: ['-d', '-c', '--', path], env: HOST_ENV }, tar)
  return (await beginsAsTar(tar)) ? createReadStream(tar, { highWaterMark: CHUNK_BYTES }) : null
}

/** The tree of a commit, out of the tar of a bare repository that a git source is kept as. @throws MillraceError TOOL_FAILED and what unpacking throws */
export async function openGitTar(work: SourceWork, path: string, commit: string): Promise<Chunks> {
  const { directory, what } = work
  await extractTar(readTar(createReadStream(path), what), diskTree(directory), what)
  const tar = join(directory, 'source.tar')
  const args = [`--git-dir=${join(directory, 'repository')}`, 'archive', '--format=tar', commit || 'HEAD']
  await spool(work, { program: 'git', args, env: { ...HOST_ENV, GIT_CONFIG_NOSYSTEM: '1' } }, tar)
  return createReadStream(tar, { highWaterMark: CHUNK_BYTES })
}

async function bytesAt(path: string, count: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const { bytesRead, buffer } = await file.read(Buffer.alloc(count), 0, count, 0)
  return buffer.subarray(0, bytesRead)
}

/** By the first header's checksum (POSIX.1-2017 pax, "ustar Interchange Format"): archives of the oldest format, which GNU's releases still have, bear no magic. */
async function beginsAsTar(path: string): Promise<boolean> {
  const header = await bytesAt(path, BLOCK_BYTES)
  const stored = Number.parseInt(header.toString('latin1', 148, 156).trim(), 8)
  const sum = header.fill(' ', 148, 156).reduce((total, byte) => total + byte, 0)
  return header.length === BLOCK_BYTES && sum === stored
}

/** A program's output as a file, as far as it is of a sane length. */
async function spool({ exec, what, signal }: SourceWork, command: Command, path: string): Promise<void> {
  await using file = await open(path, 'wx', 0o600)
  const full = new AbortController()
  let written = 0
  let writing: Promise<unknown> = Promise.resolve()
  const exited = await exec(command, {
    signal: AbortSignal.any([signal, full.signal]),
    onStdout: (chunk) => {
      written += chunk.length
      if (written > MAX_TAR_BYTES) full.abort()
      else writing = writing.then(() => file.appendFile(chunk))
    },
  })
  await writing
  if (exited.code === 0) return
  if (signal.aborted)
    throw new MillraceError('CANCELLED', { what, why: 'it was stopped', fix: 'run it again' })
  if (full.signal.aborted)
    throw new MillraceError('ARCHIVE_TOO_LARGE', {
      what,
      why: `it unpacks to more than ${MAX_TAR_BYTES} bytes`,
      fix: 'do not use this archive; ask whoever made it',
    })
  throw new MillraceError('TOOL_FAILED', {
    what,
    why: `${command.program} could not unpack it: ${lastWords(exited)}`,
    fix: 'look whether the recipe names an archive that this program reads',
  })
}
