// SPDX-License-Identifier: Apache-2.0

import { present } from '../base/index.ts'
import { CorpusCache } from './cache.ts'
import type { CorpusEntry } from './corpus-recipe.ts'
import type { ExpandedFile, ExpansionSettings, FailedFile } from './expand-files.ts'
import { recipeFiles } from './recipe-files.ts'
import { spreadExpansion } from './spread.ts'

export interface CorpusOptions extends ExpansionSettings {
  /** Where what was expanded before is kept; null or nothing: nowhere. */
  readonly cacheDirectory?: string | null
  /** Told of each file that is expanded anew. */
  readonly onExpand?: (file: string) => void
}

/**
 * Expands every recipe that paths name, in their order; a directory's are its `*.yaml` files. Works on every core, and takes from the cache whatever has neither changed itself nor in
 * a pipeline it uses. A recipe that cannot be expanded is an entry with its error.
 *
 * @throws MillraceError NOT_FOUND for a path without recipes.
 */
export async function expandCorpus(
  paths: readonly string[],
  { cacheDirectory = null, onExpand, ...settings }: CorpusOptions,
): Promise<readonly CorpusEntry[]> {
  const files = recipeFiles(paths)
  const cache = cacheDirectory === null ? undefined : new CorpusCache(cacheDirectory, paths, files, settings)
  const known = cache?.read()
  const wanted = files.filter((file) => !known?.has(file))
  for (const file of wanted) onExpand?.(file)
  const { files: done, used } = await spreadExpansion(wanted, settings)
  cache?.write(done, used)
  return files.map((file) => {
    const recipe = known?.get(file)
    return recipe === undefined
      ? entryOf(present(done.get(file), 'what is not known was expanded'))
      : { file, recipe }
  })
}

function entryOf(done: ExpandedFile | FailedFile): CorpusEntry {
  return 'recipe' in done ? { file: done.file, recipe: done.recipe } : { file: done.file, error: done.error }
}
