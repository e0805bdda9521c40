// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { chmod, copyFile, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Chunks } from '../archive/index.ts'
import {
  canonicalJson,
  type Digest,
  digestHex,
  digestOf,
  type Exec,
  exists,
  MillraceError,
  present,
} from '../base/index.ts'
import { linkBusybox } from './busybox-links.ts'
import { type InstalledPackage, writeInstalledDatabase } from './installed-database.ts'
import type { Identity } from './options.ts'
import { describeOutcome, type SandboxOutcome } from './outcome.ts'
import { publishDirectory } from './publish.ts'
import { openSandbox, type Sandbox } from './sandbox.ts'
import { topDirectories, topFiles } from './top-layer.ts'
import type { TreeStore } from './trees.ts'

/** A package of an environment and where its bytes are. */
export interface EnvironmentPackage {
  readonly name: string
  readonly version: string
  readonly datahash: Digest
  open(): Chunks
}

export interface Environment {
  /** Lowest first: the packages in their order, then what belongs to this very list of them. */
  readonly layers: readonly string[]
  /** Names the list of packages, in their order, and the identity. */
  readonly key: Digest
}

/** Raised when the top layer's content changes. */
const TOP_VERSION = 4

/**
 * The layers of an environment: each package's tree, and a small top layer with users, name resolution that leads nowhere, the dynamic loader's cache, and the database of
 * installed packages where there is an apk to read it. The top layer is made once for a list of packages.
 *
 * @param packages in install order; a later one's files stand over an earlier one's.
 * @throws MillraceError SANDBOX_FAILED, also when the environment has no shell, and what reading the packages throws.
 */
export async function prepareEnvironment(
  f: {
    readonly exec: Exec
    readonly trees: TreeStore
    readonly topsDirectory: string
    readonly workDirectory: string
  },
  packages: readonly EnvironmentPackage[],
  identity: Identity,
): Promise<Environment> {
  const treeOf = await mapLimited(packages, 2, (one) =>
    f.trees.ensure(one.datahash, `unpacking ${one.name}-${one.version}`, () => one.open()),
  )
  const trees = lastOfEach(treeOf)
  const { uid, gid, hostname } = identity
  const datahashes = packages.map(({ datahash }) => datahash)
  const key = digestOf(canonicalJson({ top: TOP_VERSION, uid, gid, hostname, packages: datahashes }))
  const top = join(f.topsDirectory, digestHex(key))
  if (!(await exists(top))) await makeTop(f, top, trees, treeOf, packages, identity)
  return { layers: [...trees, top], key }
}

async function makeTop(
  f: { readonly exec: Exec; readonly workDirectory: string },
  place: string,
  trees: readonly string[],
  treeOf: readonly string[],
  packages: readonly EnvironmentPackage[],
  identity: Identity,
): Promise<void> {
  const unfinished = `${place}.${randomBytes(4).toString('hex')}`
  await mkdir(dirname(place), { recursive: true })
  try {
    await writeTop(unfinished, identity)
    await linkBusybox(trees, unfinished)
    if (await hasProgram(trees, 'apk')) await writeInstalledDatabase(installed(packages, treeOf), unfinished)
    await using sandbox = await openSandbox(f, {
      layers: [...trees, unfinished],
      workDirectory: join(f.workDirectory, `environment-${randomBytes(6).toString('hex')}`),
      mounts: [],
      identity,
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    })
    if (await hasProgram(trees, 'ldconfig')) await copyLoaderCache(sandbox, unfinished)
    await requireShell(sandbox, packages)
    await publishDirectory(f, unfinished, place)
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true })
    throw error
  }
}

/** @param treeOf the tree of each package. */
function installed(packages: readonly EnvironmentPackage[], treeOf: readonly string[]): InstalledPackage[] {
  return packages.map((one, index) => ({
    tree: present(treeOf[index], 'every package has a tree'),
    what: `reading ${one.name}-${one.version}`,
    open: () => one.open(),
  }))
}

/** Modes are set, not left to our umask: a build may see them. */
async function writeTop(directory: string, identity: Identity): Promise<void> {
  await mkdir(directory)
  await chmod(directory, 0o755)
  for (const [name, mode] of topDirectories()) {
    await mkdir(join(directory, name))
    await chmod(join(directory, name), mode)
  }
  for (const [name, text] of topFiles(identity)) {
    await writeFile(join(directory, name), text)
    await chmod(join(directory, name), 0o644)
  }
}

/** Runs the environment's own ldconfig over it and keeps what it wrote. */
async function copyLoaderCache(sandbox: Sandbox, top: string): Promise<void> {
  // -X: links beside libraries are the packages' own business.
  const outcome = await sandbox.run({ args: ['ldconfig', '-X'], directory: '/' }, { timeoutMs: 60_000 })
  const cache = join(sandbox.written, 'etc/ld.so.cache')
  if (succeeded(outcome) && (await exists(cache))) {
    await copyFile(cache, join(top, 'etc/ld.so.cache'))
    return chmod(join(top, 'etc/ld.so.cache'), 0o644)
  }
  throw new MillraceError('SANDBOX_FAILED', {
    what: 'making the dynamic loader’s cache of an environment',
    why: `ldconfig ${describeOutcome(outcome)}: ${outcome.lastLines.slice(-3).join(' · ')}`,
    fix: 'check that the packages of the environment belong to one architecture and libc',
  })
}

async function requireShell(sandbox: Sandbox, packages: readonly EnvironmentPackage[]): Promise<void> {
  const outcome = await sandbox.run({ args: ['/bin/sh', '-c', ':'], directory: '/' }, { timeoutMs: 60_000 })
  if (succeeded(outcome)) return
  const names = packages.map(({ name, version }) => `${name}-${version}`)
  const shown = names.slice(0, 3).join(', ') + (names.length > 3 ? `, and ${names.length - 3} more` : '')
  throw new MillraceError('SANDBOX_FAILED', {
    what: `preparing an environment of ${shown || 'no packages'}`,
    why: `its /bin/sh ${describeOutcome(outcome)}: ${outcome.lastLines.slice(-3).join(' · ')}`,
    fix: 'add a package with a shell to environment.contents.packages: busybox, bash or dash',
  })
}

const succeeded = (outcome: SandboxOutcome) => outcome.status === 'exited' && outcome.code === 0

async function hasProgram(trees: readonly string[], name: string): Promise<boolean> {
  const places = trees.flatMap((tree) =>
    ['usr/sbin', 'sbin', 'usr/bin', 'bin'].map((directory) => join(tree, directory, name)),
  )
  for (const place of places) if (await exists(place)) return true
  return false
}

/** Packages may have one tree, as those do that only have dependencies; overlayfs refuses a directory that it is given twice (ELOOP). The topmost of equal layers covers the others. */
function lastOfEach(layers: readonly string[]): string[] {
  return layers.filter((layer, index) => layers.lastIndexOf(layer) === index)
}

/** Runs at most `limit` at once; results keep their order. When one fails no other is begun, and those that run are waited for: nothing of ours writes on after the error. */
async function mapLimited<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const failures: unknown[] = []
  const worker = async () => {
    for (const [index, item] of queue) {
      if (failures.length > 0) return
      try {
        results[index] = await work(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: limit }, worker))
  if (failures.length > 0) throw failures[0]
  return results
}
