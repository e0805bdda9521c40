// SPDX-License-Identifier: Apache-2.0
import { findExpressionProblems } from '../../license/expressions.ts'
import type { JudgeRecipe } from '../recipe-lint.ts'

/** The recipe names its licenses, each entry as an SPDX expression. */
export const license: JudgeRecipe = ({ recipe, expanded: { copyright } }) => {
  if (copyright.length === 0)
    return [
      {
        what: 'it names no license',
        at: recipe.locate(['package', 'name']),
        fix: 'add copyright: with - license: and the SPDX expression',
      },
    ]
  return copyright.flatMap(({ license: text }, index) => {
    const at = recipe.locate(['package', 'copyright', index, 'license'])
    if (text === '') return [{ what: 'this entry names no license', at }]
    return findExpressionProblems(text).map(({ why, instead }) => ({
      ...{ what: why, at },
      ...(instead === null ? {} : { fix: `write ${instead}` }),
    }))
  })
}
