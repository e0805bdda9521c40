// SPDX-License-Identifier: Apache-2.0
import type { MillraceEvent } from '../../base/index.ts'

/** The event as one line of JSON, number and time first. */
export function renderJsonl({ seq, at, run, ...body }: MillraceEvent): string {
  return JSON.stringify({ seq, at, run, ...body })
}
