// SPDX-License-Identifier: Apache-2.0
import { readdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { isSystemError, MillraceError } from '../base/index.ts'

/**
 * The recipe files that paths name, in their order: a file is itself, a directory is its `*.yaml` files in the order of their bytes. What lies deeper, such as pipelines, is not a recipe; files whose
 * name begins with a dot are not, either.
 *
 * @throws MillraceError NOT_FOUND for a path that is not there, or a directory without recipes.
 */
export function recipeFiles(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap(filesOf))]
}

function filesOf(path: string): string[] {
  if (!isDirectory(path)) return [path]
  const names = readdirSync(path)
    .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
    .sort(byBytes)
  if (names.length > 0) return names.map((name) => join(path, name))
  throw new MillraceError('NOT_FOUND', {
    what: `looking for recipes in ${path}`,
    why: 'no file of it ends in .yaml',
    fix: 'give a directory that holds recipes, or the path of one',
  })
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `looking for the recipe ${path}`,
      why: cause.code === 'ENOENT' ? 'there is no such file or directory' : cause.message,
      fix: 'give the path of a recipe, or of a directory of recipes',
      cause,
    })
  }
}

/** The name of a recipe's file without its ending. */
export function recipeNameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
