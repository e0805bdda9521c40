// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { type Emit, runCommand, systemClock } from '../../base/index.ts'
import type { KeptSnapshot, WorkServices } from '../../build/index.ts'
import { openTreeStore } from '../../sandbox/index.ts'
import type { Settings } from '../../settings/index.ts'
import { openBlobDirectory } from '../../store/index.ts'

/** What a session works with: it may be open beside a factory that runs, and whatever it writes is in its snapshot's directory. */
export async function openDebugServices(
  { dataDirectory }: Settings,
  snapshot: KeptSnapshot,
  emit: Emit,
): Promise<WorkServices> {
  const exec = runCommand
  return {
    exec,
    clock: systemClock,
    store: await openBlobDirectory(dataDirectory, { shared: true }),
    trees: await openTreeStore({ exec }, join(dataDirectory, 'trees'), { shared: true }),
    topsDirectory: join(dataDirectory, 'tops'),
    sandboxDirectory: snapshot.directory,
    emit,
  }
}
