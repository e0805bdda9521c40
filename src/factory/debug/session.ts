// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isSystemError, writeFileAtomic } from '../../base/index.ts'
import {
  type Failure,
  type KeptSnapshot,
  openWorkplace,
  relocate,
  runScripts,
  type Snapshot,
  scriptAt,
  WORKPLACE_SANDBOX,
  type WorkplaceOptions,
  type WorkServices,
} from '../../build/index.ts'
import { goToDirectory } from '../../recipe/index.ts'
import { removeSandbox, type Sandbox, type SandboxOutcome } from '../../sandbox/index.ts'
import { type DataLock, lockData } from '../../store/index.ts'

/** Where in the sandbox the failing step is, and what runs it. */
export const TOOLS = '/.millrace'

const State = z.strictObject({
  /** The step to go on from, counted from 0; null when every step passed. */
  next: z.number().int().nonnegative().nullable(),
})
type State = z.infer<typeof State>

/**
 * A failed build, entered. What the build left stays as it is: what is changed now lies over it, and stays too until the session is begun afresh.
 * One process at a time is in it.
 */
export interface Session extends AsyncDisposable {
  readonly snapshot: KeptSnapshot
  readonly sandbox: Sandbox
  /** The step that is next, counted from 0: the one that failed, or a later one after a resumption; null when none is left. */
  readonly next: number | null
  /** Runs a command where the next step would run; in a shell on this process's terminal when there is no command. */
  enter(command: string | null, onLine: OnLine, signal: AbortSignal): Promise<SandboxOutcome>
  /**
   * Runs the next step and those behind it, until one fails.
   *
   * @returns why it failed; null when every step passed, in a sandbox that somebody changed: nothing of it may be published
   */
  resume(signal: AbortSignal): Promise<Failure | null>
}

type OnLine = (line: string, stream: 'stdout' | 'stderr') => void

/** The directory in a snapshot's own where what a person changed lies. */
const SESSION = 'session'
const STATE = 'session.json'

/**
 * @param options.fresh forgets what was changed in earlier sessions
 * @param options.terminal what TERM is in a shell; null for none
 * @throws MillraceError DATA_LOCKED when somebody else is in it; BLOB_MISSING, SANDBOX_FAILED
 */
