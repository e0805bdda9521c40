// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '../../../base/index.ts'
import type { JudgeRecipe } from '../recipe-lint.ts'

/** Every `fetch`, also one that this architecture leaves out, names a sha256 or a sha512. */
export const digest: JudgeRecipe = ({ expanded: { namedSources } }) =>
  namedSources.flatMap((source) =>
    source.kind === 'fetch' && source.sha256 === '' && source.sha512 === ''
      ? [{ what: `${redactUrl(source.uri)} is fetched without a digest`, at: source.at }]
      : [],
  )
