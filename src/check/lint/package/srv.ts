// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies in `/srv`, which holds what a site serves; `-compat` packages may. */
export const srv = pathLint({
  noun: 'file in /srv',
  nouns: 'files in /srv',
  isWrong: isBelow('srv'),
  exempt: ['-compat'],
})
