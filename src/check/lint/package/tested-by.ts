// SPDX-License-Identifier: Apache-2.0

import type { LintEntry, OpenLint } from '../lint.ts'
import { pathLint } from '../path-lint.ts'

/** Names that want a certain pipeline in the package's tests. */
export interface TestedBy {
  readonly noun: string
  readonly nouns: string
  readonly isWanting: (entry: LintEntry) => boolean
  /** Any one of them will do. */
  readonly pipelines: readonly string[]
}

/** A lint that asks whether the tests of a package look at what it holds. Where the recipe is not known, nothing tests it. */
export function testedBy({ noun, nouns, isWanting, pipelines }: TestedBy): OpenLint {
  return (of) => {
    if (pipelines.some((one) => of.testPipelines?.has(one))) return undefined
    const reason =
      of.testPipelines === undefined ? 'and no recipe that tests it' : `that no ${pipelines[0]} tests`
    const reasons =
      of.testPipelines === undefined ? 'and no recipe that tests them' : `that no ${pipelines[0]} tests`
    return pathLint({ noun: `${noun} ${reason}`, nouns: `${nouns} ${reasons}`, isWrong: isWanting })(of)
  }
}
