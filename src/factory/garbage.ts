// SPDX-License-Identifier: Apache-2.0
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Digest, digestFromHex, digestHex, isSystemError } from '../base/index.ts'
import { listSnapshots, trimSnapshots } from '../build/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import { findStoredGitSource } from '../source/index.ts'
import type { Services } from './services.ts'

export interface Collected {
  readonly blobs: number
  readonly bytes: number
  readonly trees: number
  /** Blobs that something names, and that stay. */
  readonly kept: number
  /** Sandboxes of failed builds that were more than the settings keep. */
  readonly failedBuilds: number
}

/** Every table that names blobs. What any row mentions stays: facts are never without their bytes. */
const TABLES = [
  'apk',
  'attempt',
  'channel_index',
  'document',
  'image',
  'image_attempt',
  'image_blob',
  'image_layer',
  'image_manifest',
  'image_release',
  'plan',
] as const

/**
 * Removes what no fact names: downloads of the seed that were converted, packages of failed builds, unpacked trees of packages that no plan uses now, and sandboxes of failed builds that are
 * more than the settings keep.
 *
 * @param options.dryRun counts only.
 */
export async function collectGarbage(
  f: Services,
  options: { readonly dryRun: boolean },
  signal: AbortSignal,
): Promise<Collected> {
  const named = await namedDigests(f)
  const plans = await currentPlans(f)
  for (const plan of plans) for (const digest of await blobsOfPlan(f, plan)) named.add(digest)
  const failedBuilds = options.dryRun ? 0 : (await trimSnapshots(f, f.failedBuilds)).snapshots
  const snapshots = await listSnapshots(f.failedBuilds.directory)
  for (const { workplace } of snapshots) {
    for (const [, file] of [...workplace.packageFiles, ...workplace.sourceFiles]) named.add(file)
    for (const { digest } of workplace.files) named.add(digest)
  }
  let [blobs, bytes, kept] = [0, 0, 0]
  for await (const { digest, sizeBytes } of f.store.list()) {
    signal.throwIfAborted()
    if (named.has(digest)) kept += 1
    else {
      blobs += 1
      bytes += sizeBytes
      if (!options.dryRun) await f.store.remove(digest)
    }
  }
  const environments = [...plans, ...snapshots.map(({ workplace }) => workplace)]
  const used = new Set(
    environments.flatMap(({ environment }) => environment.map(({ datahash }) => digestHex(datahash))),
  )
  const trees = await dropTrees(f, used, options.dryRun)
  return { blobs, bytes, kept, trees, failedBuilds }
}

/** What it takes to build a plan again, beside its environment: sources by their digest or as they are stored for their commit, and files. */
export async function blobsOfPlan(
  f: Pick<Services, 'store' | 'dataDirectory'>,
  { sources, files }: Pick<BuildPlan, 'sources' | 'files'>,
): Promise<Digest[]> {
  const found = files.map(({ digest }) => digest)
  for (const { kind, uri, sha256, inputs } of sources) {
    if (sha256 !== '') found.push(digestFromHex(sha256))
    if (kind !== 'git') continue
    const stored = await findStoredGitSource(f, { repository: uri, inputs, name: uri })
    if (stored !== undefined) found.push(stored.digest)
  }
  return found
}

async function namedDigests(f: Services): Promise<Set<Digest>> {
  const named = new Set<Digest>()
  for (const table of TABLES) {
    const { rows } = await sql<{ digest: Digest }>`
      select distinct unnest(regexp_matches(t::text, 'sha256:[0-9a-f]{64}', 'g')) as digest from ${sql.table(table)} t
    `.execute(f.database)
    for (const { digest } of rows) named.add(digest)
  }
  return named
}

/** The plans that recipes have now: what they name is needed to build again. */
async function currentPlans(f: Services): Promise<BuildPlan[]> {
  const keys = (await f.ledger.recipes()).map(({ planKey }) => planKey).filter((key) => key !== null)
  const entries = (await Promise.all(keys.map((key) => f.ledger.findPlans(key)))).flat()
  return Promise.all(
    entries.map(async ({ digest }) => {
      const chunks: Uint8Array[] = []
      for await (const chunk of f.store.read(digest)) chunks.push(chunk)
      return JSON.parse(Buffer.concat(chunks).toString('utf8')) as BuildPlan
    }),
  )
}

/** A tree that is needed again is unpacked again. */
async function dropTrees(f: Services, used: ReadonlySet<string>, dryRun: boolean): Promise<number> {
  const directory = join(f.dataDirectory, 'trees')
  const names = await readdir(directory).catch((error: unknown) => {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  })
  const unused = names.filter((name) => !used.has(name))
  if (!dryRun) for (const name of unused) await rm(join(directory, name), { recursive: true, force: true })
  return unused.length
}
