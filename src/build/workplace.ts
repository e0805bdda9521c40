// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, open, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { diskTree, extractTar, readTar } from '../archive/index.ts'
import { type Digest, MillraceError } from '../base/index.ts'
import type { PlannedFile, PlannedPackage, PlannedSource } from '../plan/index.ts'
import { SOURCES } from '../recipe/index.ts'
import {
  type EnvironmentPackage,
  type Mount,
  openSandbox,
  prepareEnvironment,
  removeSandbox,
  type Sandbox,
  type SandboxLimits,
} from '../sandbox/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { PlannedBytes, WorkServices } from './order.ts'
import { processorsOf, relocate, type Variation } from './variation.ts'

/** What a place to run planned scripts in is made of. */
export interface WorkplaceOptions extends PlannedBytes {
  /** Begins the name of its directory on the host. */
  readonly name: string
  readonly environment: readonly PlannedPackage[]
  readonly sources: readonly PlannedSource[]
  readonly files: readonly PlannedFile[]
  /** Over the fixed ones. */
  readonly variables: Readonly<Record<string, string>>
  readonly variation: Variation
  /** Directories to make in the workspace, relative to it. */
  readonly directories: readonly string[]
  readonly limits: Partial<SandboxLimits>
  /** When it is given, who stops must not wait for files to be removed: they are left to the sweep of the next start. */
  readonly signal: AbortSignal
  /** What an earlier sandbox wrote, as a layer over the environment: the workspace is in it, and no files are placed. */
  readonly over?: string
  /** Beside the sources. */
  readonly mounts?: readonly Mount[]
  /** Where it is, to be kept and opened again; without it a new one that is removed at the end. */
  readonly directory?: string
}

/** A sandbox with an environment, sources, and a workspace with the recipe's files. Its disposal removes every file of it. */
export interface Workplace extends AsyncDisposable {
  readonly sandbox: Sandbox
  /** On the host, for what is in between. */
  readonly directory: string
}

/**
 * @throws MillraceError PLAN_INVALID for a path that leads out of the workspace, BLOB_MISSING, BLOB_CORRUPT, SANDBOX_FAILED
 */
export async function openWorkplace(f: WorkServices, options: WorkplaceOptions): Promise<Workplace> {
  const { variation, limits } = options
  for (const { path } of options.files) checkPath(path, 'a file beside the recipe')
  const isKept = options.directory !== undefined
  const directory =
    options.directory ?? join(f.sandboxDirectory, `${options.name}-${randomBytes(6).toString('hex')}`)
  const packages = environmentPackages(f.store, options)
  const { layers } = await prepareEnvironment(
    { ...f, workDirectory: f.sandboxDirectory },
    packages,
    variation.identity,
  )
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const unpacked = join(directory, UNPACKED)
  await rm(unpacked, { recursive: true, force: true })
  try {
    const sandbox = await openSandbox(f, {
      layers: options.over === undefined ? layers : [...layers, options.over],
      workDirectory: join(directory, WORKPLACE_SANDBOX),
      mounts: [...(await sourceMounts(f.store, options, unpacked)), ...(options.mounts ?? [])],
      identity: variation.identity,
      environment: variablesOf(options),
      limits,
      cpus: await processorsOf(variation),
      ...(options.over === undefined
        ? { fill: (written) => fillWorkspace(f.store, join(written, variation.workspace), options) }
        : {}),
    })
    return {
      sandbox,
      directory,
      [Symbol.asyncDispose]: async () => {
        await sandbox.close()
        if (!isKept && !options.signal.aborted) await removeSandbox(f, directory)
      },
    }
  } catch (error) {
    if (!isKept) await removeSandbox(f, directory)
    throw error
  }
}

/** The sandbox in a workplace's directory. */
export const WORKPLACE_SANDBOX = 'sandbox'
/** Sources that must be unpacked to be mounted, in a workplace's directory. */
export const UNPACKED = 'sources'

