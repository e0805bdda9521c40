// SPDX-License-Identifier: Apache-2.0
import type { JudgeRecipe } from '../recipe-lint.ts'

/** The recipe says how its updates are found, or that they are not to be. */
export const update: JudgeRecipe = ({ recipe }) => {
  const { enabled, manual, 'exclude-reason': reason, ...rest } = recipe.content.update
  const { 'release-monitor': release, github, git, oci, version_data: data } = rest
  const at = recipe.locate(['package', 'version'])
  if ([release, github, git, oci, data].some((one) => one !== undefined) || manual || reason !== '') return []
  return [
    enabled
      ? { what: 'its updates are enabled, and nothing says where they appear', at: recipe.locate(['update']) }
      : { what: 'nothing says where its new versions appear', at },
  ]
}
