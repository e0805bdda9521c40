// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies in `/var/empty`: daemons lock themselves into it because it is empty. */
export const varempty = pathLint({
  noun: 'file in /var/empty',
  nouns: 'files in /var/empty',
  isWrong: isBelow('var/empty'),
})
