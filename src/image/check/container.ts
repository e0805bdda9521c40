// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Exec, Exited } from '../../base/index.ts'
import type { RunConfig } from '../../oci/index.ts'
import {
  type Container,
  containerState,
  deleteContainer,
  processStatus,
  type Room,
  runContainer,
} from './commands.ts'
import { processOf, runtimeConfig } from './runtime-config.ts'

export interface ContainerHost {
  readonly exec: Exec
  readonly room: Room
  readonly config: RunConfig
  readonly rootfs: string
  readonly writable: readonly string[]
  /** Bundles go here, and what runc keeps. */
  readonly directory: string
}

interface Wanted {
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
}

const MAX_OUTPUT = 64 * 1024

/** Runs a container until it ends by itself, or its time is over. */
export async function runToEnd(
  host: ContainerHost,
  wanted: Wanted & { readonly stdin: string; readonly timeoutMs: number },
  signal: AbortSignal,
): Promise<Exited> {
  const container = await makeBundle(host, wanted)
  try {
    const command = runContainer(host.room, container, wanted.stdin === '' ? undefined : wanted.stdin)
    return await host.exec(command, { signal, timeoutMs: wanted.timeoutMs, maxOutputBytes: MAX_OUTPUT })
  } finally {
    await host.exec(deleteContainer(host.room, container))
  }
}

/** A container that goes on, for as long as it is open. */
export interface Service extends AsyncDisposable {
  readonly container: Container
  /** What its first process runs as; null when that could not be seen. */
  readonly uid: number | null
  /** What it has said so far: the newest lines. */
  output(): string
  /** A description of a second process in it. */
  describe(argv: readonly string[]): Promise<string>
  /** The result of some work, or `ended` when the container ended before. */
  race<T>(work: Promise<T>): Promise<T | 'ended'>
  /** How it ended; undefined when it still goes on after so long. */
  endWithin(ms: number): Promise<Exited | undefined>
}

export async function startService(
  host: ContainerHost,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Service> {
  const { config } = host
  const container = await makeBundle(host, wanted)
  const said: string[] = []
  const ended = host.exec(runContainer(host.room, container), {
    signal,
    maxOutputBytes: MAX_OUTPUT,
    onLine: (line) => {
      said.push(line)
      if (said.length > 40) said.shift()
    },
  })
  // Whoever waits for the end hears of it; until then it must not be an unhandled rejection.
  ended.catch(() => {})
  const close = async () => {
    await host.exec(deleteContainer(host.room, container))
    await ended
  }
  try {
    return {
      container,
      uid: await uidOf(host, container, ended),
      output: () => said.join('\n'),
      describe: async (argv) => {
        const path = join(container.bundle, `process-${randomBytes(4).toString('hex')}.json`)
        await writeFile(
          path,
          JSON.stringify(processOf({ ...wanted, config, cgroup: container.cgroup, argv })),
        )
        return path
      },
      race: (work) => Promise.race([work, ended.then(() => 'ended' as const)]),
      endWithin: (ms) => withDeadline(ended, ms),
      [Symbol.asyncDispose]: close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

async function withDeadline<T>(work: Promise<T>, ms: number): Promise<T | undefined> {
  const over = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => over.resolve(undefined), ms)
  try {
    return await Promise.race([work, over.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits until the container runs, and looks whom it runs as. */
async function uidOf(
  host: ContainerHost,
  container: Container,
  ended: Promise<unknown>,
): Promise<number | null> {
  let over = false
  void ended.then(
    () => {
      over = true
    },
    () => {
      over = true
    },
  )
  while (!over) {
    const { stdout } = await host.exec(containerState(host.room, container))
    const [, pid] = /"pid":\s*(\d+)/.exec(stdout) ?? []
    if (/"status":\s*"running"/.test(stdout) && pid !== undefined) {
      const status = await host.exec(processStatus(host.room, Number(pid)))
      const [, uid] = /^Uid:\s+\d+\s+(\d+)/m.exec(status.stdout) ?? []
      return uid === undefined ? null : Number(uid)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return null
}

async function makeBundle(host: ContainerHost, wanted: Wanted): Promise<Container> {
  const id = `millrace-${randomBytes(6).toString('hex')}`
  const bundle = join(host.directory, id)
  await mkdir(bundle, { recursive: true })
  const { config, rootfs, writable } = host
  const cgroup = host.room.ownUsers ? null : `/${id}`
  const run = { config, rootfs, writable, ...wanted, cgroup }
  await writeFile(join(bundle, 'config.json'), JSON.stringify(runtimeConfig(run)))
  return { id, bundle, cgroup, state: join(host.directory, 'runc') }
}
