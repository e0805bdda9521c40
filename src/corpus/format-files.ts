// SPDX-License-Identifier: Apache-2.0
import { chmod, readFile, realpath, stat } from 'node:fs/promises'
import { isMillraceError, isSystemError, MillraceError, writeFileAtomic } from '../base/index.ts'
import { formatRecipe } from '../recipe/index.ts'
import { recipeFiles } from './recipe-files.ts'

/** A file after it was looked at: whether it was, or would be, written anew; or why it cannot be read. */
export type FormattedFile =
  | { readonly file: string; readonly changed: boolean; readonly error?: undefined }
  | { readonly file: string; readonly changed: false; readonly error: MillraceError }

/**
 * Brings recipes into the common style, in place: a reader sees the old text or the new one, and the mode stays. A file that cannot be read is left as it is.
 *
 * @param paths recipe files, or directories of them.
 * @param write false: only tells which would change.
 * @throws MillraceError NOT_FOUND for a path without recipes.
 */
export async function formatFiles(paths: readonly string[], write: boolean): Promise<FormattedFile[]> {
  const formatted: FormattedFile[] = []
  for (const file of recipeFiles(paths)) formatted.push(await formatFile(file, write))
  return formatted
}

async function formatFile(file: string, write: boolean): Promise<FormattedFile> {
  try {
    // A link stays a link: what it leads to is written.
    const path = await realpath(file)
    const text = await readFile(path, 'utf8')
    const formatted = formatRecipe(text, file)
    if (formatted === text) return { file, changed: false }
    if (write) {
      const { mode } = await stat(path)
      await writeFileAtomic(path, formatted, mode & 0o7777)
      await chmod(path, mode & 0o7777)
    }
    return { file, changed: true }
  } catch (error) {
    if (isMillraceError(error)) return { file, changed: false, error }
    if (!isSystemError(error)) throw error
    return { file, changed: false, error: unusable(file, error) }
  }
}

function unusable(file: string, cause: NodeJS.ErrnoException): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `formatting ${file}`,
    why: cause.message,
    fix: 'give the path of a recipe that you may read and write',
    at: { file },
    cause,
  })
}
