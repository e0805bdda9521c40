// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies in `/usr/local`, which is for what no package manager put there; `-compat` packages may. */
export const usrlocal = pathLint({
  noun: 'file in /usr/local',
  nouns: 'files in /usr/local',
  isWrong: isBelow('usr/local'),
  exempt: ['-compat'],
})
