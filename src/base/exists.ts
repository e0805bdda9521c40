// SPDX-License-Identifier: Apache-2.0
import { access } from 'node:fs/promises'
import { isSystemError } from './error.ts'

/** Whether a path leads to something, links followed. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR')) return false
    throw error
  }
}
