// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import {
  type Clock,
  type Digest,
  type Exec,
  formatBytes,
  isDigest,
  isSystemError,
  MillraceError,
  writeFileAtomic,
} from '../../base/index.ts'
import { measureDirectory, removeSandbox } from '../../sandbox/index.ts'
import { askHolder } from '../../store/index.ts'
import { UNPACKED } from '../workplace.ts'
import { FailureClass } from './failure-class.ts'

/** Where failed builds are kept, and how much of them. The oldest go first. */
export interface FailedBuildsSetting {
  /** Of the same file system as the sandboxes: a snapshot is a rename. */
  readonly directory: string
  readonly maxCount: number
  readonly maxBytes: number
}

const DigestText = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'a digest')
const Texts = z.record(z.string(), z.string())

const StepPlace = z.strictObject({
  label: z.string(),
  uses: z.string().nullable(),
  at: z.string().nullable(),
})

const Failure = z.strictObject({
  step: z.string().nullable(),
  why: z.string(),
  fix: z.string(),
  errorLine: z.string().nullable(),
  class: FailureClass,
  wanted: z.strictObject({ kind: z.string(), name: z.string() }).nullable(),
  script: z.number().int().nonnegative().nullable(),
  trail: z.array(StepPlace),
})

const Script = z.strictObject({ label: z.string(), script: z.string(), environment: Texts })

/** Everything it takes to stand in the sandbox of a failed build again, beside the blobs that it names and what the build wrote. Nothing of it is secret. */
export const Snapshot = z.strictObject({
  kind: z.literal('https://millrace.dev/failed-build/v1'),
  /** As in `build:zlib-1.3.1-r0`. */
  task: z.string(),
  /** Its file is an absolute path; null when nobody said it. */
  recipe: z.strictObject({ name: z.string(), fullVersion: z.string(), file: z.string().nullable() }),
  planKey: z.string(),
  /** Whose test it was; null for a build. */
  testOf: z.string().nullable(),
  savedAt: z.iso.datetime(),
  /** On disk. */
  sizeBytes: z.number().int().nonnegative(),
  failure: Failure,
  /** All scripts of the build or test, in order; `failure.script` counts them from 0. */
  scripts: z.array(Script),
  timeoutMs: z.number().positive(),
  workplace: z.strictObject({
    environment: z.array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        datahash: DigestText,
        from: z.enum(['seed', 'distro']),
      }),
    ),
    sources: z.array(
      z.strictObject({
        kind: z.enum(['fetch', 'git']),
        uri: z.string(),
        place: z.string(),
        sha256: z.string(),
        sha512: z.string(),
        inputs: Texts,
      }),
    ),
    files: z.array(z.strictObject({ path: z.string(), digest: DigestText, executable: z.boolean() })),
    directories: z.array(z.string()),
    packageFiles: z.array(z.tuple([DigestText, DigestText])),
    sourceFiles: z.array(z.tuple([z.string(), DigestText])),
    variables: Texts,
    variation: z.strictObject({
      name: z.string(),
      workspace: z.string(),
      identity: z.strictObject({ uid: z.number(), gid: z.number(), hostname: z.string() }),
      variables: Texts,
      processors: z.enum(['all', 'one']),
    }),
    limits: z.record(z.string(), z.number()),
  }),
})
export type Snapshot = z.infer<typeof Snapshot>

/** A snapshot and where it lies. */
export interface KeptSnapshot extends Snapshot {
  /** Its directory's name. */
  readonly id: string
  readonly directory: string
}

const RECORD = 'snapshot.json'

/**
 * Keeps the directory of a workplace whose sandbox is closed, then drops the oldest snapshots that are too many or too much.
 *
 * @returns the snapshot's id; null, with nothing kept, when it alone is larger than all may be
 * @throws MillraceError SANDBOX_FAILED
 */
export async function saveSnapshot(
  f: { readonly exec: Exec; readonly clock: Clock },
  setting: FailedBuildsSetting,
  workplace: string,
  snapshot: Omit<Snapshot, 'kind' | 'savedAt' | 'sizeBytes'>,
): Promise<{ readonly id: string | null; readonly note: string }> {
  await rm(join(workplace, UNPACKED), { recursive: true, force: true })
  const sizeBytes = await measureDirectory(f, workplace)
  if (sizeBytes > setting.maxBytes || setting.maxCount < 1)
    return {
      id: null,
      note: `its sandbox has ${formatBytes(sizeBytes)}, more than failed-builds keeps (${formatBytes(setting.maxBytes)})`,
    }
  const record: Snapshot = {
    kind: 'https://millrace.dev/failed-build/v1',
    savedAt: new Date(f.clock.now()).toISOString(),
    sizeBytes,
    ...snapshot,
  }
  const id = basename(workplace)
  await mkdir(setting.directory, { recursive: true, mode: 0o700 })
  await writeFileAtomic(join(workplace, RECORD), `${JSON.stringify(record)}\n`, 0o600)
  await rename(workplace, join(setting.directory, id))
  await trimSnapshots(f, setting)
  return { id, note: `its sandbox is kept as ${id} (${formatBytes(sizeBytes)})` }
}

/** All snapshots, newest first. What is half removed, or of another form, is passed over. */
export async function listSnapshots(directory: string): Promise<KeptSnapshot[]> {
  const found: KeptSnapshot[] = []
  for (const id of await namesIn(directory)) {
    const one = await readSnapshot(join(directory, id))
    if (one !== undefined) found.push(one)
  }
  return found.sort((a, b) =>
    a.savedAt === b.savedAt ? (a.id < b.id ? 1 : -1) : a.savedAt < b.savedAt ? 1 : -1,
  )
}

async function readSnapshot(directory: string): Promise<KeptSnapshot | undefined> {
  try {
    const parsed = Snapshot.safeParse(JSON.parse(await readFile(join(directory, RECORD), 'utf8')))
    return parsed.success ? { ...parsed.data, id: basename(directory), directory } : undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR') || error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Drops snapshots, the oldest first, until those that are left are as few and as small as the setting says; and what is none. One that somebody is in stays.
 *
 * @returns how many were dropped, and their size
 */
export async function trimSnapshots(
  f: { readonly exec: Exec },
  { directory, maxCount, maxBytes }: FailedBuildsSetting,
): Promise<{ readonly snapshots: number; readonly bytes: number }> {
  const kept = await listSnapshots(directory)
  const known = new Set(kept.map(({ id }) => id))
  for (const name of await namesIn(directory))
    if (!known.has(name)) await removeSandbox(f, join(directory, name))
  let [bytes, count, dropped, freed] = [0, 0, 0, 0]
  for (const one of kept) {
    const fits = count < maxCount && bytes + one.sizeBytes <= maxBytes
    if (fits || (await askHolder(one.directory)) !== undefined) {
      count += 1
      bytes += one.sizeBytes
      continue
    }
    await removeSandbox(f, one.directory)
    dropped += 1
    freed += one.sizeBytes
  }
  return { snapshots: dropped, bytes: freed }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}

/** @throws MillraceError NOT_FOUND for a step that is none of the snapshot's */
export function scriptAt({ scripts, id }: KeptSnapshot, index: number): Snapshot['scripts'][number] {
  const script = scripts[index]
  if (script !== undefined) return script
  throw new MillraceError('NOT_FOUND', {
    what: `looking for step ${index + 1} of ${id}`,
    why: `it has ${scripts.length} steps`,
    fix: 'build the recipe again',
  })
}
