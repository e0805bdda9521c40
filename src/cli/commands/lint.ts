// SPDX-License-Identifier: Apache-2.0
import { availableParallelism, tmpdir } from 'node:os'
import { type Command, Option } from 'commander'
import PQueue from 'p-queue'
import { ERRORS, exists, formatCount, isMillraceError, MillraceError } from '../../base/index.ts'
import type { ScannableApk } from '../../build/index.ts'
import {
  carriedTestPipelines,
  checkLintNames,
  LINT_NAMES,
  type LintedApk,
  type LintLists,
  levelsFor,
  lintPackage,
  type PackageLinting,
  testPipelinesOf,
  writeLintResults,
} from '../../check/index.ts'
import { type Distro, type LintedRecipeFile, lintRecipes, readDistro } from '../../factory/index.ts'
import type { ExpandedRecipe } from '../../recipe/index.ts'
import { readChannel } from '../../repository/index.ts'
import { apkFile } from '../apk-sources.ts'
import { type Context, type Invocation, invocationOf, withFacts } from '../context.ts'
import {
  explanationJson,
  explanationText,
  type LintReport,
  reportJson,
  reportText,
} from '../renderers/lint.ts'
import { paintFor } from '../renderers/text.ts'

interface LintFlags {
  readonly lintRequire?: readonly string[]
  readonly lintWarn?: readonly string[]
  readonly persistLintResults?: string
  readonly pipelineDir: readonly string[]
  readonly arch?: 'x86_64' | 'aarch64'
  readonly explain?: string | true
}

export function addLint(program: Command, context: Context): void {
  program
    .command('lint')
    .description(
      'Look for what is wrong with recipes and packages beyond whether they build: every problem of a recipe with its place, and melange’s lints.',
    )
    .argument('[path...]', 'recipe files, directories of them, .apk files, or names of packages in edge')
    .option('--lint-require <names>', 'lints that must pass, in place of the default ones', listed)
    .option('--lint-warn <names>', 'lints that are told only, in place of the default ones', listed)
    .option('--persist-lint-results <dir>', 'write what is found in each package there, as melange does')
    .option('--pipeline-dir <dir>', 'where pipelines are looked for first; may be given again', several, [])
    .addOption(
      new Option('--arch <arch>', 'of recipes and packages in edge (default: this machine’s)').choices([
        'x86_64',
        'aarch64',
      ]),
    )
    .option('--explain [lint]', 'say what a lint wants, why, and what to do; without a name, list all')
    .addHelpText(
      'after',
      '\nIt fails with 4 when a required lint fails, with 3 when something cannot be read.\n\nExamples:\n  millrace lint .\n  millrace lint zlib.yaml packages/x86_64/*.apk --json\n  millrace lint nginx\n  millrace lint --explain usrmerge',
    )
    .action(async (named: string[], _, command: Command) => {
      await lint(invocationOf<LintFlags>(context, command), named)
    })
}

const listed = (value: string): readonly string[] => value.split(',').filter((name) => name !== '')
const several = (value: string, before: readonly string[]): readonly string[] => [...before, value]

async function lint(invocation: Invocation<LintFlags>, named: readonly string[]): Promise<void> {
  const { options, context } = invocation
  if (options.explain !== undefined) return explain(invocation, options.explain)
  if (named.length === 0)
    throw new MillraceError('USAGE', {
      what: 'linting',
      why: 'nothing is named',
      fix: 'millrace lint zlib.yaml, or millrace lint --explain',
    })
  const report = await lintNamed(invocation, named)
  if (options.persistLintResults !== undefined)
    for (const one of report.packages) await writeLintResults(options.persistLintResults, one)
  invocation.print(reportJson(report), reportText(report, paintFor(context.stdout)))
  refuse(report)
}

function explain({ print, context }: Invocation<LintFlags>, name: string | true): void {
  const names = name === true ? LINT_NAMES : [name]
  checkLintNames(names, LINT_NAMES, '--explain')
  print(explanationJson(names), explanationText(names, paintFor(context.stdout)))
}

