// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'
import {
  type DistroRecipe,
  describeFailure,
  type FailureReport,
  reportLines,
  type StepFailure,
} from '../factory/index.ts'
import { shortKey } from '../plan/index.ts'

/** The error a command ends with when a build or test of a recipe failed, as they may. @param doing begins what is told: `building` */
export function recipeFailed(
  at: 'build' | 'test',
  doing: string,
  recipe: Pick<DistroRecipe, 'name' | 'file'> & { readonly expanded: { readonly fullVersion: string } },
  key: string,
  failure: StepFailure,
): MillraceError {
  const { report } = failure
  const log = `millrace log ${shortKey(key)} shows all of it`
  return new MillraceError(at === 'build' ? 'BUILD_FAILED' : 'CHECK_FAILED', {
    what: `${doing} ${recipe.name}-${recipe.expanded.fullVersion}`,
    why: [describeFailure(failure), ...(report === undefined ? [] : reportLines(report, recipe.name))].join(
      '\n',
    ),
    fix: report === undefined ? log : fixOf(report, recipe.name, log),
    at: { file: recipe.file },
  })
}

function fixOf({ fix, snapshot }: FailureReport, name: string, log: string): string {
  return [fix, ...(snapshot === null ? [] : [`millrace debug ${name} goes in`]), log].join('\n')
}

/** The same for an image that did not pass its tests. */
export function imageFailed(name: string, why: string): MillraceError {
  return new MillraceError('CHECK_FAILED', {
    what: `testing the image ${name}`,
    why,
    fix: `mend distro/images/${name}.yaml, or its tests in ${name}.test.yaml`,
  })
}
