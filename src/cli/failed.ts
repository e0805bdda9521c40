// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'
import { type DistroRecipe, describeFailure, type StepFailure } from '../factory/index.ts'
import { shortKey } from '../plan/index.ts'

/** The error a command ends with when a build or test of a recipe failed, as they may. @param doing begins what is told: `building` */
export function recipeFailed(
  at: 'build' | 'test',
  doing: string,
  recipe: Pick<DistroRecipe, 'name' | 'file'> & { readonly expanded: { readonly fullVersion: string } },
  key: string,
  failure: StepFailure,
): MillraceError {
  return new MillraceError(at === 'build' ? 'BUILD_FAILED' : 'CHECK_FAILED', {
    what: `${doing} ${recipe.name}-${recipe.expanded.fullVersion}`,
    why: describeFailure(failure),
    fix: `millrace log ${shortKey(key)} shows all of it`,
    at: { file: recipe.file },
  })
}

/** The same for an image that did not pass its tests. */
export function imageFailed(name: string, why: string): MillraceError {
  return new MillraceError('CHECK_FAILED', {
    what: `testing the image ${name}`,
    why,
    fix: `mend distro/images/${name}.yaml, or its tests in ${name}.test.yaml`,
  })
}