async function lintNamed(invocation: Invocation<LintFlags>, named: readonly string[]): Promise<LintReport> {
  const { options, settings } = invocation
  const lists: LintLists = { required: options.lintRequire, warn: options.lintWarn }
  checkLintNames(options.lintRequire ?? [], LINT_NAMES, '--lint-require')
  checkLintNames(options.lintWarn ?? [], LINT_NAMES, '--lint-warn')
  const apks = named.filter((one) => one.endsWith('.apk'))
  const others = named.filter((one) => !one.endsWith('.apk'))
  const paths: string[] = []
  const names: string[] = []
  for (const one of others) (isPath(one) || (await exists(one)) ? paths : names).push(one)

  const recipes: LintedRecipeFile[] = lintRecipes(paths, {
    arch: options.arch ?? settings.arch,
    pipelineDirectories: options.pipelineDir,
    distroDirectory: settings.distroDirectory,
    lists,
  })
  const files = await lintApks(apks.map(apkFile), lists, () => undefined)
  const edge = names.length === 0 ? [] : await lintEdge(invocation, names, lists)
  const looked = [...files, ...edge]
  return {
    recipes,
    unreadable: looked.flatMap((one) => (isMillraceError(one) ? [one] : [])),
    packages: looked.flatMap((one) => (isMillraceError(one) ? [] : [one])),
  }
}

/** Whether a person means a file, even one that is not there. */
const isPath = (text: string) => text.includes('/') || /\.ya?ml$/.test(text)

/** The recipe of a package, by the package's origin; undefined when nobody knows it. */
type RecipeOf = (origin: string) => ExpandedRecipe | undefined

/** What was found in a package, or why it cannot be read. */
type Looked = LintedApk | MillraceError

/** Packages by themselves, on every core; what each says of its tests is its recipe's word, or that of the recipe which it carries. */
async function lintApks(
  apks: readonly ScannableApk[],
  lists: LintLists,
  recipeOf: RecipeOf,
): Promise<Looked[]> {
  const queue = new PQueue({ concurrency: availableParallelism() })
  return queue.addAll(
    apks.map(({ name, open }) => async () => {
      let recipe: ExpandedRecipe | undefined
      const linting: PackageLinting = {
        name,
        testPipelines: (packageName, apk) => {
          recipe = recipeOf(apk.info.origin)
          return recipe === undefined ? carriedTestPipelines(apk) : testPipelinesOf(recipe, packageName)
        },
        levels: (packageName) =>
          levelsFor(lists, recipe?.packages.find((one) => one.name === packageName)?.checksDisabled ?? []),
        workDirectory: tmpdir(),
      }
      return await lintPackage(open(), linting).catch(asUnreadable)
    }),
  )
}

/** What is wrong with a package itself is told beside what is found in others. */
function asUnreadable(error: unknown): MillraceError {
  if (isMillraceError(error) && [3, 5].includes(ERRORS[error.code].exit)) return error
  throw error
}

/** Packages of the distro's edge by their names, or by the name of the recipe that makes them. */
async function lintEdge(
  invocation: Invocation<LintFlags>,
  names: readonly string[],
  lists: LintLists,
): Promise<Looked[]> {
  const { options, settings } = invocation
  const arch = options.arch ?? settings.arch
  const distro: Distro = await readDistro(settings.distroDirectory, arch)
  return withFacts(invocation, `millrace lint ${names.join(' ')}`, async (f) => {
    const { apks } = await readChannel(f.database, 'edge', arch)
    const wanted = names.flatMap((name) => {
      const found = apks.filter(({ record }) => record.name === name || record.origin === name)
      if (found.length > 0) return found
      throw new MillraceError('NOT_FOUND', {
        what: `looking for ${name}`,
        why: `there is no file of that name, and edge has no package of it for ${arch}`,
        fix: `millrace publish ${name}, or give the path of a recipe or an .apk file`,
      })
    })
    const open = wanted.map(({ record: { name, version }, file }) => ({
      name: `${name}-${version}.apk of edge`,
      open: () => f.store.read(file),
    }))
    return lintApks(open, lists, (origin) => distro.recipes.get(origin)?.expanded)
  })
}

/** What cannot be read weighs more than what is forbidden: it was not looked at. */
function refuse({ recipes, packages, unreadable }: LintReport): void {
  const [first] = [...recipes.flatMap((one) => one.problems), ...unreadable]
  if (first !== undefined) {
    const broken = recipes.filter((one) => one.problems.length > 0).length + unreadable.length
    const all = recipes.length + packages.length + unreadable.length
    throw new MillraceError(first.code, {
      what: 'linting',
      why: `${broken} of ${formatCount(all, 'file')} cannot be read`,
      fix: 'mend what is told above, and lint again',
    })
  }
  const findings = [...recipes, ...packages].flatMap((one) => [...one.findings])
  const required = findings.filter(({ level }) => level === 'required')
  if (required.length === 0) return
  throw new MillraceError('LINT_FAILED', {
    what: 'linting',
    why: `required lints fail: ${[...new Set(required.map(({ lint }) => lint.name))].sort().join(', ')}`,
    fix: 'mend what is told above, or list the lint in checks.disabled with the reason beside it',
  })
}
