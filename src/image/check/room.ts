// SPDX-License-Identifier: Apache-2.0
import { type Exec, isMillraceError, lastWords, MillraceError, startDaemon } from '../../base/index.ts'
import { type Room, roomCommand, tryOwnUsers } from './commands.ts'

/** With a loopback of its own. Closing it ends all that is in it. */
export interface OpenRoom extends Room, AsyncDisposable {}

/** @param uid of this process. @throws MillraceError SANDBOX_FAILED, TOOL_MISSING */
export async function openRoom(uid: number): Promise<OpenRoom> {
  const ownUsers = uid !== 0
  const said: string[] = []
  const ready = Promise.withResolvers<number>()
  let pid = 0
  const daemon = await startDaemon(
    roomCommand({ ownUsers }),
    (line, stream) => {
      said.push(line)
      if (stream === 'stderr') pid ||= Number(/"child-pid": (\d+)/.exec(line)?.[1] ?? 0)
      // The two streams race; each of them may be the last.
      if (pid !== 0 && said.includes('ready')) ready.resolve(pid)
    },
    { holdInput: true },
  )
  const ended = daemon.exited.then(({ code }) => ready.reject(cannotOpen(said, code)))
  // After the room is open its end is expected, and nobody waits for it here.
  ended.catch(() => {})
  ready.promise.catch(() => {})
  return { pid: await ready.promise, ownUsers, [Symbol.asyncDispose]: () => daemon.stop('SIGKILL') }
}

function cannotOpen(said: readonly string[], code: number | null): MillraceError {
  return new MillraceError('SANDBOX_FAILED', {
    what: 'making namespaces to test an image in',
    why: said.slice(-3).join(' · ') || `bubblewrap ended with exit code ${code}`,
    fix: 'run millrace doctor',
  })
}

/** What keeps images from being tried on this machine; null when nothing does. */
export async function probeRuntime(f: {
  readonly exec: Exec
  readonly uid: number
}): Promise<{ readonly runtime: string } | { readonly why: string; readonly fix: string }> {
  for (const program of f.uid === 0 ? PROGRAMS : [...PROGRAMS, 'unshare', 'newuidmap'])
    if (!(await isThere(f.exec, program)))
      return {
        why: `${program} is not installed`,
        fix: 'apt-get install --no-install-recommends bubblewrap runc uidmap util-linux',
      }
  if (f.uid !== 0) {
    const tried = await f.exec(tryOwnUsers())
    if (tried.code !== 0)
      return {
        why: `an ordinary user needs subordinate ids to run containers as another user, and cannot have them: ${lastWords(tried)}`,
        fix: 'sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 $USER',
      }
  }
  const exited = await f.exec({ program: 'runc', args: ['--version'] })
  if (exited.code !== 0)
    return { why: `runc does not work: ${lastWords(exited)}`, fix: 'apt-get install --reinstall runc' }
  return { runtime: (exited.stdout.split('\n')[0] ?? '').replace(' version', '') }
}

const PROGRAMS = ['bwrap', 'nsenter', 'runc']

async function isThere(exec: Exec, program: string): Promise<boolean> {
  try {
    await exec({ program, args: ['--version'] })
    return true
  } catch (error) {
    if (isMillraceError(error, 'TOOL_MISSING')) return false
    throw error
  }
}