function environmentPackages(
  store: BlobStore,
  { name, environment, packageFiles }: WorkplaceOptions,
): EnvironmentPackage[] {
  return environment.map((one) => {
    const file = packageFiles.get(one.datahash)
    if (file !== undefined) return { ...one, open: () => readVerified(store, file) }
    throw missing(`preparing the environment of ${name}`, `${one.name}-${one.version} (data ${one.datahash})`)
  })
}

/** Nothing of a damaged package is unpacked: what reads it would call it no package before its digest is known. */
async function* readVerified(store: BlobStore, file: Digest): AsyncIterable<Uint8Array> {
  await store.verify(file)
  yield* store.read(file)
}

/**
 * A source is read once as a whole before, so that a broken disk is not taken for a broken build. A git source's blob is a tar of repositories.
 *
 * @param unpacked where such are unpacked to.
 */
async function sourceMounts(
  store: BlobStore,
  { name, sources, sourceFiles }: WorkplaceOptions,
  unpacked: string,
): Promise<Mount[]> {
  const mounts = new Map<string, Mount>()
  for (const { kind, place, uri } of sources) {
    if (mounts.has(place)) continue
    checkPath(place, `the source ${uri}`)
    const file = sourceFiles.get(place)
    if (file === undefined) throw missing(`mounting the sources of ${name}`, `${uri} (${place})`)
    await store.verify(file)
    const source = kind === 'git' ? join(unpacked, place) : await store.localPath(file)
    if (kind === 'git') {
      await mkdir(source, { recursive: true })
      await extractTar(readTar(store.read(file), uri), diskTree(source), `unpacking ${uri}`)
    }
    mounts.set(place, { source, target: `${SOURCES}/${place}`, readonly: true })
  }
  return [...mounts.values()]
}

/** What every script finds set, below what the recipe sets (melange.md §9). Nothing of the host's. */
function variablesOf({ variables, variation }: WorkplaceOptions): Record<string, string> {
  const { workspace } = variation
  const given = Object.entries(variables).map(([name, value]) => [name, relocate(value, variation)] as const)
  return {
    ...variation.variables,
    HOME: workspace,
    GOPATH: `${workspace}/.cache/go`,
    GOMODCACHE: `${SOURCES}/gomodcache`,
    UV_CACHE_DIR: `${SOURCES}/uv`,
    PIP_CACHE_DIR: `${SOURCES}/pip`,
    COMPOSER_CACHE_DIR: `${SOURCES}/composer`,
    npm_config_cache: `${SOURCES}/npm`,
    ...Object.fromEntries(given),
  }
}

/** Modes are set, not left to our umask: a build may see them. */
async function fillWorkspace(
  store: BlobStore,
  workspace: string,
  { directories, files }: WorkplaceOptions,
): Promise<void> {
  await makeDirectory(dirname(workspace))
  await makeDirectory(workspace)
  for (const path of directories) await makeWithin(workspace, path)
  for (const { path, digest, executable } of files) {
    await makeWithin(workspace, dirname(path))
    const file = await open(join(workspace, path), 'wx', 0o600)
    try {
      await file.writeFile(store.read(digest))
      await file.chmod(executable ? 0o755 : 0o644)
    } finally {
      await file.close()
    }
  }
}

async function makeWithin(workspace: string, path: string): Promise<void> {
  let place = workspace
  for (const part of path.split('/').filter((one) => one !== '' && one !== '.')) {
    place = join(place, part)
    await makeDirectory(place)
  }
}

async function makeDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  await chmod(path, 0o755)
}

function checkPath(path: string, of: string): void {
  const parts = path.split('/')
  const plain = !/[\x00-\x1f\x7f]/.test(path) && parts.every((part) => !['', '.', '..'].includes(part))
  if (plain) return
  throw new MillraceError('PLAN_INVALID', {
    what: `placing ${of}`,
    why: `${JSON.stringify(path)} is not a plain path below its directory`,
    fix: 'make the plan again',
  })
}

function missing(what: string, which: string): MillraceError {
  return new MillraceError('BLOB_MISSING', {
    what,
    why: `no file is known for ${which}`,
    fix: 'run millrace start: it fetches or builds again what is missing',
  })
}