export async function openSession(
  f: WorkServices,
  snapshot: KeptSnapshot,
  options: { readonly fresh: boolean; readonly terminal: string | null; readonly now: number },
  signal: AbortSignal,
): Promise<Session> {
  const lock: DataLock = await lockData(snapshot.directory, 'millrace debug', options.now)
  try {
    const directory = join(snapshot.directory, SESSION)
    if (options.fresh) await forgetSession(f, snapshot)
    const state = (await readState(snapshot)) ?? { next: snapshot.failure.script }
    const tools = join(snapshot.directory, 'tools')
    await writeTools(tools, snapshot, state)
    const place = await openWorkplace(f, {
      ...workplaceOptions(snapshot, signal),
      over: writtenBy(snapshot),
      mounts: [{ source: tools, target: TOOLS, readonly: true }],
      directory,
    })
    const { sandbox } = place
    return {
      snapshot,
      sandbox,
      next: state.next,
      enter: (command, onLine, stop) =>
        enter(sandbox, snapshot, state, { command, onLine, ...options }, stop),
      resume: (stop) => resume(f, sandbox, snapshot, state, stop),
      [Symbol.asyncDispose]: async () => {
        await place[Symbol.asyncDispose]()
        await lock[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await lock[Symbol.asyncDispose]()
    throw error
  }
}

/** What the build had written when it failed. */
export function writtenBy({ directory }: KeptSnapshot): string {
  return join(directory, WORKPLACE_SANDBOX, 'written')
}

/** The build's place as it was at its beginning. */
export function workplaceOptions(snapshot: KeptSnapshot, signal: AbortSignal): WorkplaceOptions {
  const { workplace } = snapshot
  return {
    name: snapshot.id,
    ...{ environment: workplace.environment, sources: workplace.sources, files: workplace.files },
    packageFiles: new Map(workplace.packageFiles),
    sourceFiles: new Map(workplace.sourceFiles),
    ...{ variables: workplace.variables, variation: workplace.variation, directories: workplace.directories },
    ...{ limits: workplace.limits, signal },
  }
}

async function forgetSession(f: WorkServices, { directory }: KeptSnapshot): Promise<void> {
  await removeSandbox(f, join(directory, SESSION))
  await rm(join(directory, STATE), { force: true })
}

async function readState({ directory }: KeptSnapshot): Promise<State | undefined> {
  try {
    const parsed = State.safeParse(JSON.parse(await readFile(join(directory, STATE), 'utf8')))
    return parsed.data
  } catch (error) {
    if (isSystemError(error, 'ENOENT') || error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The failing step's script, a program that runs it, and what an interactive shell reads first. Modes are set, not left to our umask. */
async function writeTools(directory: string, snapshot: KeptSnapshot, { next }: State): Promise<void> {
  const { variation } = snapshot.workplace
  const script =
    next === null ? 'echo "every step passed" >&2\n' : relocate(scriptAt(snapshot, next).script, variation)
  const run = `#!/bin/sh\ncd '${variation.workspace}' && exec /bin/sh ${TOOLS}/step\n`
  const title = `${snapshot.recipe.name}${next === null ? '' : ` step ${next + 1}`}`
  const files: readonly (readonly [name: string, text: string, mode: number])[] = [
    ['step', script, 0o644],
    ['millrace-step', run, 0o755],
    // The prompt is POSIX's; what is typed is not to be left in the sources.
    ['rc', `PS1='[${title}] $PWD $ '\nHISTFILE=/dev/null\n`, 0o644],
  ]
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await chmod(directory, 0o755)
  for (const [name, text, mode] of files) {
    await writeFile(join(directory, name), text)
    await chmod(join(directory, name), mode)
  }
}

/** Bash where there is one: it edits lines. */
const SHELL = `if command -v bash >/dev/null 2>&1; then exec bash --noprofile --rcfile ${TOOLS}/rc -i; fi
ENV=${TOOLS}/rc exec /bin/sh -i`

/** A week: a person may sleep over it. */
const SHELL_TIMEOUT_MS = 7 * 24 * 3_600_000

async function enter(
  sandbox: Sandbox,
  snapshot: KeptSnapshot,
  { next }: State,
  how: { readonly command: string | null; readonly onLine: OnLine; readonly terminal: string | null },
  signal: AbortSignal,
): Promise<SandboxOutcome> {
  const { variation } = snapshot.workplace
  const script = next === null ? undefined : scriptAt(snapshot, next)
  const there = script === undefined ? '' : relocate(goToDirectory(script.script), variation)
  const environment = script === undefined ? {} : environmentOf(script, snapshot)
  const { command, onLine, terminal } = how
  return sandbox.run(
    {
      args: ['/bin/sh', '-c', `${there}\n${command ?? SHELL}\n`],
      directory: variation.workspace,
      environment: {
        ...environment,
        PATH: `${environment['PATH'] ?? '/usr/bin:/bin'}:${TOOLS}`,
        ...(command === null && terminal !== null ? { TERM: terminal } : {}),
      },
      terminal: command === null,
    },
    { signal, onLine, timeoutMs: command === null ? SHELL_TIMEOUT_MS : snapshot.timeoutMs },
  )
}

function environmentOf(
  { environment }: Snapshot['scripts'][number],
  { workplace: { variation } }: KeptSnapshot,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [name, relocate(value, variation)]),
  )
}

async function resume(
  f: WorkServices,
  sandbox: Sandbox,
  snapshot: KeptSnapshot,
  { next }: State,
  signal: AbortSignal,
): Promise<Failure | null> {
  if (next === null) return null
  const { scripts, task, timeoutMs, workplace } = snapshot
  const quiet = { note: () => {}, heading: () => {}, line: (text: string) => text }
  const run = {
    task,
    before: next,
    steps: scripts.length,
    variation: workplace.variation,
    log: quiet,
    trails: [],
  }
  const deadlineMs = performance.now() + timeoutMs
  const failure = await runScripts(f, sandbox, { ...run, scripts: scripts.slice(next), deadlineMs }, signal)
  const state: State = { next: failure === null ? null : next + (failure.script ?? 0) }
  await writeFileAtomic(join(snapshot.directory, STATE), JSON.stringify(state))
  return failure === null ? null : { ...failure, script: state.next }
}
