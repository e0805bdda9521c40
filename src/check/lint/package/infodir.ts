// SPDX-License-Identifier: Apache-2.0
import { isBelow, pathLint } from '../path-lint.ts'

/** Nothing lies below `/usr/share/info/dir`, the index of all info pages. The plain file of this name is the concern of `maninfo`, as with melange. */
export const infodir = pathLint({
  noun: 'file below /usr/share/info/dir',
  nouns: 'files below /usr/share/info/dir',
  isWrong: isBelow('usr/share/info/dir'),
})
