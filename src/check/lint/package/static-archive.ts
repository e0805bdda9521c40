// SPDX-License-Identifier: Apache-2.0
import { hasExtension, pathLint } from '../path-lint.ts'

/** No static archives, `.a`, but in `-dev` and `-static` packages: nothing needs them to run. */
export const staticArchive = pathLint({
  noun: 'static archive',
  isWrong: hasExtension('.a'),
  exempt: ['-dev', '-static'],
})
