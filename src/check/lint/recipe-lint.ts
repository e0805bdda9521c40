// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../../base/index.ts'
import type { ExpandedRecipe, Recipe } from '../../recipe/index.ts'

/** A recipe as its lints see it. */
export interface LintedRecipe {
  readonly text: string
  readonly recipe: Recipe
  readonly expanded: ExpandedRecipe
  /** Texts of the pipelines that its steps use: these may name its variables. */
  readonly pipelineTexts: readonly string[]
  /** Names of all lints there are. */
  readonly lintNames: readonly string[]
}

/** What a lint has against a recipe. */
export interface RecipeRemark {
  /** A sentence without its dot. */
  readonly what: string
  readonly at: Location | undefined
  /** What to do here; nothing leaves it to the lint's advice. */
  readonly fix?: string
}

export type JudgeRecipe = (of: LintedRecipe) => readonly RecipeRemark[]
