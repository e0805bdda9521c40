// SPDX-License-Identifier: Apache-2.0
import type { ExpandedRecipe, ExpandedStep, FindPipeline, Recipe } from '../../recipe/index.ts'
import { LINT_NAMES, type LintLevels } from './levels.ts'
import type { LintLevel } from './lint.ts'
import type { RecipeRemark } from './recipe-lint.ts'
import { RECIPE_LINTS, type RecipeLint } from './recipe-lints.ts'

/** What a lint has against a recipe, and how grave that is. */
export interface RecipeFinding extends RecipeRemark {
  readonly lint: RecipeLint
  readonly level: Exclude<LintLevel, 'off'>
}

/** A recipe that could be read and said out, with what that took. */
export interface ReadableRecipe {
  readonly text: string
  readonly recipe: Recipe
  readonly expanded: ExpandedRecipe
  readonly find: FindPipeline
}

/** Looks through a recipe with all lints; what they find is in the order of the text. */
export function lintRecipe({ find, ...of }: ReadableRecipe, levels: LintLevels): RecipeFinding[] {
  const linted = { ...of, pipelineTexts: textsOf(of.expanded, find), lintNames: LINT_NAMES }
  return RECIPE_LINTS.flatMap((lint) => {
    const level = levels.get(lint.name)
    if (level === undefined || level === 'off') return []
    return lint.judge(linted).map((remark) => ({ ...remark, lint, level }))
  }).sort(byPlace)
}

function byPlace({ at: a }: RecipeFinding, { at: b }: RecipeFinding): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0)
}

function textsOf({ packages, tests }: ExpandedRecipe, find: FindPipeline): string[] {
  const names = new Set<string>()
  const walk = ({ uses, steps }: ExpandedStep) => {
    if (uses !== null) names.add(uses)
    steps.forEach(walk)
  }
  for (const { steps } of [...packages, ...tests.values()]) steps.forEach(walk)
  return [...names].flatMap((name) => find(name)?.text ?? [])
}
