// SPDX-License-Identifier: Apache-2.0
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError, MillraceError } from '../base/index.ts'
import { placesIn, type SandboxOptions } from './options.ts'

/**
 * The place on the host of a path in a sandbox that is at rest: in the mount that shows it, else in what was written over the layers.
 *
 * @throws MillraceError OUTPUT_HOSTILE when a symbolic link is in the way; NOT_FOUND when nothing is there; USAGE for a path that is not absolute and plain
 */
export async function collectPath(options: SandboxOptions, path: string): Promise<string> {
  const parts = path.split('/').slice(1)
  if (!path.startsWith('/') || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new MillraceError('USAGE', {
      what: `collecting ${path} from a sandbox`,
      why: 'the path is not absolute and plain',
      fix: 'give a path such as /home/build/melange-out',
    })
  const { source, target } = mountOf(options, path)
  let place = source
  for (const part of path.slice(target.length).split('/').filter(Boolean)) {
    place = join(place, part)
    await refuseLink(place, path)
  }
  return place
}

function mountOf(options: SandboxOptions, path: string): { source: string; target: string } {
  const root = { source: placesIn(options.workDirectory).written, target: '' }
  return options.mounts
    .filter(({ target }) => path === target || path.startsWith(`${target}/`))
    .reduce((best, mount) => (mount.target.length >= best.target.length ? mount : best), root)
}

async function refuseLink(place: string, path: string): Promise<void> {
  try {
    if (!(await lstat(place)).isSymbolicLink()) return
  } catch (error) {
    if (!isSystemError(error, 'ENOENT', 'ENOTDIR')) throw error
    throw new MillraceError('NOT_FOUND', {
      what: `collecting ${path} from a sandbox`,
      why: 'the build did not make it',
      fix: 'see in the build log why',
      cause: error,
    })
  }
  throw new MillraceError('OUTPUT_HOSTILE', {
    what: `collecting ${path} from a sandbox`,
    why: 'the build put a symbolic link in its place',
    fix: 'make it a directory in the recipe',
  })
}
