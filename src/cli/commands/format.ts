// SPDX-License-Identifier: Apache-2.0
import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import { formatCount, MillraceError } from '../../base/index.ts'
import { type FormattedFile, formatFiles } from '../../corpus/index.ts'
import { formatRecipe } from '../../recipe/index.ts'
import { type Context, type Invocation, invocationOf } from '../context.ts'
import { renderError, renderErrorJson } from '../renderers/error.ts'
import { paintFor } from '../renderers/text.ts'

interface FormatFlags {
  readonly check?: boolean
}

export function addFormat(program: Command, context: Context): void {
  program
    .command('format')
    .description(
      'Bring recipes into one style: indentation, empty lines, spaces. Comments, quotes and the order of everything stay.',
    )
    .argument('<path...>', 'recipe files, or directories of them; - reads one from the input and prints it')
    .option('--check', 'change nothing, list what would change, and end with 4 when something would')
    .addHelpText(
      'after',
      '\nExamples:\n  millrace format zlib.yaml\n  millrace format --check distro/packages',
    )
    .action(async (paths: string[], _, command: Command) => {
      const invocation = invocationOf<FormatFlags>(context, command)
      if (paths.includes('-')) await formatInput(invocation, paths)
      else await format(invocation, paths)
    })
}

const INPUT = '<input>'

async function formatInput({ options, context, print }: Invocation<FormatFlags>, paths: readonly string[]) {
  if (paths.length > 1)
    throw new MillraceError('USAGE', {
      what: 'reading the paths of millrace format',
      why: '- stands beside others',
      fix: 'give - alone, or paths without it',
    })
  const text = await readAll(process.stdin)
  const formatted = formatRecipe(text, INPUT)
  if (options.check && formatted !== text) throw differs([INPUT])
  if (options.json) print({ changed: formatted !== text, text: formatted }, '')
  else if (!options.check) context.stdout.write(formatted)
}

async function format(invocation: Invocation<FormatFlags>, paths: readonly string[]): Promise<void> {
  const { options, context, print } = invocation
  const files = await formatFiles(paths, !options.check)
  const changed = files.filter(({ changed }) => changed).map(({ file }) => file)
  print({ files: files.map(asJson) }, changed.join('\n'))

  const failures = files.flatMap(({ error }) => error ?? [])
  const last = failures.at(-1) ?? (options.check && changed.length > 0 ? differs(changed) : undefined)
  const paint = paintFor(process.stderr)
  const render = (error: MillraceError) => (options.json ? renderErrorJson(error) : renderError(error, paint))
  for (const error of failures.slice(0, -1)) context.stderr.write(`${render(error)}\n`)
  if (last !== undefined) throw last
}

function asJson({ file, changed, error }: FormattedFile): object {
  return error === undefined ? { file, changed } : { file, changed, error: error.toJSON() }
}

function differs(files: readonly string[]): MillraceError {
  const [first = ''] = files
  return new MillraceError('FORMAT_DIFFERS', {
    what: 'checking the style of recipes',
    why: `${files.length === 1 ? `${first} is` : `${formatCount(files.length, 'file')} are`} not in it`,
    fix: `millrace format ${first === INPUT ? '-' : files.length > 3 ? `${files.slice(0, 3).join(' ')} …` : files.join(' ')}`,
  })
}
