// SPDX-License-Identifier: Apache-2.0
import type { LintSheet } from './lint.ts'
import { branch } from './recipe/branch.ts'
import { checks } from './recipe/checks.ts'
import { commit } from './recipe/commit.ts'
import { digest } from './recipe/digest.ts'
import { license } from './recipe/license.ts'
import { test } from './recipe/test.ts'
import { unused } from './recipe/unused.ts'
import { update } from './recipe/update.ts'
import type { JudgeRecipe } from './recipe-lint.ts'

/** A lint of recipes. */
export interface RecipeLint extends LintSheet {
  readonly judge: JudgeRecipe
}

/** Every lint of recipes, by name. melange has none: it looks at packages only. What is required is what keeps Millrace from building. */
export const RECIPE_LINTS: readonly RecipeLint[] = [
  {
    name: 'recipe/branch',
    level: 'warn',
    title: 'sources are named by a tag or a commit, not by a branch',
    explanation: 'a branch moves on: the recipe builds until upstream rewrites or removes it',
    advice: 'name a tag, with its expected-commit',
    judge: branch,
  },
  {
    name: 'recipe/checks',
    level: 'required',
    title: 'checks.disabled names lints',
    explanation: 'a misspelt name disables nothing',
    advice: 'millrace lint --explain lists the names',
    judge: checks,
  },
  {
    name: 'recipe/commit',
    level: 'required',
    title: 'every git-checkout names its expected-commit',
    explanation:
      'a tag can be moved: without the commit nobody can tell whether the source is what it was, and it is not built',
    advice: 'add expected-commit with the 40 digits of the commit (git ls-remote REPOSITORY TAG)',
    judge: commit,
  },
  {
    name: 'recipe/digest',
    level: 'required',
    title: 'every fetch names a digest',
    explanation: 'what cannot be verified is not fetched',
    advice: 'add expected-sha256 (curl -L URI | sha256sum)',
    judge: digest,
  },
  {
    name: 'recipe/license',
    level: 'warn',
    title: 'licenses are SPDX expressions',
    explanation: 'whoever has to answer for licenses, and every SBOM, knows no other names',
    advice: 'write identifiers of the SPDX license list, with AND, OR and WITH between them',
    judge: license,
  },
  {
    name: 'recipe/test',
    level: 'warn',
    title: 'the recipe has tests',
    explanation: 'a package that was never run is released as it is',
    advice: 'add test: with a pipeline that runs the program once, such as runs: hello --version',
    judge: test,
  },
  {
    name: 'recipe/unused',
    level: 'warn',
    title: 'everything that is defined is used',
    explanation: 'what nobody uses is most often misspelt where it should be',
    advice: 'use it, or remove it',
    judge: unused,
  },
  {
    name: 'recipe/update',
    level: 'warn',
    title: 'it says where new versions appear',
    explanation: 'nobody is told of a new version, not of one that mends a vulnerability either',
    advice:
      'add update: with enabled: true and one of github, git, release-monitor; or with manual: true and the reason',
    judge: update,
  },
]
