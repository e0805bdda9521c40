// SPDX-License-Identifier: Apache-2.0
import { modeLint } from './permissions.ts'

/** No regular file may be written to by everybody. */
export const worldWrite = modeLint(
  'file that everybody may write to',
  'files that everybody may write to',
  (mode) => {
    if ((mode & 0o002) === 0) return []
    return (mode & 0o111) === 0 ? ['world-writable'] : ['world-writable', 'executable']
  },
)
