// SPDX-License-Identifier: Apache-2.0
import { isMillraceError } from '../base/index.ts'
import type { Services } from './services.ts'

/** Tells of an error that keeps one piece of work from being done, and no other. */
export function complain(f: Pick<Services, 'emit'>, error: unknown): void {
  const text = isMillraceError(error)
    ? `${error.what}: ${error.why}`
    : String(error instanceof Error ? error.stack : error)
  f.emit({
    type: 'notice.raised',
    level: 'error',
    code: isMillraceError(error) ? error.code : 'INTERNAL',
    text,
  })
}
