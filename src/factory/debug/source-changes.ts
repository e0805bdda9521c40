// SPDX-License-Identifier: Apache-2.0

import { writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { collectBytes } from '../../archive/index.ts'
import { type Exec, exists, MillraceError, makeTempDirectory } from '../../base/index.ts'
import { type Sandbox, type TreeEntry, walkTree } from '../../sandbox/index.ts'

/** A workspace at three moments, as directories of the host: what is hostile in them is never followed. */
export interface Moments {
  /** When the last source was there. */
  readonly sources: string
  /** When the step failed. */
  readonly failed: string
  /** What was written since, over that. */
  readonly changed: string
}

/** What a person changed in the sources. */
export interface SourceChanges {
  /** A unified diff, to be applied when the last source is there (`patch -p1`); '' when nothing was changed. */
  readonly patch: string
  /** Paths it touches. */
  readonly files: readonly string[]
  /** Paths that were changed and are left out, since they were in no source, and why for others. */
  readonly leftOut: readonly { readonly path: string; readonly why: string }[]
}

/** Of the workspace, what steps make on the way. */
const PRODUCTS = /^(?:melange-out|\.cache)\//
const MAX_FILE_BYTES = 64 * 1024 ** 2

/**
 * The difference that a person made to the sources since the step failed. A file that steps had changed before is told as a change to the source all the same: what the steps did to it and what the
 * person did are told apart by a three-way merge (diff3(1)), and they will do theirs again.
 *
 * @param options.include files that were in no source and belong to the patch all the same, or directories of such
 * @param options.beside files beside the recipe, which are changed there
 * @param options.gone which of these paths are there no longer
 * @throws MillraceError USAGE when a change cannot be told apart, or cannot be in a patch; NOT_FOUND for something to include that is not there
 */
export async function sourceChanges(
  f: { readonly exec: Exec; readonly directory: string },
  moments: Moments,
  options: {
    readonly include: readonly string[]
    readonly beside: readonly string[]
    readonly gone: (paths: readonly string[]) => Promise<readonly string[]>
  },
): Promise<SourceChanges> {
  const sources = await filesOf(moments.sources)
  const failed = await filesOf(moments.failed)
  const changed = await filesOf(moments.changed)
  const beside = new Set(options.beside)
  const leftOut: SourceChanges['leftOut'][number][] = []
  const parts = new Map<string, string>()
  await using temp = await makeTempDirectory(f.directory, 'patch')
  const tell = async (path: string, before: Uint8Array | null, after: Uint8Array | null) => {
    const text = await unifiedDiff({ ...f, directory: temp.path }, path, before, after)
    if (text !== '') parts.set(path, text)
  }

  for (const [path, entry] of changed) {
    const [source, was] = [sources.get(path), failed.get(path)]
    const now = await bytesOf(entry)
    const before = was === undefined ? null : await bytesOf(was)
    if (before !== null && Buffer.compare(before, now) === 0) continue
    if (beside.has(path)) leftOut.push({ path, why: 'it lies beside the recipe: change it there' })
    else if (source !== undefined) {
      const original = await bytesOf(source)
      await tell(
        path,
        original,
        await onSource({ ...f, directory: temp.path }, path, original, before ?? original, now),
      )
    } else if (isIncluded(path, options.include)) await tell(path, null, now)
    else if (!PRODUCTS.test(path)) leftOut.push({ path, why: 'it was in no source' })
  }
  const untouched = [...sources.keys()].filter((path) => failed.has(path) && !changed.has(path))
  for (const path of await options.gone(untouched)) {
    if (beside.has(path)) continue
    const source = sources.get(path)
    if (source !== undefined) await tell(path, await bytesOf(source), null)
  }
  const missing = options.include.filter((one) => ![...parts.keys()].some((path) => isIncluded(path, [one])))
  if (missing.length > 0) throw notThere(missing)
  const files = [...parts.keys()].sort()
  return { patch: files.map((path) => parts.get(path)).join(''), files, leftOut }
}

/** Which of these files of a workspace a sandbox sees no longer. Its shell looks, since a directory that was made anew hides what was in it, and no other way shows that. */
export async function goneFrom(
  sandbox: Pick<Sandbox, 'run'>,
  workspace: string,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<string[]> {
  const known = new Set(paths)
  const gone: string[] = []
  const script = 'while IFS= read -r path; do [ -f "$path" ] || printf "%s\\n" "$path"; done'
  const outcome = await sandbox.run(
    { args: ['/bin/sh', '-c', script], directory: workspace, stdin: `${paths.join('\n')}\n` },
    { signal, onLine: (line) => known.has(line) && gone.push(line) },
  )
  if (outcome.status === 'exited' && outcome.code === 0) return gone
  throw new MillraceError('SANDBOX_FAILED', {
    what: 'looking for files that were removed',
    why: `the sandbox’s shell ended otherwise than expected: ${outcome.lastLines.at(-1) ?? outcome.status}`,
    fix: 'begin the session again with --fresh',
  })
}

/** Plain files by path. Names that no patch can carry are not among them. */
async function filesOf(root: string): Promise<Map<string, TreeEntry>> {
  const files = new Map<string, TreeEntry>()
  if (!(await exists(root))) return files
  for await (const entry of walkTree(root)) {
    if (entry.type !== 'file' || /(?:^|\/)\.git\//.test(entry.path)) continue
    files.set(entry.path, entry)
  }
  return files
}

async function bytesOf(entry: TreeEntry): Promise<Uint8Array> {
  if (entry.sizeBytes > MAX_FILE_BYTES) throw unfit(entry.path, `it has ${entry.sizeBytes} bytes`)
  return collectBytes(entry.open(), MAX_FILE_BYTES, entry.path)
}

function isIncluded(path: string, include: readonly string[]): boolean {
  return include.some((one) => {
    const plain = posix.normalize(one).replace(/\/$/, '')
    return path === plain || path.startsWith(`${plain}/`)
  })
}

/** The source with the person's change in it, and none of those that steps had made before. */
async function onSource(
  f: { readonly exec: Exec; readonly directory: string },
  path: string,
  source: Uint8Array,
  before: Uint8Array,
  now: Uint8Array,
): Promise<Uint8Array> {
  if (Buffer.compare(source, before) === 0) return now
  const places = await writeAll(f.directory, { now, before, source })
  const { code, stdout } = await f.exec(
    { program: 'diff3', args: ['-m', ...places] },
    { maxOutputBytes: MAX_FILE_BYTES },
  )
  if (code === 0) return Buffer.from(stdout)
  throw unfit(path, 'an earlier step changed the same lines, so what you changed cannot be told from it')
}

async function unifiedDiff(
  f: { readonly exec: Exec; readonly directory: string },
  path: string,
  before: Uint8Array | null,
  after: Uint8Array | null,
): Promise<string> {
  const places = await writeAll(f.directory, { a: before ?? Buffer.alloc(0), b: after ?? Buffer.alloc(0) })
  const labels = [before === null ? '/dev/null' : `a/${path}`, after === null ? '/dev/null' : `b/${path}`]
  const { code, stdout, truncated } = await f.exec(
    { program: 'diff', args: ['-u', ...labels.flatMap((label) => ['--label', label]), ...places] },
    { maxOutputBytes: MAX_FILE_BYTES },
  )
  if (code === 0) return ''
  if (code === 1 && !truncated && !stdout.startsWith('Binary files ')) return stdout
  throw unfit(path, 'it is no text, and a patch can only hold text')
}

/** In the order of the keys. */
async function writeAll(directory: string, files: Readonly<Record<string, Uint8Array>>): Promise<string[]> {
  return Promise.all(
    Object.entries(files).map(async ([name, bytes]) => {
      const place = join(directory, name)
      await writeFile(place, bytes)
      return place
    }),
  )
}

function unfit(path: string, why: string): MillraceError {
  return new MillraceError('USAGE', {
    what: `saving the change to ${path} as a patch`,
    why,
    fix: `write the patch by hand, or undo the change in the sandbox first`,
  })
}

function notThere(paths: readonly string[]): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `including ${paths.join(', ')} in the patch`,
    why: 'nothing of that name was made or changed in the sandbox',
    fix: 'give paths as seen from the workspace, /home/build',
  })
}
