// SPDX-License-Identifier: Apache-2.0
import { type Exec, lastWords, MillraceError, startDaemon } from '../../base/index.ts'
import { roomCommand } from './commands.ts'

/** Namespaces that containers run in, with a loopback of their own. Closing it ends all that is in it. */
export interface Room extends AsyncDisposable {
  /** Its process 1, as this process numbers it. */
  readonly pid: number
}

/** @throws MillraceError SANDBOX_FAILED, TOOL_MISSING */
export async function openRoom(): Promise<Room> {
  const said: string[] = []
  const ready = Promise.withResolvers<number>()
  let pid = 0
  const daemon = await startDaemon(
    roomCommand(),
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
  return { pid: await ready.promise, [Symbol.asyncDispose]: () => daemon.stop('SIGKILL') }
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
  if (f.uid !== 0)
    return {
      why: 'containers that run as another user can be made by root only, and Millrace runs as an ordinary user',
      fix: 'test images on a machine where Millrace runs as root',
    }
  for (const program of ['bwrap', 'nsenter', 'runc']) {
    try {
      const exited = await f.exec({ program, args: ['--version'] })
      if (exited.code !== 0)
        return { why: `${program} does not work: ${lastWords(exited)}`, fix: `install ${program} again` }
      if (program === 'runc') return { runtime: (exited.stdout.split('\n')[0] ?? '').replace(' version', '') }
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'TOOL_MISSING') throw error
      return {
        why: `${program} is not installed`,
        fix: 'run npm start, which installs it, or apt-get install bubblewrap util-linux runc',
      }
    }
  }
  throw new Error('runc is the last of the programs')
}
