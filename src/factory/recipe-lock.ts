// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { isSystemError, MillraceError } from '../base/index.ts'
import { type LocatedLock, parseLock } from '../plan/index.ts'
import type { DistroRecipe } from './distro.ts'

/** Where a recipe's lock lies when nobody says otherwise: beside it. */
export function lockPathOf({ filesDirectory }: Pick<DistroRecipe, 'filesDirectory'>): string {
  return `${filesDirectory}.lock.json`
}

/** @throws MillraceError LOCK_INVALID with line and column; NOT_FOUND */
export async function readLock(path: string): Promise<LocatedLock> {
  const lock = await readLockIfThere(path)
  if (lock !== undefined) return lock
  throw new MillraceError('NOT_FOUND', {
    what: `reading the lock ${shown(path)}`,
    why: 'there is no such file',
    fix: `write it: millrace lock RECIPE --out ${shown(path)}`,
  })
}

/** The lock beside a recipe; undefined when none lies there. @throws MillraceError LOCK_INVALID with line and column */
export function lockBeside(recipe: Pick<DistroRecipe, 'filesDirectory'>): Promise<LocatedLock | undefined> {
  return readLockIfThere(lockPathOf(recipe))
}

async function readLockIfThere(path: string): Promise<LocatedLock | undefined> {
  try {
    return parseLock(await readFile(path, 'utf8'), shown(path))
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}

function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('../../') ? path : near
}
