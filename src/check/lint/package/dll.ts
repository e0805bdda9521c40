// SPDX-License-Identifier: Apache-2.0
import { hasExtension, pathLint } from '../path-lint.ts'

/** No libraries of Windows, `.dll`, but in `-dev` packages. */
export const dll = pathLint({
  noun: 'Windows library',
  nouns: 'Windows libraries',
  isWrong: hasExtension('.dll'),
  exempt: ['-dev'],
})
