// SPDX-License-Identifier: Apache-2.0
import type { JudgeRecipe } from '../recipe-lint.ts'

/** The recipe tests at least one of its packages. */
export const test: JudgeRecipe = ({ recipe, expanded: { tests } }) =>
  tests.size > 0 ? [] : [{ what: 'none of its packages has a test', at: recipe.locate(['package', 'name']) }]
