// SPDX-License-Identifier: Apache-2.0
import { statSync } from 'node:fs'

/** What a file system says of a file that changes when its bytes do: size, times in milliseconds, inode. */
export type Stamp = readonly [sizeBytes: number, mtimeMs: number, ctimeMs: number, inode: number]

/** File systems count time in steps of up to two seconds. */
const STEP_MS = 2000

/**
 * The stamp of a file, as git's index has it; undefined for one that is not there, and for one so new that it could change once more within the same step of the clock
 * (https://git-scm.com/docs/racy-git).
 */
export function stampOf(file: string, nowMs: number): Stamp | undefined {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) return undefined
  const { size, mtimeMs, ctimeMs, ino } = found
  return Math.max(mtimeMs, ctimeMs) < nowMs - STEP_MS ? [size, mtimeMs, ctimeMs, ino] : undefined
}

export function isSameStamp(a: Stamp | undefined, b: Stamp | undefined): boolean {
  return a !== undefined && b !== undefined && a.every((part, index) => part === b[index])
}
