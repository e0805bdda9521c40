// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { formatLocation, writeFileAtomic } from '../../base/index.ts'
import {
  type ExpressionProblem,
  findExpressionProblems,
  fixCopyright,
  type LicenseReport,
  reportLines,
  type ScanDepth,
} from '../../check/index.ts'
import { checkRecipeLicenses, type DistroRecipe, distroFor } from '../../factory/index.ts'
import { parseRecipe } from '../../recipe/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'

interface CheckOptions {
  readonly fix?: boolean
  readonly scanType: ScanDepth
}

export function addLicenseCheck(program: Command, context: Context): void {
  program
    .command('license-check')
    .description(
      'Compare the licenses that a recipe declares with the license files of its sources, without building. Differences warn, and do not fail.',
    )
    .argument('<recipe>', 'a recipe of the distro, or the path of a recipe file')
    .option('--fix', 'write into the recipe what can be settled without a choice')
    .addOption(
      new Option('--scan-type <type>', 'how far below the top license files are looked for')
        .choices(['shallow', 'deep'])
        .default('shallow'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  millrace license-check zlib\n  millrace license-check ./jq.yaml --fix',
    )
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf<CheckOptions>(context, command)
      const { fix = false, scanType } = invocation.options
      await withServices(invocation, `millrace license-check ${named}`, async (f) => {
        const { recipe } = await distroFor(f, named)
        const path = resolve(recipe.file)
        const text = await readFile(path, 'utf8')
        const spelling = spellingOf(text, recipe.file)
        const report = await checkRecipeLicenses(f, recipe, scanType, context.signal)
        const fixed = fix ? fixCopyright(text, report.differences) : text
        if (fixed !== text) await writeFileAtomic(path, fixed)
        const { files, differences, concluded } = report
        invocation.print(
          {
            recipe: recipe.name,
            expressions: spelling,
            files,
            differences,
            concluded,
            fixed: fixed !== text,
          },
          reportText(recipe, spelling, report, fixed !== text),
        )
      })
    })
}

interface Misspelt extends ExpressionProblem {
  readonly at: string
}

/** What of a recipe's expressions is not SPDX's, each at its place. */
function spellingOf(text: string, file: string): Misspelt[] {
  const { content, locate } = parseRecipe(text, file)
  return content.package.copyright.flatMap(({ license }, index) =>
    findExpressionProblems(license).map((problem) => {
      const place = locate(['package', 'copyright', index, 'license'], problem.word)
      return { ...problem, at: formatLocation(place) }
    }),
  )
}

function reportText(
  { name, expanded }: DistroRecipe,
  spelling: readonly Misspelt[],
  report: LicenseReport,
  isFixed: boolean,
): string {
  const declared = expanded.copyright.map(({ license }) => license).join(', ') || 'nothing'
  const verdict =
    report.files.length === 0
      ? 'no license files were found'
      : report.differences.length === 0
        ? 'nothing was found that it does not name'
        : `${report.differences.length} of what was found it does not name`
  return [
    ...spelling.map(({ at, why, instead }) => {
      return `warning: ${at}: ${why}${instead === null ? '' : `; write ${instead}`}`
    }),
    ...reportLines(report),
    `${name} declares ${declared}: ${verdict}`,
    ...(isFixed ? ['the recipe was rewritten'] : []),
  ].join('\n')
}
