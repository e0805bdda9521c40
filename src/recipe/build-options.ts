// SPDX-License-Identifier: Apache-2.0
import type { Recipe } from './parse.ts'
import type { BuildOptionFile } from './schema.ts'

/** An option of a recipe that is switched on. */
export interface ChosenOption {
  readonly name: string
  readonly option: BuildOptionFile
}

/** The options to switch on that a recipe has; one command may build many recipes, so others are passed over. */
export function chosenOptions({ content }: Recipe, names: readonly string[]): ChosenOption[] {
  return names.flatMap((name) => {
    const option = Object.hasOwn(content.options, name) ? content.options[name] : undefined
    return option === undefined ? [] : [{ name, option }]
  })
}

/** An option's vars stand over the recipe's own, a later option's over an earlier one's. */
export function varsWithOptions(
  vars: Readonly<Record<string, string>>,
  chosen: readonly ChosenOption[],
): Record<string, string> {
  return Object.assign({}, vars, ...chosen.map(({ option }) => option.vars))
}

export function environmentWithOptions(
  packages: readonly string[],
  chosen: readonly ChosenOption[],
): string[] {
  let kept = [...packages]
  for (const { option } of chosen) {
    const { add, remove } = option.environment.contents.packages
    kept = kept.concat(add).filter((name) => !remove.includes(name))
  }
  return kept
}
