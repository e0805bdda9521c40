// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { WORKSPACE } from '../recipe/index.ts'
import type { Identity } from '../sandbox/index.ts'

/** What surrounds a build and must leave no trace in its packages. */
export interface Variation {
  readonly name: string
  /** Where steps work, in place of melange's `/home/build`. */
  readonly workspace: string
  readonly identity: Identity
  /** Language and time zone. */
  readonly variables: Readonly<Record<string, string>>
  readonly processors: 'all' | 'one'
}

/** How a package is built. */
export const FIRST: Variation = {
  name: 'first',
  workspace: WORKSPACE,
  identity: { uid: 1000, gid: 1000, hostname: 'localhost' },
  variables: { LANG: 'C.UTF-8', TZ: 'UTC' },
  processors: 'all',
}

/**
 * How it is built again to see whether it comes out the same: with another path, user, host name, language, time zone (14 hours east, so that the date differs too for most of a day)
 * and one processor only. The directory on the host is another for each build. The time differs by being later; no day is faked. The umask stays 022: melange's recipes take the modes
 * of their directories from it, so it belongs to what a package is.
 */
export const SECOND: Variation = {
  name: 'second',
  workspace: '/home/rebuilder',
  identity: { uid: 4242, gid: 4243, hostname: 'rebuilder' },
  variables: { LANG: 'POSIX', LC_ALL: 'POSIX', TZ: 'REB-14' },
  processors: 'one',
}

/**
 * A text of a plan, such as a script, with the workspace moved to where the variation has it. Not moved: names that only begin alike (`/home/buildroot`), and `/home/build` within a
 * longer path, which is a place in a package.
 */
export function relocate(text: string, { workspace }: Variation): string {
  return workspace === WORKSPACE ? text : text.replaceAll(WORKSPACE_PATH, workspace)
}

const WORKSPACE_PATH = new RegExp(`(?<!/[\\w.+-]+|[$}/)][\\w.+-]*)${WORKSPACE}(?![\\w-])`, 'g')

/** @returns processors as a sandbox takes them; null for all. */
export async function processorsOf({ processors }: Variation): Promise<string | null> {
  if (processors === 'all') return null
  // proc_pid_status(5): the first of those that this process may use, which need not be 0.
  const status = await readFile('/proc/self/status', 'utf8')
  return /^Cpus_allowed_list:\s*(\d+)/m.exec(status)?.[1] ?? null
}
