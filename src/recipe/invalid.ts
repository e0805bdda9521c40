// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from '../base/index.ts'

/** The error every problem of a recipe or pipeline becomes. */
export function invalid(what: string, why: string, fix: string, at: Location | undefined): MillraceError {
  return new MillraceError('RECIPE_INVALID', { what, why, fix, at })
}
