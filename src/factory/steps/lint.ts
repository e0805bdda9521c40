// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../base/index.ts'
import { type BuiltApk, failureOf, type PackageOpinion } from '../../build/index.ts'
import {
  LINT_NAMES,
  type LintedApk,
  levelsFor,
  lintPackage,
  misnamed,
  type PackageFinding,
  testPipelinesOf,
} from '../../check/index.ts'
import type { ExpandedRecipe } from '../../recipe/index.ts'
import type { BlobStore } from '../../store/index.ts'

/** How many places of one finding the log has; `millrace lint` shows all. */
const PLACES = 20

/** What a build is given to lint its packages with: warnings go to its log, and it fails where a required lint does, which the recipe's `checks.disabled` can prevent. */
export function judgeByLints(
  f: { readonly store: Pick<BlobStore, 'read'>; readonly sandboxDirectory: string },
  expanded: ExpandedRecipe,
): (packages: readonly BuiltApk[]) => Promise<PackageOpinion> {
  return async (packages) => {
    const linted: LintedApk[] = []
    for (const { record, file } of packages)
      linted.push(
        await lintPackage(f.store.read(file), {
          name: `${record.name}-${record.version}`,
          levels: (name) => levelsFor({}, disabledIn(expanded, name)),
          testPipelines: (name) => testPipelinesOf(expanded, name),
          workDirectory: f.sandboxDirectory,
        }),
      )
    const lines = [
      ...expanded.packages.flatMap(({ checksDisabled }) => checksDisabled.flatMap(misnamedLine)),
      ...linted.flatMap(linesOf),
    ]
    const failed = linted.flatMap(({ package: { name }, findings }) =>
      findings.filter(({ level }) => level === 'required').map((finding) => ({ name, finding })),
    )
    const [first] = failed
    if (first === undefined) return { lines, failure: null }
    const { name, finding } = first
    const { what, places, lint } = finding
    const [place] = places
    const others = failed.length === 1 ? '' : `, and ${formatCount(failed.length - 1, 'finding')} more`
    const why = `the lint ${lint.name} is required: ${name} ${what}${others}`
    const fix = `${lint.advice}\nor list ${lint.name} in checks.disabled of ${name}, with the reason beside it`
    const errorLine = place === undefined ? null : placeLine(place)
    return { lines, failure: { ...failureOf(why, fix, 'lint'), step: 'lint', errorLine } }
  }
}

/** One for each package that its recipe names. */
function disabledIn({ packages }: Pick<ExpandedRecipe, 'packages'>, name: string): readonly string[] {
  return packages.find((one) => one.name === name)?.checksDisabled ?? []
}

function misnamedLine(name: string): string[] {
  const wrong = misnamed(name, LINT_NAMES)
  return wrong === undefined ? [] : [`checks.disabled: ${wrong.why}; ${wrong.fix}`]
}

function linesOf({ package: { name }, findings }: LintedApk): string[] {
  return findings.flatMap(({ level, lint, what, places }) => [
    `lint: ${level === 'required' ? 'error' : 'warning'}: ${lint.name}: ${name} ${what}; ${lint.advice}`,
    ...places.slice(0, PLACES).map((place) => `lint:   ${placeLine(place)}`),
    ...(places.length <= PLACES ? [] : [`lint:   and ${places.length - PLACES} more`]),
  ])
}

function placeLine({ path, note }: PackageFinding['places'][number]): string {
  return note === undefined ? path : `${path} (${note})`
}
