// SPDX-License-Identifier: Apache-2.0
import type { LintEntry } from '../lint.ts'
import { extensionOf } from '../path-lint.ts'

/** Whether a file is meant to be run or linked: it is executable, or its name ends as a library's does. */
export function isCode({ path, mode }: LintEntry): boolean {
  return (mode & 0o111) !== 0 || /^\.(?:a|so|dylib)$/.test(extensionOf(path))
}
