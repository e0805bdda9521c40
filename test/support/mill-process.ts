// SPDX-License-Identifier: Apache-2.0
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOST_ENV, type MillraceEvent, runCommand, startDaemon } from '../../src/base/index.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The command line as a process, as a person starts it from a checkout. */
export const MILLRACE = join(ROOT, 'bin', 'millrace.js')

/** Where tests keep what is slow and the same every time: the seed, above all. */
export const TEST_CACHE = join(homedir(), '.cache', 'millrace', 'tests')

const env = { ...HOST_ENV, HOME: homedir() }

/** Runs one command to its end. */
export async function millrace(
  args: readonly string[],
  dataDirectory: string,
  more: Readonly<Record<string, string>> = {},
) {
  return runCommand(
    {
      program: process.execPath,
      args: [MILLRACE, '--data', dataDirectory, ...args],
      env: { ...env, ...more },
    },
    { timeoutMs: 600_000 },
  )
}

/** A factory that runs, and its events as they come. */
export interface RunningMill extends AsyncDisposable {
  readonly pid: number
  readonly events: readonly MillraceEvent[]
  readonly url: () => string
  /** The first event, come or yet to come, that fits. */
  until(fits: (event: MillraceEvent) => boolean, what: string, timeoutMs?: number): Promise<MillraceEvent>
  stop(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null; afterMs: number }>
}

export async function startMill(
  dataDirectory: string,
  distroDirectory: string,
  more: readonly string[] = [],
): Promise<RunningMill> {
  const events: MillraceEvent[] = []
  const said: string[] = []
  const waiting = new Set<() => void>()
  let ended = false
  const args = [MILLRACE, '--json', '--data', dataDirectory, '--distro', distroDirectory, 'start']
  const daemon = await startDaemon(
    { program: process.execPath, args: [...args, '--port', '0', ...more], env },
    (line, stream) => {
      if (stream === 'stdout' && line.startsWith('{')) events.push(JSON.parse(line) as MillraceEvent)
      else said.push(line)
      for (const wake of waiting) wake()
    },
  )
  void daemon.exited.then(() => {
    ended = true
    for (const wake of waiting) wake()
  })
  const until: RunningMill['until'] = (fits, what, timeoutMs = 900_000) =>
    new Promise((resolve, reject) => {
      const done = () => {
        waiting.delete(look)
        clearTimeout(timer)
      }
      const look = () => {
        const found = events.find(fits)
        if (found !== undefined) {
          done()
          resolve(found)
        } else if (ended) {
          done()
          reject(new Error(`the factory ended before ${what}: ${said.slice(-12).join('\n')}`))
        }
      }
      const timer = setTimeout(() => {
        done()
        const failed = events.filter((event) => event.type === 'task.ended' && event.outcome === 'failed')
        reject(
          new Error(
            `${what} did not come in ${timeoutMs / 1000} s; failed: ${JSON.stringify(failed.slice(-3))}; said: ${said.slice(-5).join('\n')}`,
          ),
        )
      }, timeoutMs)
      waiting.add(look)
      look()
    })
  return {
    pid: daemon.pid,
    events,
    url: () => {
      const listening = events.find((event) => event.type === 'server.listening')
      return listening?.type === 'server.listening' ? listening.url : ''
    },
    until,
    stop: async (signal) => {
      const startedMs = performance.now()
      process.kill(daemon.pid, signal)
      const exited = await daemon.exited
      return { ...exited, afterMs: performance.now() - startedMs }
    },
    [Symbol.asyncDispose]: () => daemon.stop('SIGKILL', 0),
  }
}

/** A distro of some of the real recipes and images, in a directory of its own. */
export async function someDistro(
  directory: string,
  recipes: readonly string[],
  images: readonly string[],
): Promise<string> {
  const from = join(ROOT, 'distro')
  await mkdir(join(directory, 'packages'), { recursive: true })
  await mkdir(join(directory, 'images'), { recursive: true })
  for (const name of ['distro.yaml', 'seed.yaml', 'mirrors.yaml'])
    await cp(join(from, name), join(directory, name))
  await symlink(join(from, 'pipelines'), join(directory, 'pipelines'))
  const known = new Set(await readdir(join(from, 'packages')))
  for (const name of recipes)
    for (const file of [`${name}.yaml`, name])
      if (known.has(file))
        await cp(join(from, 'packages', file), join(directory, 'packages', file), { recursive: true })
  for (const name of images)
    for (const file of [`${name}.yaml`, `${name}.test.yaml`])
      await cp(join(from, 'images', file), join(directory, 'images', file))
  return directory
}

/** Processes of this machine whose command line names a text. */
export async function processesNaming(text: string): Promise<string[]> {
  const found: string[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue
    // A process may end while it is looked at.
    const line = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (line.includes(text)) found.push(`${name} ${line.replaceAll('\0', ' ').slice(0, 200)}`)
  }
  return found
}
