// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import type { Context } from '../context.ts'

type AddCommand = (program: Command, context: Context) => void

/** Every command, in the order of the help. The code of one is read when it is wanted: reading all takes longer than most commands do. */
const COMMANDS = {
  start: async () => (await import('./start.ts')).addStart,
  status: async () => (await import('./status.ts')).addStatus,
  log: async () => (await import('./log.ts')).addLog,
  why: async () => (await import('./why.ts')).addWhy,
  debug: async () => (await import('./debug.ts')).addDebug,
  build: async () => (await import('./build.ts')).addBuild,
  test: async () => (await import('./test.ts')).addTest,
  expand: async () => (await import('./expand.ts')).addExpand,
  format: async () => (await import('./format.ts')).addFormat,
  lint: async () => (await import('./lint.ts')).addLint,
  plan: async () => (await import('./plan.ts')).addPlan,
  lock: async () => (await import('./lock.ts')).addLock,
  solve: async () => (await import('./solve.ts')).addSolve,
  graph: async () => (await import('./graph.ts')).addGraph,
  publish: async () => (await import('./publish.ts')).addPublish,
  image: async () => (await import('./image.ts')).addImage,
  scan: async () => (await import('./scan.ts')).addScan,
  'license-check': async () => (await import('./license-check.ts')).addLicenseCheck,
  serve: async () => (await import('./serve.ts')).addServe,
  verify: async () => (await import('./verify.ts')).addVerify,
  gc: async () => (await import('./gc.ts')).addGc,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
} satisfies Readonly<Record<string, () => Promise<AddCommand>>>

export type CommandName = keyof typeof COMMANDS

const NAMES = Object.keys(COMMANDS) as CommandName[]

/** Adds all commands, or only one. */
export async function addCommands(program: Command, context: Context, only?: CommandName): Promise<void> {
  const wanted = only === undefined ? NAMES : [only]
  for (const add of await Promise.all(wanted.map((name) => COMMANDS[name]()))) add(program, context)
}

/** Options of the whole program that take the next word. */
const WITH_VALUE = new Set(['--data', '--distro'])

/** The command that a command line names as its first word that is no option; undefined when it is none there is, as for `help`. */
export function commandIn(args: readonly string[]): CommandName | undefined {
  const first = args.find((word, index) => !word.startsWith('-') && !WITH_VALUE.has(args[index - 1] ?? ''))
  return NAMES.find((name) => name === first)
}
