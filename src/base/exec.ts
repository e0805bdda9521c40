// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import { isSystemError, MillraceError } from './error.ts'
import { LineSplitter } from './lines.ts'

/** One program to start. The environment is all it gets: nothing is inherited. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Text or bytes given on standard input; without it the program reads end-of-file. */
  readonly stdin?: string | Uint8Array | Readable
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  readonly timeoutMs?: number | undefined
  /** Time between TERM and KILL to the whole process group. Default 2,000. */
  readonly graceMs?: number
  /** Called for each line as it comes. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
  /** Called for each chunk of standard output as it comes, which then is not kept in `stdout`. */
  readonly onStdout?: (chunk: Uint8Array) => void
  /** Called once with the process id. */
  readonly onStart?: (pid: number) => void | Promise<void>
  /** Bytes kept of each stream; more is counted and dropped. Default 16 MiB. */
  readonly maxOutputBytes?: number
  /** Gives it this process's own input and output, and its terminal: nothing of what it says is heard or kept. */
  readonly terminal?: boolean
}

/** How a program ended. A non-zero code is a value: the caller knows what it means. */
export interface Exited {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
  readonly durationMs: number
  readonly timedOut: boolean
  readonly cancelled: boolean
  /** True when a stream was longer than `maxOutputBytes`. */
  readonly truncated: boolean
}

/** How domain code starts programs; tests give a function that replays a script. */
export type Exec = (command: Command, options?: RunOptions) => Promise<Exited>

/** The variables a program of the host needs to work at all. Never given to a sandbox. */
export const HOST_ENV: Readonly<Record<string, string>> = {
  LANG: 'C.UTF-8',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
}

/**
 * Runs a program in a process group of its own, ends the whole group on abort or time-out (TERM, then KILL), and waits for its end.
 *
 * @throws MillraceError TOOL_MISSING when the program is not there; TOOL_FAILED when the system could not start it.
 */
export const runCommand: Exec = async (command, options = {}) => {
  if (options.terminal) return runOnTerminal(command, options)
  const startedMs = performance.now()
  const kept = { stdout: new Kept(options.maxOutputBytes), stderr: new Kept(options.maxOutputBytes) }
  const child = spawn(await loadExeca(), command, command.stdin !== undefined)
  feed(child.stdin, command.stdin)
  const started = child.pid === undefined ? undefined : options.onStart?.(child.pid)

  let timedOut = false
  let cancelled = false
  const end = () => endGroup(child.pid, options.graceMs ?? 2000)
  const onAbort = () => {
    cancelled = true
    end()
  }
  const timer =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          end()
        }, options.timeoutMs)
  if (options.signal?.aborted) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })

  const splitters = (['stdout', 'stderr'] as const).map((name) => {
    const lines = options.onLine && new LineSplitter((line) => options.onLine?.(line, name))
    child[name].on('data', (chunk: Uint8Array) => {
      lines?.push(chunk)
      if (name === 'stdout' && options.onStdout) options.onStdout(chunk)
      else kept[name].push(chunk)
    })
    return lines
  })
  try {
    await started
    const result = await child
    for (const lines of splitters) lines?.end()
    if (result.exitCode === undefined && result.signal === undefined)
      throw spawnError(command, result.cause ?? result)
    return {
      code: result.exitCode ?? null,
      signal: result.signal ?? null,
      stdout: kept.stdout.text(),
      stderr: kept.stderr.text(),
      durationMs: performance.now() - startedMs,
      timedOut,
      cancelled,
      truncated: kept.stdout.truncated || kept.stderr.truncated,
    }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
    // What the program left behind in its group must not outlive it.
    killGroup(child.pid, 'SIGKILL')
  }
}

