// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { diskFull, formatBytes, isSystemError } from '../base/index.ts'
import type { ControlGroups } from './cgroup.ts'
import type { SandboxLimits } from './options.ts'
import type { StopReason } from './outcome.ts'

/** Looks at one thing a sandbox uses; tells when it is too much. */
export type Look = () => Promise<StopReason | null>

export interface Watch {
  /** Ends the watching. Rejects when a look failed, which has ended the run too. */
  stop(): Promise<void>
}

/** Looks again and again, and calls once when something is too much, or with null when that cannot be found out. */
export function startWatch(
  looks: readonly Look[],
  intervalMs: number,
  onTrouble: (reason: StopReason | null) => void,
): Watch {
  const stopping = new AbortController()
  const watching = (async () => {
    while (await pause(intervalMs, stopping.signal)) {
      const reason = await lookAll(looks)
      if (reason !== null) return onTrouble(reason)
    }
  })()
  // The run is to end at once; why is told to whoever stops the watch.
  watching.catch(() => onTrouble(null))
  return {
    stop: () => {
      stopping.abort()
      return watching
    },
  }
}

/** The first thing that is too much. */
export async function lookAll(looks: readonly Look[]): Promise<StopReason | null> {
  for (const look of looks) {
    const reason = await look()
    if (reason !== null) return reason
  }
  return null
}

/** False when the signal came first. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false)
    const done = (whole: boolean) => () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', cut)
      resolve(whole)
    }
    const cut = done(false)
    const timer = setTimeout(done(true), ms)
    signal.addEventListener('abort', cut, { once: true })
  })
}

/** By the control groups' own events: exact, and the kernel has already held the limit. */
export async function lookAtEvents(groups: ControlGroups): Promise<Look[]> {
  const look = async (group: ControlGroups['memory'], reason: StopReason): Promise<Look[]> => {
    if (group === null) return []
    const before = await group.enforced()
    return [async () => ((await group.enforced()) > before ? reason : null)]
  }
  return [...(await look(groups.memory, 'out-of-memory')), ...(await look(groups.pids, 'too-many-processes'))]
}

/**
 * By /proc, where there is no control group. Memory is first summed the cheap way, which counts shared pages for each process that has them; only a sum above the limit is
 * summed again by proportional shares (proc(5), smaps_rollup). A procfs answers at once: it is read synchronously, since the promises for it would cost several times what it says. Memory that no process maps (memfd, pipes) is not seen: only control groups see that.
 *
 * @param proc a procfs of the sandbox's process namespace
 */
export function lookAtProcesses(proc: string, groups: ControlGroups, limits: SandboxLimits): Look[] {
  if (groups.memory !== null && groups.pids !== null) return []
  return [
    async () => {
      const pids = listGone(proc).filter((name) => /^\d+$/.test(name))
      if (groups.pids === null && pids.length > limits.processes) return 'too-many-processes'
      const statuses = pids.map((pid) => readGone(`${proc}/${pid}/status`))
      const tasks = sum(statuses, /^Threads:\s+(\d+)/m)
      if (groups.pids === null && tasks > limits.processes) return 'too-many-processes'
      if (groups.memory !== null) return null
      if (sum(statuses, /^VmRSS:\s+(\d+)/m) * 1024 <= limits.memoryBytes) return null
      const shares = pids.map((pid) => readGone(`${proc}/${pid}/smaps_rollup`))
      return sum(shares, /^Pss:\s+(\d+)/m) * 1024 > limits.memoryBytes ? 'out-of-memory' : null
    },
  ]
}

const sum = (texts: readonly string[], field: RegExp) =>
  texts.reduce((total, text) => total + Number(field.exec(text)?.[1] ?? 0), 0)

/** The sandbox may end before the listing; its run then ends by itself. */
function listGone(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return []
    throw error
  }
}

/** A process may end between the listing and the reading. */
function readGone(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH', 'EACCES')) return ''
    throw error
  }
}

/** Below this a filesystem counts as full: what else lives on it needs room to say so. */
const RESERVE_BYTES = 64 * 1024 * 1024

/**
 * By the filesystem's free space, which costs nothing to read; only when it has shrunk by what the sandbox has left is the sandbox itself measured. Files that are open but
 * have no name any more count only against the filesystem's reserve.
 *
 * @throws MillraceError DISK_FULL from a look, when the reserve is touched: the host has no room, whatever the sandbox may write
 */
export function lookAtDisk(
  directory: string,
  limitBytes: number,
  measure: () => Promise<number>,
  freeBytes: (directory: string) => Promise<number> = freeBytesOf,
): Look {
  let measured = 0
  let shrunk = 0
  let freeBefore = 0
  return async () => {
    const free = await freeBytes(directory)
    if (free < RESERVE_BYTES)
      throw diskFull(
        `running a command in ${directory}`,
        `the file system has less room left than ${formatBytes(RESERVE_BYTES)}`,
      )
    shrunk += Math.max(0, freeBefore - free)
    freeBefore = free
    if (measured + shrunk <= limitBytes) return null
    measured = await measure()
    shrunk = 0
    return measured > limitBytes ? 'disk-full' : null
  }
}

async function freeBytesOf(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory)
  return bavail * bsize
}
