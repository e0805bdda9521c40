// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, readlink } from 'node:fs/promises'
import { isSystemError } from '../base/index.ts'

export interface PortHolder {
  readonly pid: number
  /** The program's name as the kernel knows it (proc(5), comm). */
  readonly program: string
  /** Whether it is another Millrace. */
  readonly millrace: boolean
}

/** proc(5), /proc/net/tcp: the state of a socket that listens. */
const LISTENING = '0A'

/** Who listens on a TCP port of this machine, or null when that cannot be seen (another user's process, another network namespace). */
export async function findPortHolder(port: number): Promise<PortHolder | null> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(readText))
  const sockets = new Set(
    tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`),
  )
  if (sockets.size === 0) return null
  for (const name of await readNames('/proc')) {
    if (!/^\d+$/.test(name) || !(await holdsAny(name, sockets))) continue
    const [comm, commandLine] = await Promise.all([
      readText(`/proc/${name}/comm`),
      readText(`/proc/${name}/cmdline`),
    ])
    return { pid: Number(name), program: comm.trim(), millrace: commandLine.includes('millrace') }
  }
  return null
}

/** Inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(suffix) && state === LISTENING)
    .flatMap((fields) => fields[9] ?? [])
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  for (const fd of await readNames(`/proc/${pid}/fd`)) {
    const target = await orNothing(readlink(`/proc/${pid}/fd/${fd}`), '')
    if (sockets.has(target)) return true
  }
  return false
}

const readText = (path: string) => orNothing(readFile(path, 'utf8'), '')
const readNames = (path: string) => orNothing(readdir(path), [])

/** Processes end while we look, and other users' are closed to us. */
async function orNothing<T>(reading: Promise<T>, nothing: T): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'EACCES', 'EPERM', 'ESRCH', 'ENOTDIR')) return nothing
    throw error
  }
}
