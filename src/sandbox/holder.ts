// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from 'node:stream'
import { type Exec, type Exited, lastWords, MillraceError } from '../base/index.ts'
import { holderCommand } from './commands.ts'

/** The process that owns a sandbox's namespaces. */
export interface Holder {
  /** As this process sees it; its child is process 1 of the sandbox's process namespace. */
  readonly pid: number
  /** True when it has ended: nothing can run any more. */
  ended(): boolean
  /** Ends everything in the sandbox, and waits until it is gone. */
  release(): Promise<void>
}

/** Opens user, mount and process namespaces and mounts the root in them. @throws MillraceError SANDBOX_FAILED, TOOL_MISSING */
export async function startHolder(
  f: { readonly exec: Exec },
  directory: string,
  layerCount: number,
  cgroups: readonly string[],
): Promise<Holder> {
  const lifeline = new PassThrough()
  const ready = Promise.withResolvers<number>()
  let pid = 0
  let over = false
  const exited = f.exec(holderCommand(directory, layerCount, cgroups, lifeline), {
    graceMs: 5000,
    onLine: (line) => {
      if (line.startsWith('holder ')) pid = Number(line.slice('holder '.length))
      else if (line === 'ready') ready.resolve(pid)
    },
  })
  const ended = exited.then((end) => {
    over = true
    ready.reject(cannotMount(end))
  })
  await Promise.race([ready.promise, ended])
  return {
    pid: await ready.promise,
    ended: () => over,
    release: async () => {
      lifeline.end()
      await ended
    },
  }
}

function cannotMount(exited: Exited): MillraceError {
  const words = lastWords(exited)
  const [, fix] = REMEDIES.find(([symptom]) => symptom.test(words)) ?? [null, 'run millrace doctor']
  return new MillraceError('SANDBOX_FAILED', { what: 'mounting the root of a sandbox', why: words, fix })
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [
    /unshare/,
    'allow user namespaces: sysctl -w user.max_user_namespaces=15000 (on Debian also kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0; in a container, start it with --security-opt seccomp=unconfined)',
  ],
  [
    /overlay/,
    'keep the data directory on a filesystem that can be an overlay’s upper layer, such as ext4, xfs or btrfs (in a container: on a volume), by --data DIR; Linux 5.11 or newer is needed',
  ],
  [/proc/, 'in a container, start it with --security-opt systempaths=unconfined'],
]
