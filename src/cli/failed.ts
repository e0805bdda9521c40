// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from '../base/index.ts'
import {
  type Attempt,
  type DistroRecipe,
  describeFailure,
  type PlanEntry,
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
  const { name, file, expanded } = recipe
  const log = `millrace log ${shortKey(key)} shows all of it`
  const subject = { name, version: expanded.fullVersion, at: { file } }
  return workFailed(at, doing, subject, failure, [log])
}

const DOING = { build: 'building', test: 'testing', reproduce: 'building a second time' }

/** The same of an attempt that failed earlier, for those who have its log before them. */
export function attemptFailed(
  { recipe, version }: Pick<PlanEntry, 'recipe' | 'version'>,
  { purpose, report }: Pick<Attempt, 'purpose' | 'report'>,
): MillraceError {
  const { step = null, why = '', errorLine = null, failure } = report
  const told = { status: 'failed' as const, step, why, errorLine }
  const known = failure === undefined ? told : { ...told, report: failure }
  const again = failure === undefined ? [`millrace build ${recipe} tries it again`] : []
  const at = purpose === 'build' ? 'build' : 'test'
  return workFailed(at, DOING[purpose], { name: recipe, version }, known, again)
}

function workFailed(
  at: 'build' | 'test',
  doing: string,
  { name, version, at: place }: { readonly name: string; readonly version: string; readonly at?: Location },
  failure: StepFailure,
  more: readonly string[],
): MillraceError {
  const { report } = failure
  const lines = report === undefined ? [] : reportLines(report, name)
  const enter = report?.snapshot == null ? [] : [`millrace debug ${name} goes in`]
  return new MillraceError(at === 'build' ? 'BUILD_FAILED' : 'CHECK_FAILED', {
    what: `${doing} ${name}-${version}`,
    why: [describeFailure(failure), ...lines].join('\n'),
    fix: [...(report === undefined ? [] : [report.fix]), ...enter, ...more].join('\n'),
    ...(place === undefined ? {} : { at: place }),
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
