// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Chunks, TAR_END, tarEntry, tarHeader, tarPadding } from '../../archive/index.ts'
import {
  digestHex,
  digestOf,
  type Emit,
  emitNothing,
  MillraceError,
  makeTempDirectory,
  namingFullDisk,
  offlineError,
  redactUrl,
} from '../../base/index.ts'
import type { FetchedSource } from '../fetch-source.ts'
import { type AssembledShape, assembleRepository } from './assemble.ts'
import { type GitCheckout, type GitSource, type Retries, readCheckout, readRetries } from './git-checkout.ts'
import type { GitServices, GitWork } from './git-services.ts'
import { obtainCommit, type WantedCommit } from './obtain.ts'
import { findStoredCheckout, noteTree, rememberCheckout } from './remembered-git.ts'
import { readSourceTree, type SourceTree } from './source-tree.ts'
import { type Submodule, submodulesOf, tooManySubmodules } from './submodules.ts'

export interface GitFetchServices extends GitServices {
  readonly emit?: Emit
  /** Only the store is asked. */
  readonly offline?: boolean
  /** Waits before upstream is asked again. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * What a git-checkout needs, as a blob: a tar of bare repositories, `repository/` and `modules/<sha256 of its path>/` for each submodule, and `lfs-pointers`, a list. From the store, from upstream, or from the
 * mirrors, in this order; found by the name that the recipe gives and refused when it is not the commit that the recipe expects.
 *
 * @throws MillraceError RECIPE_INVALID, SOURCE_DIGEST_MISMATCH, SOURCE_NOT_FOUND with every place asked, GIT_HOSTILE, ARCHIVE_TOO_LARGE, TOOL_MISSING, TOOL_FAILED, DISK_FULL, CANCELLED
 */
export async function fetchGitSource(
  f: GitFetchServices,
  source: GitSource,
  signal: AbortSignal,
): Promise<FetchedSource> {
  const checkout = readCheckout(source)
  const retries = readRetries(source)
  const stored = checkout.commit === '' ? undefined : await findStoredCheckout(f, checkout)
  if (stored !== undefined) return { ...stored, from: 'store' }
  if (f.offline) throw notStored(source, checkout)
  const downloads = join(f.dataDirectory, 'downloads')
  return namingFullDisk(`fetching ${source.name} into ${downloads}`, async () => {
    await using directory = await makeTempDirectory(downloads, 'git')
    const work = workOn(f, source, directory.path, signal)
    const { content, from } = await collect(f, work, checkout, retries)
    const { digest, sizeBytes } = await f.store.putStream(tarOf(content))
    await rememberCheckout(f, checkout, digest)
    return { digest, sizeBytes, from }
  })
}

function notStored(source: GitSource, { commit }: GitCheckout): MillraceError {
  return offlineError(
    `fetching ${source.name} (${redactUrl(source.repository)})`,
    commit === ''
      ? 'what a name stands for is only known upstream'
      : `the store does not have the commit ${commit}`,
    commit === ''
      ? 'add expected-commit: with it a checkout is kept in the store and found again'
      : 'run the same command once without --offline: what it fetches stays in the store',
    source.at,
  )
}

/** Half a second more or less keeps those that failed together from coming again together. */
const pauseFor = async (ms: number, signal: AbortSignal) => {
  await wait(ms + Math.random() * 500, undefined, { signal }).catch(() => {})
}

function workOn(f: GitFetchServices, source: GitSource, directory: string, signal: AbortSignal): GitWork {
  const emit = f.emit ?? emitNothing
  const task = source.task ?? `fetch:${source.name}`
  const pause = f.pause ?? pauseFor
  let told = 0
  return {
    directory,
    what: `fetching ${source.name} (${redactUrl(source.repository)})`,
    at: source.at,
    deadlineMs: performance.now() + f.git.limits.timeoutMs,
    onBytes: (done) => {
      if (done === told) return
      told = done
      emit({ type: 'task.progressed', task, done, total: null, unit: 'bytes' })
    },
    pause: (ms) => pause(ms, signal),
    signal,
  }
}

/** Fetches the repository and its submodules into `content/`. */
async function collect(
  f: GitFetchServices,
  work: GitWork,
  checkout: GitCheckout,
  retries: Retries,
): Promise<{ readonly content: string; readonly from: string }> {
  const content = join(work.directory, 'content')
  await mkdir(join(content, 'modules'), { recursive: true })
  const { tag, branch, url, commit, mustBeTip, depth, picks, submodules } = checkout
  const ref = tag !== '' ? `refs/tags/${tag}` : branch !== '' ? `refs/heads/${branch}` : null
  const wanted: WantedCommit = { url, ref: ref ?? 'HEAD', commit, mustBeTip, depth, picks }
  const lfsPointers: string[] = []
  const top = await take(f, work, wanted, { ref, depth, picks }, retries, join(content, 'repository'))
  lfsPointers.push(...top.tree.lfsPointers)

  const waiting: Placed[] = submodules === null ? [] : placedBelow('', top.submodules)
  let taken = 0
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    taken += 1
    if (taken > f.git.limits.submodules) throw tooManySubmodules(work, f.git.limits.submodules)
    const { path, module } = one
    const shallow = submodules?.isShallow === true || module.isShallow
    const place = join(content, 'modules', digestHex(digestOf(path)))
    const inner = { ...work, what: `${work.what}, its submodule ${path} (${redactUrl(module.url.href)})` }
    const wantedModule = { url: module.url, ref: null, commit: module.commit, mustBeTip: false, picks: [] }
    const moduleDepth = shallow ? 1 : null
    const shape = { ref: null, depth: moduleDepth, picks: [] }
    const found = await take(f, inner, { ...wantedModule, depth: moduleDepth }, shape, retries, place)
    lfsPointers.push(...found.tree.lfsPointers.map((file) => `${path}/${file}`))
    waiting.push(...placedBelow(`${path}/`, found.submodules))
  }
  tellPointers(f, work, lfsPointers)
  await writeFile(
    join(content, 'lfs-pointers'),
    lfsPointers
      .sort()
      .map((path) => `${path}\n`)
      .join(''),
  )
  return { content, from: top.from }
}

