// SPDX-License-Identifier: Apache-2.0
import { misnamed } from '../names.ts'
import type { JudgeRecipe, RecipeRemark } from '../recipe-lint.ts'

/** Every name in `checks.disabled`, of the recipe and of its subpackages, is a lint's. */
export const checks: JudgeRecipe = ({ recipe: { content, locate }, lintNames }) => {
  const wrongIn = (names: readonly string[], ...path: PropertyKey[]): RecipeRemark[] =>
    names.flatMap((name, index) => {
      const wrong = misnamed(name, lintNames)
      const at = locate([...path, 'checks', 'disabled', index])
      return wrong === undefined ? [] : [{ what: wrong.why, fix: wrong.fix, at }]
    })
  return [
    ...wrongIn(content.package.checks.disabled, 'package'),
    ...content.subpackages.flatMap((one, index) => wrongIn(one.checks.disabled, 'subpackages', index)),
  ]
}
