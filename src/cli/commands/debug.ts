// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { type EventBody, formatBytes, MillraceError, stripControls } from '../../base/index.ts'
import { CLASS_TITLES, type KeptSnapshot, listSnapshots } from '../../build/index.ts'
import {
  distroFor,
  failedBuildsOf,
  findSnapshot,
  formatTrail,
  openDebugServices,
  openSession,
  type SavedPatch,
  type Session,
  savePatch,
  TOOLS,
} from '../../factory/index.ts'
import { shortKey } from '../../plan/index.ts'
import { describeOutcome } from '../../sandbox/index.ts'
import { type Context, type Invocation, invocationOf, withFacts } from '../context.ts'
import { table } from '../text.ts'

interface DebugOptions {
  readonly command?: string
  readonly patch?: string
  readonly include?: readonly string[]
  readonly resume?: boolean
  readonly fresh?: boolean
}

export function addDebug(program: Command, context: Context): void {
  program
    .command('debug')
    .description('Enter the sandbox of a build or test that failed, at the step that failed.')
    .argument(
      '[build]',
      'a recipe’s name, the first digits of a build key, the number of an attempt; none lists what is kept',
    )
    .addOption(
      new Option(
        '--command <command>',
        'run this there instead of a shell, and end by its exit code',
      ).conflicts(['patch', 'resume']),
    )
    .addOption(
      new Option('--resume', 'go on from the step that failed, with what was changed').conflicts(['patch']),
    )
    .option('--patch <name>', 'save what was changed in the sources as a patch that the recipe applies')
    .option('--include <path...>', 'with --patch: files that are new, or directories of such')
    .option('--fresh', 'forget first what was changed there before')
    .addHelpText(
      'after',
      '\nExample:\n  millrace debug zlib\n  millrace debug zlib --command "cat config.log"\n  millrace debug zlib --patch fix-build',
    )
    .action(async (named: string | undefined, _, command: Command) => {
      const invocation = invocationOf<DebugOptions>(context, command)
      if (named === undefined) return list(invocation)
      const snapshot = await find(invocation, named)
      const emit = (event: EventBody) => tell(invocation, event)
      const f = await openDebugServices(invocation.settings, snapshot, emit)
      const { options, settings } = invocation
      const wantsShell = options.command === undefined && options.patch === undefined && !options.resume
      if (wantsShell && !context.isInteractive) throw noTerminal(named)
      const how = {
        fresh: options.fresh ?? false,
        terminal: settings.clientEnvironment['TERM'] ?? 'dumb',
        now: f.clock.now(),
      }
      await using session = await openSession(f, snapshot, how, context.signal)
      if (options.resume) return await resume(invocation, session)
      if (options.patch === undefined) return await enter(invocation, session, options.command ?? null)
      const { recipe } = await distroFor({ settings }, snapshot.recipe.file ?? snapshot.recipe.name)
      const asked = { name: options.patch.replace(/\.patch$/, ''), include: options.include ?? [] }
      tellPatch(invocation, snapshot, await savePatch(f, session, recipe, asked, context.signal))
    })
}

async function list({ settings, print }: Invocation<DebugOptions>): Promise<void> {
  const kept = await listSnapshots(failedBuildsOf(settings).directory)
  const rows = kept.map(({ recipe, task, planKey, failure, savedAt, sizeBytes }) => [
    task.startsWith('build:') ? recipe.name : task.replace(/:.*$/, ` of ${recipe.name}`),
    recipe.fullVersion,
    shortKey(planKey),
    savedAt.slice(0, 16).replace('T', ' '),
    formatBytes(sizeBytes),
    failure.step ?? '',
    CLASS_TITLES[failure.class],
  ])
  print(
    kept.map(({ scripts, workplace, directory, ...told }) => told),
    rows.length === 0 ? 'no failed build is kept' : table(rows),
  )
}

function find(invocation: Invocation<DebugOptions>, named: string): Promise<KeptSnapshot> {
  const { directory } = failedBuildsOf(invocation.settings)
  return findSnapshot(directory, named, (id) =>
    withFacts(invocation, `millrace debug ${named}`, (f) => f.ledger.attempt(id)),
  )
}

/** Steps that are run again are told as they come. */
function tell({ context, options }: Invocation<DebugOptions>, event: EventBody): void {
  const out = options.json ? context.stderr : context.stdout
  if (event.type === 'step.started') out.write(`==> step ${event.step} of ${event.steps}: ${event.label}\n`)
  if (event.type === 'step.line') out.write(`${event.text}\n`)
}

