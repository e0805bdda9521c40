// SPDX-License-Identifier: Apache-2.0
import { readFile, rm } from 'node:fs/promises'
import { type Exec, type Exited, isSystemError, lastWords, MillraceError } from '../base/index.ts'
import type { ControlGroups } from './cgroup.ts'
import {
  bubblewrapArguments,
  killCommand,
  onTerminal,
  runCommandLine,
  type SandboxCommand,
} from './commands.ts'
import type { Holder } from './holder.ts'
import type { SandboxLimits, SandboxOptions } from './options.ts'
import { type SandboxOutcome, type StopReason, stoppedOutcome } from './outcome.ts'
import { type Look, lookAll, startWatch } from './watch.ts'

export interface SandboxRun {
  readonly signal?: AbortSignal | undefined
  /** Default: one hour. */
  readonly timeoutMs?: number | undefined
  /** Called for each line as it comes. */
  readonly onLine?: ((line: string, stream: 'stdout' | 'stderr') => void) | undefined
  /** Over the sandbox's own limit. */
  readonly maxOutputBytes?: number | undefined
}

/** An open sandbox, as a run needs it. */
export interface OpenPlace {
  readonly exec: Exec
  readonly options: SandboxOptions
  readonly limits: SandboxLimits
  readonly maskedFiles: readonly string[]
  readonly holder: Holder
  readonly groups: ControlGroups
}

const HOUR_MS = 3_600_000
const WATCH_MS = 100
const LAST_LINES = 20

/**
 * @param statusFile does not exist yet; bubblewrap tells there what becomes of the command
 * @param looks what to watch
 * @throws MillraceError SANDBOX_FAILED, DISK_FULL
 */
export async function runIn(
  place: OpenPlace,
  statusFile: string,
  looks: readonly Look[],
  command: SandboxCommand,
  options: SandboxRun,
): Promise<SandboxOutcome> {
  const limits = {
    ...place.limits,
    outputBytes: options.maxOutputBytes ?? place.limits.outputBytes,
    timeoutMs: options.timeoutMs ?? HOUR_MS,
  }
  const heard = new LastLines()
  const startedMs = performance.now()
  const end = () => ({ durationMs: performance.now() - startedMs, lastLines: heard.list() })
  if (options.signal?.aborted) return stoppedOutcome('cancelled', end(), limits)

  const stopper = new Stopper(place, statusFile)
  const running = place.exec(commandLine(place, statusFile, command), {
    signal: stopper.lastResort,
    terminal: command.terminal ?? false,
    maxOutputBytes: 64 * 1024,
    onLine: (line, stream) => {
      if (heard.push(line) > limits.outputBytes) stopper.stop('output-limit')
      else options.onLine?.(line, stream)
    },
  })
  const watch = startWatch(looks, WATCH_MS, (reason) => stopper.stop(reason ?? 'cancelled'))
  const timer = setTimeout(() => stopper.stop('timed-out'), limits.timeoutMs)
  const cancel = () => stopper.stop('cancelled')
  options.signal?.addEventListener('abort', cancel, { once: true })
  try {
    const exited = await running
    stopper.finish()
    await watch.stop()
    const code = (await exitCode(statusFile)) ?? notFound(exited)
    // A command that failed between two looks may have failed for what a look would have found.
    const reason = stopper.reason ?? (code === 0 ? null : await lookAll(looks))
    if (reason !== null) return stoppedOutcome(reason, end(), limits)
    if (code === null) throw broken(exited, place.holder)
    return { ...end(), status: 'exited', code }
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', cancel)
    await rm(statusFile, { force: true })
  }
}

function commandLine(place: OpenPlace, statusFile: string, command: SandboxCommand) {
  const { options, limits, holder, groups, maskedFiles } = place
  const line = runCommandLine(
    {
      holder: holder.pid,
      statusFile,
      cgroups: groups.directories,
      limits,
      cpus: options.cpus ?? null,
    },
    bubblewrapArguments(options, command, maskedFiles),
    command.stdin,
  )
  return command.terminal ? onTerminal(line) : line
}

/** Ends a run for the first reason it hears, by killing the run's process 1; its parent then ends too, and with it the waiting for the run. */
class Stopper {
  reason: StopReason | null = null
  readonly #place: OpenPlace
  readonly #statusFile: string
  readonly #lastResort = new AbortController()
  #finished = false

  constructor(place: OpenPlace, statusFile: string) {
    this.#place = place
    this.#statusFile = statusFile
  }

  get lastResort(): AbortSignal {
    return this.#lastResort.signal
  }

  stop(reason: StopReason): void {
    if (this.reason !== null || this.#finished) return
    this.reason = reason
    this.#kill().catch(() => this.#lastResort.abort())
  }

  finish(): void {
    this.#finished = true
  }

  async #kill(): Promise<void> {
    const { exec, holder } = this.#place
    for (let tries = 0; tries < KILL_TRIES && !this.#finished; tries++) {
      const pid = await processOne(this.#statusFile)
      if (pid !== null && (await exec(killCommand(holder.pid, pid))).code === 0) return
      await new Promise((resolve) => setTimeout(resolve, KILL_PAUSE_MS))
    }
    this.#lastResort.abort()
  }
}

const KILL_TRIES = 100
const KILL_PAUSE_MS = 20

const processOne = (statusFile: string) => statusNumber(statusFile, 'child-pid')
/** Null when the command was never started, or when bubblewrap was killed. */
const exitCode = (statusFile: string) => statusNumber(statusFile, 'exit-code')

/** bwrap(1), --json-status-fd: one JSON object a line; `exit-code` comes only when the command was started. */
async function statusNumber(statusFile: string, key: string): Promise<number | null> {
  try {
    const text = await readFile(statusFile, 'utf8')
    const [, number] = new RegExp(`"${key}": (\\d+)`).exec(text) ?? []
    return number === undefined ? null : Number(number)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return null
    throw error
  }
}

/** A program that is not there ends a command as it does in a shell. bubblewrap tells it in words only. */
const notFound = ({ stderr }: Exited) => (/^bwrap: execvp /m.test(stderr) ? 127 : null)

function broken(exited: Exited, holder: Holder): MillraceError {
  return new MillraceError('SANDBOX_FAILED', {
    what: 'running a command in a sandbox',
    why: holder.ended() ? 'the sandbox was ended from outside' : lastWords(exited),
    fix: 'run millrace doctor; when the host ran out of memory, allow fewer builds at once',
  })
}

/** Keeps the end of an output, and counts the whole. */
class LastLines {
  readonly #lines: string[] = []
  #bytes = 0

  /** @returns the bytes so far */
  push(line: string): number {
    this.#lines.push(line)
    if (this.#lines.length > LAST_LINES) this.#lines.shift()
    this.#bytes += Buffer.byteLength(line) + 1
    return this.#bytes
  }

  list(): readonly string[] {
    return [...this.#lines]
  }
}
