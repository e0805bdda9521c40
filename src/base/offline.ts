// SPDX-License-Identifier: Apache-2.0
import { type Location, MillraceError } from './error.ts'

/**
 * What is said where the network would have to be used and `--offline` forbids it.
 *
 * @param missing what is not on this machine.
 * @param fix how it gets there.
 */
export function offlineError(what: string, missing: string, fix: string, at?: Location): MillraceError {
  return new MillraceError('OFFLINE', {
    what,
    why: `${missing}, and --offline forbids the network`,
    fix,
    at,
  })
}
