// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { isSystemError, MillraceError } from '../base/index.ts'

/** What the holder of a data directory tells those who ask. */
export interface LockHolder {
  readonly pid: number
  readonly since: string
  readonly doing: string
}

export interface DataLock extends AsyncDisposable {
  readonly holder: LockHolder
}

/**
 * Takes a data directory for this process alone. The lock is a listening socket in Linux's abstract namespace (unix(7)): the kernel lets one process
 * have the name and frees it at that process's end, however it ends, so no stale lock file can remain. Two machines that share a directory are
 * not told apart by it; PostgreSQL's own lock file is.
 *
 * @throws MillraceError DATA_LOCKED naming the process that holds it.
 */
export async function lockData(directory: string, doing: string, now: number): Promise<DataLock> {
  const name = await socketName(directory)
  const holder: LockHolder = { pid: process.pid, since: new Date(now).toISOString(), doing }
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(JSON.stringify(holder))
  })
  try {
    await listen(server, name)
  } catch (error) {
    if (isSystemError(error, 'EADDRINUSE')) throw locked(directory, await askHolder(directory))
    throw error
  }
  server.unref()
  return { holder, [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** Who has this data directory now; undefined when nobody has. */
export async function askHolder(directory: string): Promise<LockHolder | undefined> {
  const name = await socketName(directory)
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(name)
    socket.setTimeout(2000, () => socket.destroy())
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', (error) => (isSystemError(error, 'ECONNREFUSED') ? resolve(undefined) : reject(error)))
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      resolve(text === '' ? undefined : (JSON.parse(text) as LockHolder))
    })
  })
}

async function socketName(directory: string): Promise<string> {
  const hash = createHash('sha256')
    .update(await realpath(directory))
    .digest('hex')
  return `\0millrace-${hash.slice(0, 32)}`
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(name, () => resolve())
  })
}

function locked(directory: string, holder: LockHolder | undefined): MillraceError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} (${holder.doing}, since ${holder.since})`
  return new MillraceError('DATA_LOCKED', {
    what: `opening the data directory ${directory}`,
    why: `${who} uses it`,
    fix: 'use that one (millrace status), stop it first, or give another directory with --data DIR',
  })
}
