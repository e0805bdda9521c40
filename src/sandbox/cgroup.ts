// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isSystemError } from '../base/index.ts'

/** A limit that the kernel itself holds for all processes of a sandbox. */
export interface ControlGroup {
  readonly directory: string
  /** How often the kernel enforced it: killed for memory, refused a new process. */
  enforced(): Promise<number>
}

/** Null where this host lets us make no such group: the watch holds the limit then. */
export interface ControlGroups {
  readonly memory: ControlGroup | null
  readonly pids: ControlGroup | null
  readonly directories: readonly string[]
}

type Controller = 'memory' | 'pids'

interface Dialect {
  readonly limit: string
  /** Memory that was swapped out counts too. Not every kernel has the file. */
  readonly swap?: (limit: number) => readonly [file: string, value: number]
  readonly events: readonly [file: string, key: string]
}

const PIDS: Dialect = { limit: 'pids.max', events: ['pids.events', 'max'] }

const DIALECTS: Readonly<Record<1 | 2, Readonly<Record<Controller, Dialect>>>> = {
  1: {
    memory: {
      limit: 'memory.limit_in_bytes',
      swap: (limit) => ['memory.memsw.limit_in_bytes', limit],
      events: ['memory.oom_control', 'oom_kill'],
    },
    pids: PIDS,
  },
  2: {
    memory: {
      limit: 'memory.max',
      swap: () => ['memory.swap.max', 0],
      events: ['memory.events', 'oom_kill'],
    },
    pids: PIDS,
  },
}

/** Makes control groups, below our own so that what limits us limits them too. The sandbox's holder removes them when it ends. */
export async function makeControlGroups(limits: {
  readonly memoryBytes: number
  readonly processes: number
}): Promise<ControlGroups> {
  const [mounts, own] = await Promise.all([
    readFile('/proc/self/mountinfo', 'utf8'),
    readFile('/proc/self/cgroup', 'utf8'),
  ])
  const name = `millrace-${randomBytes(6).toString('hex')}`
  const make = (controller: Controller, limit: number) =>
    makeGroup(controlPlaces(mounts, own, controller), controller, name, limit)
  const memory = await make('memory', limits.memoryBytes)
  const pids = await make('pids', limits.processes)
  const made = [memory, pids].flatMap((group) => (group === null ? [] : [group.directory]))
  return { memory, pids, directories: [...new Set(made)] }
}

/** Only needed when no holder came to be. */
export async function removeControlGroups(groups: ControlGroups): Promise<void> {
  for (const directory of groups.directories) await rmdir(directory)
}

export interface ControlPlace {
  readonly version: 1 | 2
  readonly directory: string
}

/**
 * Where a group with this controller might be made, best first: in our own group; in version 2 also at the hierarchy's top, because a group with processes of its own
 * cannot hand controllers down unless it is the top (cgroup-v2.rst, "No Internal Process Constraint").
 *
 * @param mountinfo the text of /proc/self/mountinfo, proc(5)
 * @param own the text of /proc/self/cgroup, cgroups(7)
 */
export function controlPlaces(mountinfo: string, own: string, controller: Controller): ControlPlace[] {
  const groups = own.split('\n').map((line) => /^\d+:([^:]*):(.*)$/.exec(line)?.slice(1) ?? [])
  const pathOf = (name: string) => groups.find(([names = ' ']) => names.split(',').includes(name))?.[1]
  const places: ControlPlace[] = []
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ')
    const [, , , root = '', mountPoint = ''] = left.split(' ')
    const [type, , options = ''] = right.split(' ')
    if (type === 'cgroup' && options.split(',').includes(controller)) {
      for (const path of below(root, pathOf(controller)))
        places.unshift({ version: 1, directory: resolve(mountPoint, `.${path}`) })
    } else if (type === 'cgroup2') {
      for (const path of new Set([...below(root, pathOf('')), '/']))
        places.push({ version: 2, directory: resolve(mountPoint, `.${path}`) })
    }
  }
  return places
}

/** A group's path as seen below a mount of the hierarchy that shows `root` and what is under it. */
function below(root: string, path: string | undefined): string[] {
  if (path === undefined) return []
  if (root === '/') return [path]
  return path === root || path.startsWith(`${root}/`) ? [path.slice(root.length) || '/'] : []
}

async function makeGroup(
  places: readonly ControlPlace[],
  controller: Controller,
  name: string,
  limit: number,
): Promise<ControlGroup | null> {
  for (const { version, directory: parent } of places) {
    const dialect = DIALECTS[version][controller]
    const directory = join(parent, name)
    const [file, key] = dialect.events
    const enforced = async () => eventCount(await readOptional(join(directory, file)), key)
    if (version === 2 && !(await handsDown(parent, controller))) continue
    const isNew = await allowed(() => mkdir(directory))
    // Version 2 has one group for both controllers.
    if (!isNew && !(await allowed(() => access(directory)))) continue
    if (await allowed(() => writeSetting(directory, dialect.limit, limit))) {
      const [swapFile, swapLimit] = dialect.swap?.(limit) ?? []
      if (swapFile !== undefined) await allowed(() => writeSetting(directory, swapFile, swapLimit ?? limit))
      return { directory, enforced }
    }
    if (isNew) await rmdir(directory)
  }
  return null
}

const writeSetting = (directory: string, file: string, value: number) =>
  writeFile(join(directory, file), String(value), { flag: 'r+' })

async function handsDown(parent: string, controller: Controller): Promise<boolean> {
  const controllers = await readOptional(join(parent, 'cgroup.subtree_control'))
  return controllers.trim().split(' ').includes(controller)
}

/** False when the system refuses: not ours to use, read-only, or not there. */
async function allowed(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    if (isSystemError(error)) return false
    throw error
  }
}

/** '' when it is not there: the group may have ended with its sandbox. */
async function readOptional(path: string): Promise<string> {
  let text = ''
  await allowed(async () => {
    text = await readFile(path, 'utf8')
  })
  return text
}

function eventCount(text: string, key: string): number {
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(text)?.[1] ?? 0)
}
