// SPDX-License-Identifier: Apache-2.0
import { hasExtension, pathLint } from '../path-lint.ts'

/** No libraries of macOS, `.dylib`, but in `-dev` packages. */
export const dylib = pathLint({
  noun: 'macOS library',
  nouns: 'macOS libraries',
  isWrong: hasExtension('.dylib'),
  exempt: ['-dev'],
})
