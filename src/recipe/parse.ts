// SPDX-License-Identifier: Apache-2.0
import {
  byPlace,
  findSchemaProblems,
  findYamlProblems,
  type Locate,
  MillraceError,
  present,
  readLocatedYaml,
} from '../base/index.ts'
import { findContradictions } from './contradictions.ts'
import { RECIPE_YAML } from './dialect.ts'
import { type RecipeFile, RecipeSchema } from './schema.ts'

/** A recipe that matches its schema, with the place of anything in it by its path. */
export interface Recipe {
  readonly file: string
  readonly content: RecipeFile
  readonly locate: Locate
}

/**
 * Reads a recipe strictly: every unknown key, wrong type and contradiction is an error with its place (melange.md §1, §2).
 *
 * @param file how messages name it.
 * @throws MillraceError RECIPE_INVALID for the first problem; {@link findRecipeProblems} gives all.
 */
export function parseRecipe(text: string, file: string): Recipe {
  const { recipe, problems } = readRecipe(text, file)
  if (recipe !== undefined) return recipe
  throw present(problems[0], 'a recipe that is none has a problem')
}

/** Every problem of a recipe, in the order of the text. An empty list: it parses. */
export function findRecipeProblems(text: string, file: string): MillraceError[] {
  const syntax = findYamlProblems(text, file, RECIPE_YAML)
  if (syntax.length > 0) return syntax
  try {
    return readRecipe(text, file).problems
  } catch (error) {
    if (error instanceof MillraceError) return [error]
    throw error
  }
}

function readRecipe(text: string, file: string): { recipe?: Recipe; problems: MillraceError[] } {
  const located = readLocatedYaml(text, file, RECIPE_YAML)
  const parsed = RecipeSchema.safeParse(located.tree)
  if (!parsed.success) return { problems: findSchemaProblems(parsed.error, located, RecipeSchema) }
  const problems = findContradictions(parsed.data, file, located.locate).sort(byPlace)
  if (problems.length > 0) return { problems }
  return { recipe: { file, content: parsed.data, locate: located.locate }, problems }
}
