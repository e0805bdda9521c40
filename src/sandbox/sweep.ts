// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Exec, lastWords, MillraceError } from '../base/index.ts'
import { measureAsRootCommand, removeCommand } from './commands.ts'

/**
 * Removes the files of a closed sandbox. A build may have left directories that their owner cannot enter; the root of a user namespace can.
 *
 * @throws MillraceError SANDBOX_FAILED
 */
export async function removeSandbox(f: { readonly exec: Exec }, workDirectory: string): Promise<void> {
  await remove(f, [workDirectory])
}

/**
 * Removes what sandboxes of an earlier Millrace left in a directory that holds nothing else. Their processes and mounts are gone already. What is made there from now on is not touched, so the removal
 * may go on beside the work.
 *
 * @returns the names that are being removed, and the removal, which fails by MillraceError SANDBOX_FAILED
 */
export async function sweepSandboxes(
  f: { readonly exec: Exec },
  directory: string,
): Promise<{ readonly names: readonly string[]; readonly removed: Promise<void> }> {
  await mkdir(directory, { recursive: true })
  const names = (await readdir(directory)).sort()
  const paths = names.map((name) => join(directory, name))
  return { names, removed: paths.length === 0 ? Promise.resolve() : remove(f, paths) }
}

/**
 * How many bytes of the disk a directory takes, whatever modes a build left in it.
 *
 * @throws MillraceError SANDBOX_FAILED
 */
export async function measureDirectory(f: { readonly exec: Exec }, directory: string): Promise<number> {
  const exited = await f.exec(measureAsRootCommand(directory))
  const [bytes] = /^\d+/.exec(exited.stdout) ?? []
  if (exited.code === 0 && bytes !== undefined) return Number(bytes)
  throw new MillraceError('SANDBOX_FAILED', {
    what: `measuring ${directory}`,
    why: lastWords(exited),
    fix: 'run millrace doctor',
  })
}

async function remove(f: { readonly exec: Exec }, paths: readonly string[]): Promise<void> {
  const exited = await f.exec(removeCommand(paths))
  if (exited.code === 0) return
  throw new MillraceError('SANDBOX_FAILED', {
    what: `removing ${paths.join(', ')}`,
    why: lastWords(exited),
    fix: 'see who else uses these files, then remove them by hand',
  })
}
