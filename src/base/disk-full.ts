// SPDX-License-Identifier: Apache-2.0
import { isSystemError, MillraceError } from './error.ts'

/** What {@link writeAll} needs of a FileHandle. */
export interface WritableFile {
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesWritten: number }>
}

/**
 * Writes all of the bytes, at the file's own position or at the one that is given. One write(2) may take fewer: on a disk that fills up it takes what there is room for, and only the next one fails.
 */
export async function writeAll(
  file: WritableFile,
  bytes: Uint8Array,
  position: number | null = null,
): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at)
    done += bytesWritten
  }
}

/** Does work that writes to a disk. @param what the act, with the place it writes to. @throws MillraceError DISK_FULL; everything else as the work throws it */
export async function namingFullDisk<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asDiskFull(error, what)
  }
}

/** The error as it is told: DISK_FULL when the system said that there is no room (ENOSPC) or that the user may take no more of it (EDQUOT), or PostgreSQL did (class 53); any other as it is. */
export function asDiskFull(error: unknown, what: string): unknown {
  if (!isSystemError(error, 'ENOSPC', 'EDQUOT', '53100')) return error
  return diskFull(what, `the file system has no room left (${error.message})`, error)
}

export function diskFull(what: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError('DISK_FULL', {
    what,
    why,
    fix: 'free some room (millrace gc removes what nothing refers to), then run the same command again',
    cause,
  })
}
