// SPDX-License-Identifier: Apache-2.0
import type { LintLevel } from './lint.ts'
import { PACKAGE_LINTS } from './package-lints.ts'
import { RECIPE_LINTS } from './recipe-lints.ts'

/** Lists that stand in the place of the default ones, as melange's `--lint-require` and `--lint-warn`. */
export interface LintLists {
  readonly required?: readonly string[] | undefined
  readonly warn?: readonly string[] | undefined
}

/** The level of each lint, by name. */
export type LintLevels = ReadonlyMap<string, LintLevel>

const SHEETS = [...PACKAGE_LINTS, ...RECIPE_LINTS]

/** Every name that recipes and options may use. */
export const LINT_NAMES: readonly string[] = SHEETS.map(({ name }) => name)

/**
 * How grave each lint's findings are where a recipe's `checks.disabled` has some names: those that are required are warnings there. A name does not raise a lint, and what is
 * done for one package says nothing about the next.
 */
export function levelsFor(lists: LintLists, disabled: readonly string[]): LintLevels {
  return new Map(
    SHEETS.map(({ name, level }) => {
      const asked = levelIn(name, level, lists)
      return [name, asked === 'required' && disabled.includes(name) ? 'warn' : asked]
    }),
  )
}

/** A list that is given replaces the default one; required wins. */
function levelIn(name: string, level: LintLevel, { required, warn }: LintLists): LintLevel {
  if (required === undefined ? level === 'required' : required.includes(name)) return 'required'
  return (warn === undefined ? level === 'warn' : warn.includes(name)) ? 'warn' : 'off'
}
