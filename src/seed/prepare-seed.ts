// SPDX-License-Identifier: Apache-2.0
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import PQueue from 'p-queue'
import {
  type Emit,
  emitNothing,
  MillraceError,
  makeTempDirectory,
  namingFullDisk,
  offlineError,
} from '../base/index.ts'
import type { AptContext } from '../source/index.ts'
import type { ConvertServices, SeedPackage } from './convert.ts'
import type { DebianPackage } from './debian-package.ts'
import { downloadDebs } from './download.ts'
import { type LockServices, lockKey, makeLock, openSeedApt, readLock } from './lock.ts'
import { dropMissing, type Made, readMade, writeMade } from './made.ts'
import type { SeedSpec } from './seed-spec.ts'
import { seedWork, type Work } from './work.ts'

export interface SeedServices extends ConvertServices, LockServices {
  /** The apk name of the architecture that packages are for. */
  readonly arch: string
  readonly emit?: Emit
  /** Only what was prepared before is taken. */
  readonly offline?: boolean
}

/** The task that progress belongs to. */
export const SEED_TASK = 'seed'

const AT_ONCE = 2

/**
 * The seed as signed apks in the store. What was prepared before is not prepared again: with nothing changed this reads two files, and after a change only the packages it touches are converted.
 * Exact versions stay those of the first time (`seed/lock-*.json`) until the description asks for other packages, or the archive no longer has a locked file.
 *
 * @throws MillraceError SEED_FAILED, TOOL_MISSING, TOOL_FAILED, ARCHIVE_INVALID, DISK_FULL, CANCELLED
 */
export function prepareSeed(f: SeedServices, spec: SeedSpec, signal: AbortSignal): Promise<SeedPackage[]> {
  return namingFullDisk(`preparing the seed in ${f.dataDirectory}`, () => prepare(f, spec, signal))
}

async function prepare(f: SeedServices, spec: SeedSpec, signal: AbortSignal): Promise<SeedPackage[]> {
  const made = await readMade(f.dataDirectory)
  await dropMissing(made, f.store)
  const lock = await readLock(f.dataDirectory, lockKey(spec, f.arch))
  let work = lock === undefined ? [] : seedWork(f, f.arch, spec, lock)
  const ready = packagesOf(work, made)
  if (lock !== undefined && ready !== undefined) return ready

  if (f.offline) throw unprepared(f, work, made)
  const apt = await openSeedApt(f, spec, f.arch)
  if (lock === undefined) work = seedWork(f, f.arch, spec, await makeLock(f, apt, spec, f.arch, signal))
  let gone = await makeMissing(f, apt, work, made, signal)
  if (gone.length > 0 && lock !== undefined) {
    // A point release took files away: the newer versions belong together, so all of them are chosen anew.
    work = seedWork(f, f.arch, spec, await makeLock(f, apt, spec, f.arch, signal))
    gone = await makeMissing(f, apt, work, made, signal)
  }
  const packages = packagesOf(work, made)
  if (packages === undefined) throw unavailable(gone)
  return packages
}

/** Undefined when one is missing. */
function packagesOf(work: readonly Work[], made: Made): SeedPackage[] | undefined {
  const packages = work.map(({ key }) => made.get(key)).filter((one) => one !== undefined)
  return packages.length === work.length ? packages : undefined
}

/** Fetches and converts at the same time. What was made is noted even when something fails. @returns the packages that the archive does not have. */
async function makeMissing(
  f: SeedServices,
  apt: AptContext,
  work: readonly Work[],
  made: Made,
  signal: AbortSignal,
): Promise<DebianPackage[]> {
  const failing = new AbortController()
  const either = AbortSignal.any([signal, failing.signal])
  const failures: unknown[] = []
  const fail = (error: unknown) => {
    failures.push(error)
    failing.abort()
  }
  const queue = new PQueue({ concurrency: AT_ONCE })
  const start = (one: Work) => {
    const running = queue.add(async () => {
      if (either.aborted) return
      await makeOne(f, one, made, either)
      tell(f, work, made)
    })
    running.catch(fail)
  }
  const todo = work.filter(({ key }) => !made.has(key))
  for (const one of todo) if (one.deb === null) start(one)
  const byDeb = new Map(todo.map((one) => [one.deb, one]))
  const onStored = (deb: DebianPackage) => {
    const one = byDeb.get(deb)
    if (one !== undefined) start(one)
  }
  const debs = todo.map(({ deb }) => deb).filter((deb) => deb !== null)
  const gone = await downloadDebs(f, apt, debs, onStored, either).catch((error: unknown) => {
    fail(error)
    return []
  })
  await queue.onIdle()
  await writeMade(f.dataDirectory, made)
  if (failures.length > 0) throw failures[0]
  return gone
}

async function makeOne(f: SeedServices, one: Work, made: Made, signal: AbortSignal): Promise<void> {
  const parent = join(f.dataDirectory, 'seed')
  await mkdir(parent, { recursive: true })
  await using directory = await makeTempDirectory(parent, 'convert')
  made.set(one.key, await one.make(directory.path, signal))
}

function tell(f: SeedServices, work: readonly Work[], made: Made): void {
  const done = work.filter(({ key }) => made.has(key)).length
  const emit = f.emit ?? emitNothing
  emit({ type: 'task.progressed', task: SEED_TASK, done, total: work.length, unit: 'packages' })
}

function unprepared(f: SeedServices, work: readonly Work[], made: Made): MillraceError {
  const missing = work.filter(({ key }) => !made.has(key)).length
  return offlineError(
    `preparing the seed in ${f.dataDirectory}`,
    work.length === 0
      ? 'its packages were never chosen'
      : `${missing} of its ${work.length} packages are not made`,
    'run the same command once without --offline: the seed stays prepared',
  )
}

function unavailable(gone: readonly DebianPackage[]): MillraceError {
  return new MillraceError('SEED_FAILED', {
    what: 'fetching the seed’s packages',
    why: `the archive lists them but does not give them: ${gone.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    fix: 'run the same command again in a while; if it stays so, see whether apt-get update works on this machine',
  })
}
