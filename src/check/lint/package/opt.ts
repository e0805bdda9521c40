// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies in `/opt`, which belongs to whoever runs the machine; `-compat` packages, which imitate others' layouts, may. */
export const opt = pathLint({
  noun: 'file in /opt',
  nouns: 'files in /opt',
  isWrong: isBelow('opt'),
  exempt: ['-compat'],
})
