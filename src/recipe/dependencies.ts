// SPDX-License-Identifier: Apache-2.0
import { pathName } from '../base/index.ts'
import type { EnvironmentFile } from './environment-schema.ts'
import type { ExpandedDependencies } from './expanded.ts'
import { invalid } from './invalid.ts'
import type { Recipe } from './parse.ts'
import type { DeepReadonly, PackageDependencies } from './schema.ts'
import { substituteAll, type Variables } from './substitute.ts'

/** What dependencies and package lists may name: the package and its vars, not the build (melange.md §3, the second parse-time pass). */
export interface Known {
  readonly variables: Variables
  readonly recipe: Recipe
}

type Path = readonly PropertyKey[]

/** @throws MillraceError RECIPE_INVALID */
export function expandDependencies(
  known: Known,
  given: PackageDependencies,
  path: Path,
): ExpandedDependencies {
  return {
    runtime: substituteTexts(known, given.runtime, [...path, 'runtime']),
    provides: substituteTexts(known, given.provides, [...path, 'provides']),
    replaces: substituteTexts(known, given.replaces, [...path, 'replaces']),
    providerPriority: priority(known, given['provider-priority'], [...path, 'provider-priority']),
    replacesPriority: priority(known, given['replaces-priority'], [...path, 'replaces-priority']),
  }
}

/** The provider-priority as it is written, with its variables; '' when it is not. @throws MillraceError RECIPE_INVALID */
export function priorityText(known: Known, given: PackageDependencies, path: Path): string {
  return substitute(known, given['provider-priority'], [...path, 'provider-priority'])
}

/** The packages of an environment that stands at a path: of the recipe's own, or of a test's. */
export function substitutePackages(
  known: Known,
  environment: DeepReadonly<EnvironmentFile>,
  path: Path,
): string[] {
  return substituteTexts(known, environment.contents.packages, [
    ...path,
    'environment',
    'contents',
    'packages',
  ])
}

function substituteTexts(known: Known, texts: readonly string[], path: Path): string[] {
  return texts.map((text, index) => substitute(known, text, [...path, index]))
}

function substitute({ variables, recipe }: Known, text: string, path: Path): string {
  return substituteAll(text, variables, () => ({
    what: `reading ${pathName(path)} of ${recipe.file}`,
    hint: 'only package.* and vars.* may stand here; nothing is known of the build yet',
    locate: (needle) => recipe.locate(path, needle),
  }))
}

function priority(known: Known, text: string, path: Path): number {
  const value = substitute(known, text, path)
  if (/^([-+]?\d+)?$/.test(value)) return Number(value)
  throw invalid(
    `reading ${pathName(path)} of ${known.recipe.file}`,
    `expected a whole number, found ${JSON.stringify(value)}`,
    'write digits only',
    known.recipe.locate(path),
  )
}
