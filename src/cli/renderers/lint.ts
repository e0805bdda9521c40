// SPDX-License-Identifier: Apache-2.0
import { formatCount, formatLocation, type Location, type MillraceError } from '../../base/index.ts'
import {
  HARDENING_CHECKS,
  type LintedApk,
  type LintPlace,
  type LintSheet,
  PACKAGE_LINTS,
  RECIPE_LINTS,
} from '../../check/index.ts'
import type { LintedRecipeFile } from '../../factory/index.ts'
import { table } from '../text.ts'
import type { Paint } from './text.ts'

/** All that was linted. */
export interface LintReport {
  readonly recipes: readonly LintedRecipeFile[]
  readonly packages: readonly LintedApk[]
  /** Packages that are none. */
  readonly unreadable: readonly MillraceError[]
}

/** How many places of one finding a person is shown. */
const PLACES = 12

/** What was found, grouped by file, as a compiler tells it; a line with the sum at the end. */
export function reportText(report: LintReport, paint: Paint): string {
  const blocks = [
    ...report.recipes.flatMap(({ file, problems, findings }) => [
      ...problems.map((problem) => problemText(problem, paint)),
      ...findings.map(({ what, at, fix, ...finding }) =>
        findingText({ ...finding, where: placeOf(at, file), what, fix, places: [] }, paint),
      ),
    ]),
    ...report.unreadable.map((problem) => problemText(problem, paint)),
    ...report.packages.flatMap(({ package: { name, fullVersion }, findings }) =>
      findings.map((finding) =>
        findingText({ ...finding, where: `${name}-${fullVersion}`, fix: undefined }, paint),
      ),
    ),
  ]
  return [...blocks, sumText(report, paint)].join('\n\n')
}

function problemText({ code, at, what, why, fix }: MillraceError, paint: Paint): string {
  const where = at === undefined ? '' : `  ${formatLocation(at)}`
  return [
    `${paint(['bold', 'red'], 'error')} ${paint('bold', code)}${where}`,
    ...labelled('what', what),
    ...labelled('why', why),
    ...labelled('fix', fix),
  ].join('\n')
}

interface ToldFinding {
  readonly level: 'required' | 'warn'
  readonly lint: LintSheet
  readonly where: string
  readonly what: string
  readonly fix: string | undefined
  readonly places: readonly LintPlace[]
}

function findingText({ level, lint, where, what, fix, places }: ToldFinding, paint: Paint): string {
  const severity =
    level === 'required' ? paint(['bold', 'red'], 'error') : paint(['bold', 'yellow'], 'warning')
  const more = places.length - PLACES
  return [
    `${severity} ${paint('bold', lint.name)}  ${where}`,
    ...labelled('what', what),
    ...places.slice(0, PLACES).map((place) => `        ${placeText(place)}`),
    ...(more > 0 ? [`        and ${formatCount(more, 'place')} more, which --json has`] : []),
    ...labelled('why', lint.explanation),
    ...labelled('fix', fix ?? lint.advice),
  ].join('\n')
}

const labelled = (label: string, text: string) =>
  text.split('\n').map((line, index) => `  ${(index === 0 ? label : '').padEnd(4)}  ${line}`)

function placeText({ path, note }: LintPlace): string {
  return note === undefined ? path : `${path}: ${note}`
}

const placeOf = (at: Location | undefined, file: string) => formatLocation(at ?? { file })

function sumText({ recipes, packages, unreadable }: LintReport, paint: Paint): string {
  const levels = [...recipes, ...packages].flatMap(({ findings }) => findings.map(({ level }) => level))
  const problems = recipes.reduce((sum, one) => sum + one.problems.length, unreadable.length)
  const errors = problems + levels.filter((level) => level === 'required').length
  const warnings = levels.filter((level) => level === 'warn').length
  const count = packages.length + unreadable.length
  const looked = [
    ...(recipes.length > 0 ? [formatCount(recipes.length, 'recipe')] : []),
    ...(count > 0 ? [formatCount(count, 'package')] : []),
  ].join(' and ')
  const told =
    errors + warnings === 0
      ? 'nothing is wrong'
      : `${formatCount(errors, 'error')}, ${formatCount(warnings, 'warning')}`
  return `${looked}: ${errors > 0 ? paint(['bold', 'red'], told) : told}`
}

/** The same for programs; packages with what lints know of each file. */
export function reportJson({ recipes, packages, unreadable }: LintReport): object {
  return {
    recipes: recipes.map(({ file, problems, findings }) => ({
      file,
      problems: problems.map((problem) => problem.toJSON()),
      findings: findings.map(({ lint, level, what, at, fix }) => ({
        ...{ lint: lint.name, level, what, at: at ?? null, why: lint.explanation, fix: fix ?? lint.advice },
      })),
    })),
    packages: packages.map(({ package: { name, fullVersion, arch }, findings, facts }) => ({
      ...{ name, version: fullVersion, arch },
      findings: findings.map(({ lint, level, what, places, details }) => ({
        ...{ lint: lint.name, level, what, places, details: details ?? null },
        ...{ why: lint.explanation, fix: lint.advice },
      })),
      facts: Object.fromEntries(facts),
    })),
    unreadable: unreadable.map((problem) => problem.toJSON()),
  }
}

const SHEETS: readonly LintSheet[] = [...PACKAGE_LINTS, ...RECIPE_LINTS]
const sheetsOf = (names: readonly string[]) => SHEETS.filter(({ name }) => names.includes(name))

/** A lint in full; several as a list. */
export function explanationText(names: readonly string[], paint: Paint): string {
  const [sheet, ...others] = sheetsOf(names)
  if (sheet === undefined || others.length > 0)
    return table(sheetsOf(names).map(({ name, level, title }) => [name, level, title]))
  const { name, level, title, explanation, advice } = sheet
  return [
    `${paint('bold', name)} (${level}): ${title}`,
    ...labelled('why', explanation),
    ...labelled('fix', advice),
    ...(name === 'hardening' ? ['', hardeningText()] : []),
  ].join('\n')
}

function hardeningText(): string {
  return HARDENING_CHECKS.map(({ name, weight, meaning, fix }) =>
    [`  ${name} (${weight})`, `        ${meaning}`, `        fix  ${fix}`].join('\n'),
  ).join('\n')
}

export function explanationJson(names: readonly string[]): object {
  const lints = sheetsOf(names).map(({ name, level, title, explanation, advice }) => ({
    ...{ name, level, title, explanation, advice },
    ...(name === 'hardening'
      ? {
          checks: HARDENING_CHECKS.map(({ name, weight, meaning, fix }) => ({ name, weight, meaning, fix })),
        }
      : {}),
  }))
  return { lints }
}
