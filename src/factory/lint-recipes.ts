// SPDX-License-Identifier: Apache-2.0
import { dirname } from 'node:path'
import { isMillraceError, type MillraceError } from '../base/index.ts'
import { type LintLists, levelsFor, lintRecipe, type RecipeFinding } from '../check/index.ts'
import {
  openPipelines,
  type Pipelines,
  pipelineSearchPath,
  readRecipeText,
  recipeFiles,
} from '../corpus/index.ts'
import { type ExpandedRecipe, expandRecipe, findRecipeProblems, parseRecipe } from '../recipe/index.ts'

/** What recipes are linted with. */
export interface RecipeLinting {
  /** In apk's words. */
  readonly arch: string
  /** Looked through before the `pipelines/` beside a recipe and those of the distro. */
  readonly pipelineDirectories: readonly string[]
  readonly distroDirectory: string
  readonly lists: LintLists
}

/** A recipe that was linted: what keeps it from being read, or what lints have against it. */
export interface LintedRecipeFile {
  readonly file: string
  /** Every problem of the file by itself, or the one that it has once it is said out. */
  readonly problems: readonly MillraceError[]
  readonly findings: readonly RecipeFinding[]
}

/**
 * Lints every recipe that paths name, in their order; a directory's are its `*.yaml` files.
 *
 * @throws MillraceError NOT_FOUND for a path without recipes
 */
export function lintRecipes(paths: readonly string[], linting: RecipeLinting): LintedRecipeFile[] {
  const opened = new Map<string, Pipelines>()
  const pipelinesOf = (directory: string): Pipelines => {
    const { pipelineDirectories, distroDirectory } = linting
    const known = opened.get(directory)
    const pipelines =
      known ?? openPipelines(...pipelineSearchPath(directory, pipelineDirectories, distroDirectory))
    opened.set(directory, pipelines)
    return pipelines
  }
  return recipeFiles(paths).map((file) => lintFile(file, pipelinesOf(dirname(file)), linting))
}

function lintFile(file: string, pipelines: Pipelines, { arch, lists }: RecipeLinting): LintedRecipeFile {
  let text = ''
  try {
    text = readRecipeText(file)
    const recipe = parseRecipe(text, file)
    const expanded = expandRecipe(recipe, { arch, ...pipelines })
    const levels = levelsFor(lists, disabledIn(expanded))
    return { file, problems: [], findings: lintRecipe({ text, recipe, expanded, ...pipelines }, levels) }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    const problems = error.code === 'RECIPE_INVALID' ? findRecipeProblems(text, file) : []
    return { file, problems: problems.length === 0 ? [error] : problems, findings: [] }
  }
}

/** A recipe is judged as a whole: what one of its packages disables holds for it. */
function disabledIn({ packages }: ExpandedRecipe): string[] {
  return packages.flatMap(({ checksDisabled }) => checksDisabled)
}
