// SPDX-License-Identifier: Apache-2.0
import { lstat, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, isSystemError, MillraceError } from '../base/index.ts'
import type { BuiltApk } from '../build/index.ts'
import {
  type AvailableApk,
  type BuildKey,
  type BuildPlan,
  buildKey,
  chooseBuildEnvironment,
  chooseTestEnvironment,
  type EnvironmentPool,
  type LocatedLock,
  lockedEnvironment,
  type PlannedFile,
  type PlannedPackage,
  planBuild,
  planTests,
  type TestPlan,
  testKey,
} from '../plan/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { Distro, DistroRecipe } from './distro.ts'
import { TEST_SHELL } from './distro-graph.ts'
import { lockBeside } from './recipe-lock.ts'

/** A plan and where the bytes are that it names. */
export interface WorkingPlan {
  readonly plan: BuildPlan
  readonly key: BuildKey
  /** Datahash of each package of the environment → blob of its .apk. */
  readonly packageFiles: ReadonlyMap<Digest, Digest>
  /** What the environment was taken from, where that is a lock. */
  readonly lock: LocatedLock | undefined
}

export interface WorkingTestPlan {
  readonly plan: TestPlan
  readonly key: Digest
  readonly packageFiles: ReadonlyMap<Digest, Digest>
}

/** What recipes that were released give to those that need them. */
export interface Released {
  /** Packages of a recipe's newest released build; undefined when it has none. */
  packagesOf(recipe: string): readonly AvailableApk[] | undefined
  readonly seed: readonly AvailableApk[]
}

/**
 * The plan of a recipe as things stand: its environment is what its lock names, or else made of what the recipes it needs released, and of the seed. Nothing else of the distro is
 * looked at, so that the key does not change when something unrelated is released.
 *
 * @param given stands in place of the lock beside the recipe; `null` chooses everything anew.
 * @throws MillraceError DEPENDENCY_UNSATISFIED, RECIPE_INVALID, LOCK_INVALID, LOCK_MISMATCH
 */
export async function makePlan(
  f: { readonly store: BlobStore },
  distro: Distro,
  recipe: DistroRecipe,
  released: Released,
  given?: LocatedLock | null,
): Promise<WorkingPlan> {
  const { expanded, name } = recipe
  const lock = given === undefined ? await lockBeside(recipe) : (given ?? undefined)
  const what = `choosing the build environment of ${name}-${expanded.fullVersion}`
  const pool = poolOf(distro.graph.buildClosure.get(name), released)
  const wanted = expanded.environment.packages
  const environment =
    lock === undefined
      ? chooseBuildEnvironment(pool, wanted, distro.buildCompanions, what, recipe.locateWanted)
      : lockedEnvironment(pool, lock, expanded, wanted)
  const files = await readFiles(f.store, recipe)
  const plan = planBuild(expanded, distro.facts, environment.packages, files)
  return { plan, key: buildKey(plan), packageFiles: environment.files, lock }
}

/** How the packages of a build are tested: each in an environment of its own. @throws MillraceError DEPENDENCY_UNSATISFIED */
export async function makeTestPlan(
  f: { readonly store: BlobStore },
  distro: Distro,
  recipe: DistroRecipe,
  released: Released,
  build: BuildKey,
  built: readonly BuiltApk[],
): Promise<WorkingTestPlan> {
  const pool = poolOf(distro.graph.closure.get(recipe.name), released)
  const withBuilt = { ...pool, distro: [...pool.distro, ...built] }
  const packageFiles = new Map<Digest, Digest>()
  const environments = new Map<string, readonly PlannedPackage[]>()
  for (const [name, test] of recipe.expanded.tests) {
    const wanted = [`${name}=${recipe.expanded.fullVersion}`, ...test.packages, TEST_SHELL]
    const what = `choosing the environment of the test of ${name}-${recipe.expanded.fullVersion}`
    const environment = chooseTestEnvironment(
      withBuilt,
      wanted,
      distro.testCompanions,
      what,
      recipe.locateWanted,
    )
    environments.set(name, environment.packages)
    for (const [datahash, file] of environment.files) packageFiles.set(datahash, file)
  }
  const plan = planTests(recipe.expanded, build, environments, await readFiles(f.store, recipe))
  return { plan, key: testKey(plan), packageFiles }
}

function poolOf(recipes: ReadonlySet<string> | undefined, released: Released): EnvironmentPool {
  const makers = [...(recipes ?? [])].sort()
  return { distro: makers.flatMap((maker) => released.packagesOf(maker) ?? []), seed: released.seed }
}

const MAX_FILES = 1000
const MAX_FILE_BYTES = 16 * 1024 ** 2

/** The files beside a recipe, as blobs. Links and other oddities are refused: a plan names bytes. */
async function readFiles(store: BlobStore, recipe: DistroRecipe): Promise<PlannedFile[]> {
  const files: PlannedFile[] = []
  for (const path of await filesBelow(recipe, recipe.filesDirectory, '')) {
    const place = join(recipe.filesDirectory, path)
    const { size, mode } = await lstat(place)
    if (size > MAX_FILE_BYTES)
      throw refused(recipe, path, `it has ${size} bytes, more than ${MAX_FILE_BYTES}`)
    const { digest } = await store.putBytes(await readFile(place))
    files.push({ path, digest, executable: (mode & 0o100) !== 0 })
  }
  if (files.length > MAX_FILES) throw refused(recipe, '.', `there are more than ${MAX_FILES} files`)
  return files
}

async function filesBelow(recipe: DistroRecipe, root: string, path: string): Promise<string[]> {
  const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: unknown) => {
    if (path === '' && isSystemError(error, 'ENOENT', 'ENOTDIR')) return []
    throw error
  })
  const found: string[] = []
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const place = path === '' ? entry.name : `${path}/${entry.name}`
    if (entry.isDirectory()) found.push(...(await filesBelow(recipe, root, place)))
    else if (entry.isFile()) found.push(place)
    else throw refused(recipe, place, 'it is neither a file nor a directory')
  }
  return found
}

function refused({ filesDirectory, file }: DistroRecipe, path: string, why: string): MillraceError {
  return new MillraceError('RECIPE_INVALID', {
    what: `taking ${join(filesDirectory, path)} into the plan`,
    why,
    fix: 'keep beside a recipe only plain, small files that its steps need',
    at: { file },
  })
}
