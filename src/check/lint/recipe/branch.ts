// SPDX-License-Identifier: Apache-2.0
import type { JudgeRecipe } from '../recipe-lint.ts'

/** No `git-checkout` goes by a branch. */
export const branch: JudgeRecipe = ({ expanded: { namedSources } }) =>
  namedSources.flatMap((source) =>
    source.kind === 'git' && source.branch !== '' && source.tag === ''
      ? [{ what: `its source is on the branch ${source.branch}, which moves on`, at: source.at }]
      : [],
  )