async function enter(
  { context, options, print }: Invocation<DebugOptions>,
  session: Session,
  command: string | null,
): Promise<void> {
  const said: string[] = []
  if (command === null) context.stderr.write(`${banner(session).join('\n')}\n`)
  const outcome = await session.enter(
    command,
    (line, stream) => {
      const text = stripControls(line)
      if (options.json) said.push(text)
      else (stream === 'stdout' ? context.stdout : context.stderr).write(`${text}\n`)
    },
    context.signal,
  )
  const { recipe, id } = session.snapshot
  if (command === null) {
    context.stderr.write(`${leaving(recipe.name).join('\n')}\n`)
    return
  }
  if (outcome.status !== 'exited')
    throw new MillraceError('BUILD_FAILED', {
      what: `running ${command} in ${id}`,
      why: `it ${describeOutcome(outcome)}`,
      fix: 'give a command that takes less',
    })
  if (options.json) print({ build: id, code: outcome.code, output: said }, '')
  process.exitCode = outcome.code
}

function banner({ snapshot, next }: Session): string[] {
  const { task, failure, scripts, savedAt } = snapshot
  const trail = formatTrail(failure.trail)
  const at =
    next === null
      ? 'every step passed in an earlier resumption'
      : `step ${next + 1} of ${scripts.length} is next`
  return [
    `${task.replace(':', ' of ')} failed ${savedAt.slice(0, 16).replace('T', ' ')}: ${failure.step ?? 'behind its steps'} ${failure.why} (${CLASS_TITLES[failure.class]})`,
    ...(failure.errorLine === null ? [] : [`  ${failure.errorLine}`]),
    ...(trail === '' ? [] : [`  at ${trail}`]),
    '',
    `  ${at}; its script is ${TOOLS}/step`,
    '  millrace-step   runs it again, as the build does',
    '  exit            leaves; what you change stays for --resume and --patch',
    '',
  ]
}

function leaving(name: string): string[] {
  return [
    '',
    `millrace debug ${name} --resume        goes on from that step`,
    `millrace debug ${name} --patch NAME    saves what you changed in the sources, for the recipe`,
    `millrace debug ${name} --fresh         begins again from what the build left`,
  ]
}

async function resume({ context, print }: Invocation<DebugOptions>, session: Session): Promise<void> {
  const { snapshot, next } = session
  const { recipe, task } = snapshot
  if (next === null && snapshot.failure.script === null)
    throw new MillraceError('USAGE', {
      what: `going on with ${task}`,
      why: 'none of its steps failed: its packages could not be made of what they left',
      fix: `look at it with millrace debug ${recipe.name}, change the recipe, then build again`,
    })
  const failure = await session.resume(context.signal)
  if (failure !== null)
    throw new MillraceError('BUILD_FAILED', {
      what: `going on with ${task} from step ${(next ?? 0) + 1}`,
      why: [failure.step, failure.why, failure.errorLine].filter(Boolean).join(': '),
      fix: `${failure.fix}; millrace debug ${recipe.name} enters it at that step`,
    })
  print(
    { build: snapshot.id, status: 'passed', tainted: true },
    [
      'every step passed, with what was changed by hand: nothing is published from this sandbox',
      `to keep the change: millrace debug ${recipe.name} --patch NAME, then millrace build ${recipe.file ?? recipe.name}`,
    ].join('\n'),
  )
}

function tellPatch({ print }: Invocation<DebugOptions>, { recipe }: KeptSnapshot, saved: SavedPatch): void {
  const { patchFile, recipeFile, files, leftOut } = saved
  const shown = leftOut.slice(0, 20)
  print(
    saved,
    [
      `saved ${patchFile}: ${files.join(', ')}`,
      `${recipeFile} applies it behind its last source`,
      ...(leftOut.length === 0 ? [] : ['left out (--include PATH takes a file in):']),
      ...shown.map(({ path, why }) => `  ${path}: ${why}`),
      ...(leftOut.length > shown.length ? [`  and ${leftOut.length - shown.length} more`] : []),
      `next: millrace build ${recipe.file ?? recipe.name}`,
    ].join('\n'),
  )
}

function noTerminal(named: string): MillraceError {
  return new MillraceError('USAGE', {
    what: `opening a shell in the failed build ${named}`,
    why: 'input and output are no terminal',
    fix: `millrace debug ${named} --command 'COMMAND' runs one command without one`,
  })
}
