// SPDX-License-Identifier: Apache-2.0
import { isApkVersion } from '../versions/index.ts'
import { PACKAGE_NAME } from './fields.ts'
import { invalid } from './invalid.ts'
import type { Recipe } from './parse.ts'
import type { PlacedSubpackage } from './paste.ts'
import type { RecipeFile } from './schema.ts'

/**
 * What can be said of names and the version once variables are in them: each is one, and no two packages share a name.
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function checkExpandedNames(
  recipe: Recipe,
  { package: main }: RecipeFile,
  subpackages: readonly PlacedSubpackage[],
): void {
  checkName(recipe, main.name, ['package', 'name'])
  checkVersion(recipe, main)
  const taken = new Set([main.name])
  for (const { subpackage, index } of subpackages) {
    const path = ['subpackages', index, 'name']
    checkName(recipe, subpackage.name, path)
    if (taken.has(subpackage.name))
      throw invalid(
        `reading the subpackages of ${recipe.file}`,
        `two packages of it are named ${subpackage.name}`,
        subpackage.range === ''
          ? 'give each a name of its own'
          : `put \${{range.key}} or \${{range.value}} into the name, so that each item of ${subpackage.range} has its own`,
        recipe.locate(path),
      )
    taken.add(subpackage.name)
  }
}

function checkName(recipe: Recipe, name: string, path: readonly PropertyKey[]): void {
  if (PACKAGE_NAME.test(name)) return
  const unknown = /\$\{\{[^}]*\}\}/.exec(name)?.[0]
  throw invalid(
    `reading the package names of ${recipe.file}`,
    unknown === undefined
      ? `${JSON.stringify(name)} is no package name`
      : `the variable ${unknown} in ${JSON.stringify(name)} is not known while a recipe is read`,
    unknown === undefined
      ? 'use letters, digits and + _ . - and begin with a letter or digit'
      : 'use package.*, vars.* or, in a range, range.key and range.value, without spaces in the braces',
    recipe.locate(path, unknown),
  )
}

function checkVersion(recipe: Recipe, { version, epoch }: RecipeFile['package']): void {
  if (isApkVersion(`${version}-r${epoch}`) && !/-r\d+$/.test(version)) return
  throw invalid(
    `reading package.version of ${recipe.file}`,
    `${JSON.stringify(version)} is no version that apk can order`,
    'write numbers with dots, then a letter or suffixes such as _rc1, _beta2, _git20250131 or _p1; the revision goes to epoch',
    recipe.locate(['package', 'version']),
  )
}
