// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from '../base/index.ts'

/** The error every problem of an image's definition or content becomes. */
export function imageInvalid(what: string, why: string, fix: string, at?: Location): MillraceError {
  return new MillraceError('IMAGE_INVALID', { what, why, fix, at })
}
