// SPDX-License-Identifier: Apache-2.0
import type { Command as Commander } from 'commander'
import { type Clock, type MillraceEvent, systemClock } from '../base/index.ts'
import type { Facts, Services } from '../factory/index.ts'
import { readSettings, type Settings } from '../settings/index.ts'

/** What a command may use of the process it runs in. */
export interface Context {
  readonly stdout: NodeJS.WritableStream & { columns?: number; isTTY?: boolean }
  readonly stderr: NodeJS.WritableStream & { columns?: number; rows?: number; isTTY?: boolean }
  /** Given by the first Ctrl-C. */
  readonly signal: AbortSignal
  readonly clock: Clock
  /** Whether a person sits at the input and the output. */
  readonly isInteractive?: boolean
}

/** The options every command has. */
export interface GlobalOptions {
  readonly data?: string
  readonly distro?: string
  readonly json?: boolean
  readonly offline?: boolean
}

export interface Invocation<Options> {
  readonly context: Context
  readonly options: Options & GlobalOptions
  readonly settings: Settings
  /** Prints a result: JSON on one line with --json, else the text. */
  print(value: object, text: string): void
}

export function invocationOf<Options>(context: Context, command: Commander): Invocation<Options> {
  const options = command.optsWithGlobals() as Options &
    GlobalOptions & { host?: string; port?: string; workers?: string }
  return {
    context,
    options,
    settings: readSettings(options),
    print: (value, text) => {
      context.stdout.write(options.json ? `${JSON.stringify(value)}\n` : text === '' ? '' : `${text}\n`)
    },
  }
}

/** Opens the data directory for work, with its events shown as they come: a picture on a terminal, lines elsewhere, JSON lines with --json. */
export async function withServices<T>(
  { context, options, settings }: Invocation<unknown>,
  doing: string,
  work: (services: Services) => Promise<T>,
): Promise<T> {
  const [{ openServices }, { openRenderer }] = await Promise.all([
    import('../factory/index.ts'),
    import('./renderers/open-renderer.ts'),
  ])
  await using services = await openServices(settings, doing)
  using renderer = openRenderer({
    stream: options.json ? context.stdout : context.stderr,
    clock: systemClock,
    mode: options.json ? 'jsonl' : undefined,
  })
  const stop = services.events.listen((event: MillraceEvent) => renderer.show(event))
  try {
    return await work(services)
  } finally {
    stop()
  }
}

/** Opens the data directory to read, beside the factory that may run there. */
export async function withFacts<T>(
  { settings }: Invocation<unknown>,
  doing: string,
  work: (facts: Facts) => Promise<T>,
): Promise<T> {
  const { openFacts } = await import('../factory/index.ts')
  await using facts = await openFacts(settings, doing)
  return await work(facts)
}