/** In this process's own group and session: a terminal has one. */
async function runOnTerminal(command: Command, options: RunOptions): Promise<Exited> {
  const startedMs = performance.now()
  const { execa } = await loadExeca()
  const child = execa(command.program, command.args, {
    env: command.env ?? HOST_ENV,
    extendEnv: false,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    cleanup: true,
    buffer: false,
    reject: false,
    stdio: 'inherit',
  })
  const started = child.pid === undefined ? undefined : options.onStart?.(child.pid)
  let cancelled = false
  const onAbort = () => {
    cancelled = true
    child.kill('SIGTERM')
  }
  if (options.signal?.aborted) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await started
    const result = await child
    if (result.exitCode === undefined && result.signal === undefined)
      throw spawnError(command, result.cause ?? result)
    return {
      ...{ code: result.exitCode ?? null, signal: result.signal ?? null, stdout: '', stderr: '' },
      ...{ durationMs: performance.now() - startedMs, timedOut: false, cancelled, truncated: false },
    }
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** A process that stays: the private database, an image under test. Ended by `stop`, which waits. */
export interface Daemon {
  readonly pid: number
  readonly exited: Promise<{ code: number | null; signal: string | null }>
  stop(signal?: NodeJS.Signals, graceMs?: number): Promise<void>
}

/**
 * Starts a program that stays, in a process group of its own.
 *
 * @param options.holdInput gives it an input that stays open as long as this process lives: a program that reads to its end ends with us, however we end.
 * @throws MillraceError TOOL_MISSING, TOOL_FAILED
 */
export async function startDaemon(
  command: Command,
  onLine: (line: string, stream: 'stdout' | 'stderr') => void,
  options: { readonly holdInput?: boolean } = {},
): Promise<Daemon> {
  const child = spawn(await loadExeca(), command, options.holdInput)
  for (const name of ['stdout', 'stderr'] as const) {
    const lines = new LineSplitter((line) => onLine(line, name))
    child[name].on('data', (chunk: Uint8Array) => lines.push(chunk)).on('end', () => lines.end())
  }
  const ended = child.then((result) => result)
  const { pid } = child
  if (pid === undefined) throw spawnError(command, (await ended).cause)
  const exited = ended.then((result) => ({ code: result.exitCode ?? null, signal: result.signal ?? null }))
  return {
    pid,
    exited,
    stop: async (signal = 'SIGTERM', graceMs = 5000) => {
      killGroup(pid, signal)
      const timer = setTimeout(() => killGroup(pid, 'SIGKILL'), graceMs)
      await exited
      clearTimeout(timer)
      killGroup(pid, 'SIGKILL')
    },
  }
}

/** The one-line reason a program's failure is told by: its last words on stderr, else on stdout. */
export function lastWords(exited: Exited): string {
  const line = (text: string) => text.trimEnd().split('\n').slice(-3).join(' · ').trim()
  const ending = exited.timedOut
    ? 'ran out of time'
    : exited.signal
      ? `ended by ${exited.signal}`
      : `exit code ${exited.code}`
  const words = line(exited.stderr) || line(exited.stdout)
  return words === '' ? ending : `${ending}: ${words}`
}

/** It is a hundred modules, and many commands start no program. */
const loadExeca = () => import('execa')

/** In a process group of its own, which `killGroup` ends. */
function spawn({ execa }: Awaited<ReturnType<typeof loadExeca>>, command: Command, hasInput = false) {
  return execa(command.program, command.args, {
    env: command.env ?? HOST_ENV,
    extendEnv: false,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
    detached: true,
    cleanup: true,
    buffer: false,
    reject: false,
    encoding: 'buffer',
    stdin: hasInput ? 'pipe' : 'ignore',
  })
}

function feed(stdin: NodeJS.WritableStream | null | undefined, given: Command['stdin']): void {
  if (!stdin || given === undefined) return
  // A program may end without reading its input: that is its right (EPIPE).
  stdin.on('error', () => {})
  if (typeof given === 'string' || given instanceof Uint8Array) stdin.end(given)
  else given.on('error', () => stdin.end()).pipe(stdin)
}

function endGroup(pid: number | undefined, graceMs: number): void {
  killGroup(pid, 'SIGTERM')
  setTimeout(() => killGroup(pid, 'SIGKILL'), graceMs).unref()
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch (error) {
    if (!isSystemError(error, 'ESRCH', 'EPERM')) throw error
  }
}

function spawnError(command: Command, cause: unknown): MillraceError {
  const missing = isSystemError(cause, 'ENOENT')
  return new MillraceError(missing ? 'TOOL_MISSING' : 'TOOL_FAILED', {
    what: `starting ${command.program}`,
    why: missing
      ? 'the program is not on PATH'
      : cause instanceof Error
        ? cause.message
        : 'the system could not start it',
    fix: missing
      ? 'run npm start, which installs what is missing, or install it by your package manager'
      : 'run millrace doctor',
    cause,
  })
}

class Kept {
  readonly #chunks: Uint8Array[] = []
  readonly #maxBytes: number
  #bytes = 0
  truncated = false

  constructor(maxBytes = 16 * 1024 * 1024) {
    this.#maxBytes = maxBytes
  }

  push(chunk: Uint8Array): void {
    const room = this.#maxBytes - this.#bytes
    if (chunk.length > room) this.truncated = true
    if (room <= 0) return
    const part = chunk.subarray(0, room)
    this.#chunks.push(part)
    this.#bytes += part.length
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8')
  }
}
