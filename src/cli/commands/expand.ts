// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Command } from 'commander'
import { isSystemError, MillraceError } from '../../base/index.ts'
import { type CorpusEntry, type CorpusRecipe, expandCorpus, recipeNameOf } from '../../corpus/index.ts'
import { isTargeted, parseVarsFile } from '../../recipe/index.ts'
import { type Context, type Invocation, invocationOf } from '../context.ts'
import { renderError, renderErrorJson } from '../renderers/error.ts'
import { expansionJson, expansionText, failureJson } from '../renderers/expansion.ts'
import { paintFor } from '../renderers/text.ts'

interface ExpandFlags {
  readonly pipelineDir: readonly string[]
  readonly arch?: string
  readonly buildOption: readonly string[]
  readonly varsFile?: string
}

export function addExpand(program: Command, context: Context): void {
  program
    .command('expand')
    .description(
      'Say recipes out: packages, build environment and sources, once variables, ranges, conditions and pipelines are in place.',
    )
    .argument('<path...>', 'recipe files, or directories of them')
    .option('--pipeline-dir <dir>', 'where pipelines are looked for first; may be given again', several, [])
    .option('--arch <arch>', 'the architecture to build for (default: this machine’s)')
    .option('--build-option <name>', 'an option of the recipes to switch on; may be given again', several, [])
    .option('--vars-file <file>', 'YAML with variables that stand over the recipes’ own')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace expand zlib.yaml\n  millrace expand . --pipeline-dir ../pipelines --json',
    )
    .action(async (paths: string[], _, command: Command) => {
      await expand(invocationOf<ExpandFlags>(context, command), paths)
    })
}

function several(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** Every recipe is told, whatever is wrong with others; the last of the errors decides how the command ends. */
async function expand(invocation: Invocation<ExpandFlags>, paths: readonly string[]): Promise<void> {
  const { options, settings, context } = invocation
  const arch = options.arch ?? settings.arch
  const entries = await expandCorpus(paths, {
    arch,
    pipelineDirectories: options.pipelineDir,
    distroDirectory: settings.distroDirectory,
    buildOptions: options.buildOption,
    vars:
      options.varsFile === undefined ? {} : parseVarsFile(await readVars(options.varsFile), options.varsFile),
    cacheDirectory: join(settings.dataDirectory, 'corpus'),
  })
  const width = context.stdout.columns ?? 100
  const told = entries.map((entry) => (options.json ? jsonLine(entry, arch) : textBlock(entry, arch, width)))
  context.stdout.write(told.filter((one) => one !== '').join(options.json ? '' : '\n'))

  const failures = entries.flatMap(({ error }) => error ?? [])
  const last = failures.at(-1)
  if (last === undefined) return
  const paint = paintFor(process.stderr)
  const render = (error: MillraceError) =>
    options.json ? renderErrorJson(error) : `${renderError(error, paint)}\n`
  for (const error of failures.slice(0, -1)) context.stderr.write(`${render(error)}\n`)
  throw last
}

function jsonLine(entry: CorpusEntry, arch: string): string {
  const name = recipeNameOf(entry.file)
  if (entry.error !== undefined) return `${JSON.stringify(failureJson(name, entry.error))}\n`
  const wrong = untargeted(entry.recipe, arch)
  const line = wrong === undefined ? expansionJson(name, entry.recipe) : failureJson(name, wrong)
  return `${JSON.stringify(line)}\n`
}

/** What cannot be read is told as an error instead. */
function textBlock(entry: CorpusEntry, arch: string, width: number): string {
  if (entry.error !== undefined) return ''
  const { name, targetArchitectures } = entry.recipe
  return untargeted(entry.recipe, arch) === undefined
    ? `${expansionText(entry.recipe, width)}\n`
    : `${name} is not for ${arch}, only for ${targetArchitectures.join(', ')}\n`
}

/** A recipe that is right, but makes nothing for an architecture. */
function untargeted(
  { file, name, targetArchitectures }: CorpusRecipe,
  arch: string,
): MillraceError | undefined {
  if (isTargeted(targetArchitectures, arch)) return undefined
  return new MillraceError('RECIPE_UNTARGETED', {
    what: `expanding ${name} for ${arch}`,
    why: `its target-architecture has only ${targetArchitectures.join(', ')}`,
    fix: `expand it with --arch ${targetArchitectures[0] ?? 'ARCH'}, or add ${arch} to target-architecture`,
    at: { file },
  })
}

async function readVars(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading --vars-file ${file}`,
      why: cause.code === 'ENOENT' ? 'there is no such file' : cause.message,
      fix: 'give the path of a YAML file with one `name: value` a line',
      cause,
    })
  }
}
