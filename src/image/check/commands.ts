// SPDX-License-Identifier: Apache-2.0
import { type Command, HOST_ENV } from '../../base/index.ts'

/** Namespaces that containers run in. */
export interface Room {
  /** Its process 1, as this process numbers it. */
  readonly pid: number
  /** Whether it has users of its own: in it an ordinary user is root, and the others are the user's subordinate ids (subuid(5)). Root needs none. */
  readonly ownUsers: boolean
}

/** A user namespace with all the ids that an ordinary user may have: its own as 0, the subordinate ones from 1 on. */
const OWN_USERS = ['--user', '--map-root-user', '--map-auto', '--']

/** Tries whether an ordinary user can have users of its own here. */
export function tryOwnUsers(): Command {
  return { program: 'unshare', args: [...OWN_USERS, 'true'], env: HOST_ENV }
}

/**
 * Opens network, process and mount namespaces with a loopback that is up and leads nowhere else, and stays until its input ends, which the kernel brings about when Millrace ends, however it
 * ends. With its process 1 the kernel ends every container in it. It says its process 1's id on standard error, and `ready` on standard output.
 */
export function roomCommand({ ownUsers }: Pick<Room, 'ownUsers'>): Command {
  const namespaces = ['--unshare-net', '--unshare-pid', '--unshare-ipc', '--unshare-uts']
  const bubblewrap = [
    ...['--die-with-parent', ...namespaces, '--dev-bind', '/', '/', '--proc', '/proc'],
    ...['--info-fd', '2', '--', 'sh', '-c', 'echo ready; read -r _ || :'],
  ]
  return ownUsers
    ? { program: 'unshare', args: [...OWN_USERS, 'bwrap', ...bubblewrap], env: HOST_ENV }
    : { program: 'bwrap', args: bubblewrap, env: HOST_ENV }
}

/** Runs a program of the host inside a room, as its root. */
export function inRoom(
  { pid, ownUsers }: Room,
  program: string,
  args: readonly string[],
  stdin?: Command['stdin'],
): Command {
  const namespaces = ['--net', '--pid', '--ipc', '--uts', '--mount', ...(ownUsers ? ['--user'] : [])]
  return {
    program: 'nsenter',
    args: ['--target', String(pid), ...namespaces, '--', program, ...args],
    env: HOST_ENV,
    ...(stdin === undefined ? {} : { stdin }),
  }
}

/** A container of runc, by its bundle. */
export interface Container {
  readonly id: string
  readonly bundle: string
  readonly cgroup: string | null
  /** Where runc keeps what it knows. */
  readonly state: string
}

const runc = ({ state }: Container, ...args: string[]) => ['--root', state, ...args]

/** Runs a container in the foreground: its output is the program's, its exit code too. */
export function runContainer(room: Room, container: Container, stdin?: Command['stdin']): Command {
  return inRoom(room, 'runc', runc(container, 'run', '--bundle', container.bundle, container.id), stdin)
}

/** Runs a second process in a container, by a process description. */
export function execInContainer(
  room: Room,
  container: Container,
  process: string,
  stdin?: Command['stdin'],
): Command {
  return inRoom(room, 'runc', runc(container, 'exec', '--process', process, container.id), stdin)
}

export function signalContainer(room: Room, container: Container, signal: string): Command {
  return inRoom(room, 'runc', runc(container, 'kill', container.id, signal))
}

export function containerState(room: Room, container: Container): Command {
  return inRoom(room, 'runc', runc(container, 'state', container.id))
}

/** Ends a container and forgets it, its control groups too; it need not be there. */
export function deleteContainer(room: Room, container: Container): Command {
  return inRoom(room, 'runc', runc(container, 'delete', '--force', container.id))
}

/** Tells the user that a process of the room runs as. */
export function processStatus(room: Room, pid: number): Command {
  return inRoom(room, 'cat', [`/proc/${pid}/status`])
}

/** What a file of an unpacked image has that it did not get while the tree was filled. */
export interface Owned {
  /** On this host. */
  readonly path: string
  readonly uid: number
  readonly gid: number
  /** Permission bits; null for a link, which has none. */
  readonly mode: number | null
}

const OWN = `
const { chmodSync, lchownSync, readFileSync } = require('node:fs')
for (const { path, uid, gid, mode } of JSON.parse(readFileSync(0, 'utf8'))) {
  if (uid !== 0 || gid !== 0) lchownSync(path, uid, gid)
  if (mode !== null) chmodSync(path, mode)
}
`

/** Gives files their owners and modes, in the room's users. @param node this very program's. */
export function giveOwners(room: Room, node: string, owned: readonly Owned[]): Command {
  return inRoom(room, node, ['-e', OWN], JSON.stringify(owned))
}

/** Removes a tree whoever its files belong to. */
export function removeTree(room: Room, path: string): Command {
  return inRoom(room, 'rm', ['-rf', '--one-file-system', '--', path])
}

/**
 * Asks a server in the room until it answers as expected or the time is over: a line with the status, then the body. A refused connection is not an answer yet.
 */
const PROBE = `
const [port, path, wanted, pattern, deadlineMs] = process.argv.slice(1)
const { get } = require('node:http')
const deadline = Date.now() + Number(deadlineMs)
const expected = (status, body) => String(status) === wanted && new RegExp(pattern, 'm').test(body)
const again = (why, status) => {
  if (Date.now() < deadline) return setTimeout(ask, 50)
  process.stdout.write(why)
  process.exit(status === undefined ? 3 : 4)
}
const ask = () => {
  const asked = get({ agent: false, host: '127.0.0.1', port, path, timeout: 2000 }, (answer) => {
    let body = ''
    answer.setEncoding('utf8')
    answer.on('data', (text) => { if (body.length < 65536) body += text })
    answer.on('end', () => {
      const shown = answer.statusCode + '\\n' + body
      if (!expected(answer.statusCode, body)) return again(shown, answer.statusCode)
      process.stdout.write(shown)
    })
  })
  asked.on('timeout', () => asked.destroy(new Error('no answer within two seconds')))
  asked.on('error', (error) => again(error.message))
}
ask()
`

export interface HttpProbe {
  readonly port: number
  readonly path: string
  readonly status: number
  /** A pattern's source; '' for any body. */
  readonly body: string
  readonly withinMs: number
}

/** Exit codes: 0 the expected answer, 4 another one, 3 none. @param node this very program's. */
export function probeHttp(room: Room, node: string, probe: HttpProbe): Command {
  const { port, path, status, body, withinMs } = probe
  return inRoom(room, node, ['-e', PROBE, ...[port, path, status, body, withinMs].map(String)])
}

/** Waits until somebody listens on a port of the room. */
const LISTENING = `
const [port, deadlineMs] = process.argv.slice(1)
const { connect } = require('node:net')
const deadline = Date.now() + Number(deadlineMs)
const ask = () => {
  const socket = connect(Number(port), '127.0.0.1', () => process.exit(0))
  socket.on('error', (error) => {
    if (Date.now() < deadline) return setTimeout(ask, 50)
    process.stdout.write(error.message)
    process.exit(3)
  })
}
ask()
`

export function probePort(room: Room, node: string, port: number, withinMs: number): Command {
  return inRoom(room, node, ['-e', LISTENING, String(port), String(withinMs)])
}
