// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '../../../base/index.ts'
import type { JudgeRecipe } from '../recipe-lint.ts'

/** Every `git-checkout`, also one that this architecture leaves out, names the commit that it expects. */
export const commit: JudgeRecipe = ({ expanded: { namedSources } }) =>
  namedSources.flatMap((source) =>
    source.kind === 'git' && source.commit === ''
      ? [{ what: `${redactUrl(source.repository)} is checked out without an expected-commit`, at: source.at }]
      : [],
  )