/** What they point at is not fetched: a recipe that needs it takes it by another source. */
function tellPointers(f: GitFetchServices, work: GitWork, paths: readonly string[]): void {
  if (paths.length === 0) return
  const text = `${work.what}: ${paths.length} of its files are pointers of Git LFS, and not the files themselves: ${paths.slice(0, 3).join(', ')}`
  f.emit?.({ type: 'notice.raised', level: 'warning', text })
}

interface Placed {
  /** From the top. */
  readonly path: string
  readonly module: Submodule
}

const placedBelow = (prefix: string, modules: readonly Submodule[]): Placed[] =>
  modules.map((module) => ({ path: `${prefix}${module.path}`, module }))

/** One repository, into a directory of its own. */
async function take(
  f: GitFetchServices,
  work: GitWork,
  wanted: WantedCommit,
  shape: AssembledShape,
  retries: Retries,
  repository: string,
): Promise<{ readonly tree: SourceTree; readonly submodules: readonly Submodule[]; readonly from: string }> {
  const obtained = await obtainCommit(f, work, wanted, retries)
  const setting = await assembleRepository(f, work, obtained, shape, repository)
  await rm(obtained.repository, { recursive: true, force: true })
  const { commit, from } = obtained
  const place = { setting, repository, commit }
  const tree = await readSourceTree(f, work, place)
  const before = await noteTree(f, commit, tree.digest)
  if (before !== undefined) throw collision(work, commit, before, tree)
  return { tree, submodules: await submodulesOf(f, work, place, wanted.url, tree), from }
}

function collision(work: GitWork, commit: string, before: string, tree: SourceTree): MillraceError {
  return new MillraceError('SOURCE_DIGEST_MISMATCH', {
    what: work.what,
    why: `the files of the commit ${commit} had the sha256 ${before} before, and have ${tree.digest} now: somebody made two trees with one SHA-1`,
    fix: 'do not use either; tell the maintainers of the repository',
    at: work.at,
  })
}

/** Directories and files in the order of their paths; modes, times and owners are the same for all. */
async function* tarOf(directory: string): Chunks {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const entries = found.map((one) => ({ isFile: one.isFile(), place: join(one.parentPath, one.name) }))
  for (const { isFile, place } of entries.sort((a, b) => (a.place < b.place ? -1 : 1))) {
    const sizeBytes = isFile ? (await stat(place)).size : 0
    const path = place.slice(directory.length + 1)
    yield tarHeader(tarEntry({ path, type: isFile ? 'file' : 'directory', sizeBytes }))
    if (isFile) yield* createReadStream(place) as AsyncIterable<Uint8Array>
    yield tarPadding(sizeBytes)
  }
  yield TAR_END
}
