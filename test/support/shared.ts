// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The directory of shared test material beside the checkout, or the one $MILLRACE_SHARED names; undefined when there is none. */
export function findShared(): string | undefined {
  const places = [process.env['MILLRACE_SHARED'], join(import.meta.dirname, '../../../shared')]
  return places.find((place) => place !== undefined && place !== '' && existsSync(place))
}
