// SPDX-License-Identifier: Apache-2.0
import { lstat, mkdir, rm, stat, symlink } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type Exec, MillraceError } from '../base/index.ts'
import { makeControlGroups, removeControlGroups } from './cgroup.ts'
import { collectPath } from './collect.ts'
import { LAUNCH_TASKS, measureCommand, type SandboxCommand } from './commands.ts'
import { startHolder } from './holder.ts'
import { checkLayerCount, DEFAULT_LIMITS, type Places, placesIn, type SandboxOptions } from './options.ts'
import type { SandboxOutcome } from './outcome.ts'
import { type OpenPlace, runIn, type SandboxRun } from './run.ts'
import { removeSandbox } from './sweep.ts'
import { type Look, lookAtDisk, lookAtEvents, lookAtProcesses } from './watch.ts'

/** A sealed place to run commands in: a root made of layers, no network, limits, and nothing of the host but what it was given. */
export interface Sandbox extends AsyncDisposable {
  /** What was written over the layers, as a directory of the host. Hostile: read it by {@link walkTree}. */
  readonly written: string
  /**
   * Runs one command. How it ends is a value, whatever the command did; then every process it started is gone. The limits hold for all runs together: run one after the
   * other when it matters which one met a limit.
   *
   * @throws MillraceError SANDBOX_FAILED when it cannot be known how the command ended; DISK_FULL when the host had no room for it
   */
  run(command: SandboxCommand, options?: SandboxRun): Promise<SandboxOutcome>
  /**
   * The place on the host of what a command wrote to `path`, an absolute path in the sandbox. Hostile, as `written`.
   *
   * @throws MillraceError OUTPUT_HOSTILE when the build put a symbolic link in the way; NOT_FOUND when it made nothing there
   */
  collect(path: string): Promise<string>
  /** Ends what still runs, and unmounts. The files stay, until the sandbox is disposed of or `removeSandbox` is called. */
  close(): Promise<void>
}

/**
 * Opens a sandbox: one mount of all layers, in namespaces of its own, the same for root and for any other user. When this process ends, by whatever cause, so do the sandbox's processes and mounts; only
 * files below `workDirectory` stay.
 *
 * @throws MillraceError SANDBOX_FAILED with what the host must allow; TOOL_MISSING
 */
export async function openSandbox(f: { readonly exec: Exec }, options: SandboxOptions): Promise<Sandbox> {
  checkLayerCount(options.layers.length)
  const places = placesIn(options.workDirectory)
  await makePlaces(places, options)
  await options.fill?.(places.written)
  const place = await holdPlace(f, places, options)
  const looks = makeLooks(place, places)

  let runs = 0
  const running = new Set<Promise<unknown>>()
  const closing = new AbortController()
  const run: Sandbox['run'] = async (command, how = {}) => {
    if (closing.signal.aborted || place.holder.ended()) throw hasEnded(places.directory)
    const statusFile = join(places.directory, `status-${++runs}`)
    const signal = AbortSignal.any([closing.signal, ...(how.signal === undefined ? [] : [how.signal])])
    return runIn(place, statusFile, [...(await lookAtEvents(place.groups)), ...looks], command, {
      ...how,
      signal,
    })
  }
  const close = async () => {
    closing.abort()
    await Promise.allSettled(running)
    await place.holder.release()
  }
  return {
    written: places.written,
    run: (command, how) => {
      const one = run(command, how).finally(() => running.delete(one))
      running.add(one)
      return one
    },
    collect: (path) => collectPath(options, path),
    close,
    [Symbol.asyncDispose]: async () => {
      await close()
      await removeSandbox(f, places.directory)
    },
  }
}

async function makePlaces(places: Places, { layers, mounts }: SandboxOptions): Promise<void> {
  for (const layer of layers) await requireDirectory(layer)
  for (const { source } of mounts) await requirePresent(source)
  await mkdir(places.directory, { recursive: true, mode: 0o700 })
  await rm(places.links, { recursive: true, force: true })
  for (const place of [places.links, places.written, places.root, places.tmp])
    await mkdir(place, { recursive: true })
  await Promise.all(layers.map((layer, index) => symlink(layer, join(places.links, String(index)))))
}

async function requireDirectory(layer: string): Promise<void> {
  const found = isAbsolute(layer) ? await lstat(layer).catch(() => undefined) : undefined
  if (!found?.isDirectory()) throw unusable(`its layer ${layer} is not a directory with an absolute path`)
}

async function requirePresent(source: string): Promise<void> {
  const found = isAbsolute(source) ? await stat(source).catch(() => undefined) : undefined
  if (found === undefined) throw unusable(`there is no ${source} to mount`)
}

async function holdPlace(
  f: { readonly exec: Exec },
  places: Places,
  options: SandboxOptions,
): Promise<OpenPlace> {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const groups = await makeControlGroups({ ...limits, processes: limits.processes + LAUNCH_TASKS })
  try {
    const holder = await startHolder(f, places.directory, options.layers.length, groups.directories)
    return { exec: f.exec, options, limits, maskedFiles: await presentFiles(HOST_FILES), holder, groups }
  } catch (error) {
    await removeControlGroups(groups)
    throw error
  }
}

/** What /proc tells about the host beyond its processes, in files that no namespace covers. */
const HOST_FILES = [
  '/proc/kcore',
  '/proc/keys',
  '/proc/key-users',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/timer_list',
]

async function presentFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)))
  return paths.filter((_, index) => found[index] !== undefined)
}

function makeLooks({ exec, limits, groups, holder }: OpenPlace, places: Places): Look[] {
  const measure = async () => {
    const { stdout } = await exec(measureCommand(holder.pid, places.written))
    return Number(/^\d+/.exec(stdout)?.[0] ?? 0)
  }
  return [
    ...lookAtProcesses(`/proc/${holder.pid}/root/proc`, groups, limits),
    lookAtDisk(places.directory, limits.diskBytes, measure),
  ]
}

function unusable(why: string): MillraceError {
  return new MillraceError('SANDBOX_FAILED', {
    what: 'making the root of a sandbox',
    why,
    fix: 'prepare the environment again',
  })
}

function hasEnded(directory: string): MillraceError {
  return new MillraceError('SANDBOX_FAILED', {
    what: `running a command in the sandbox ${directory}`,
    why: 'the sandbox has ended',
    fix: 'open it again',
  })
}
