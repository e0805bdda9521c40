// SPDX-License-Identifier: Apache-2.0
import { Command, CommanderError, Option } from 'commander'
import { asDiskFull, ERRORS, isMillraceError, systemClock, VERSION } from '../base/index.ts'
import { addCommands, type CommandName, commandIn } from './commands/index.ts'
import type { Context } from './context.ts'
import { renderError, renderErrorJson } from './renderers/error.ts'
import { paintFor } from './renderers/text.ts'

/** Runs one command line and sets the process's exit code by the table of errors. */
export async function main(args: readonly string[]): Promise<void> {
  const stopping = new AbortController()
  const context: Context = {
    stdout: process.stdout,
    stderr: process.stderr,
    signal: stopping.signal,
    clock: systemClock,
    isInteractive: process.stdin.isTTY && process.stdout.isTTY,
  }
  let heard: NodeJS.Signals | undefined
  let heardMs = 0
  const stop = (signal: NodeJS.Signals) => {
    // Ctrl-C reaches every process of a terminal, and whoever started us passes it on: that is one wish to stop. A later one is a wish not to wait.
    if (heard !== undefined && performance.now() - heardMs > SAME_WISH_MS) process.exit(exitOf(signal))
    heardMs = heard === undefined ? performance.now() : heardMs
    heard ??= signal
    stopping.abort()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  // A reader that has seen enough, such as head(1), closes the pipe: that is its right.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  try {
    await (await makeProgram(context, commandIn(args))).parseAsync(args, { from: 'user' })
    if (heard !== undefined) process.exitCode = exitOf(heard)
  } catch (error) {
    process.exitCode = heard !== undefined ? exitOf(heard) : tell(error, context, args.includes('--json'))
  }
}

/**
 * The command line as `--help` and `docs/cli.md` show it.
 *
 * @param only the one command that it is to have: then no other's code is read.
 */
export async function makeProgram(context: Context, only?: CommandName): Promise<Command> {
  const program = new Command('millrace')
  program
    .description(
      'A software factory: upstream source in; signed packages, a repository and container images out.',
    )
    .version(VERSION)
    .addOption(new Option('--data <dir>', 'where everything is kept').env('MILLRACE_DATA'))
    .addOption(new Option('--distro <dir>', 'the distribution: recipes, pipelines, images'))
    .addOption(new Option('--json', 'print JSON: results as one object, progress as one event a line'))
    .addOption(new Option('--offline', 'never use the network: only what the data directory has'))
    .configureHelp({ showGlobalOptions: true, helpWidth: 100 })
    .showHelpAfterError('(millrace --help shows how it is used)')
    .exitOverride()
  await addCommands(program, context, only)
  return program
}

/** The last thing a command says. @returns the exit code by the table of errors. */
export function tell(thrown: unknown, context: Pick<Context, 'stderr'>, json: boolean): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2
  const error = asDiskFull(thrown, 'running the command')
  context.stderr.write(`${json ? renderErrorJson(error) : renderError(error, paintFor(process.stderr))}\n`)
  return isMillraceError(error) ? ERRORS[error.code].exit : 1
}

const SAME_WISH_MS = 1000

const EXITS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }

function exitOf(signal: NodeJS.Signals): number {
  return EXITS[signal] ?? 1
}
