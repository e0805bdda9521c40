// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import {
  digestHex,
  digestOfFile,
  diskFull,
  type Exec,
  isSystemError,
  lastWords,
  makeTempDirectory,
} from '../base/index.ts'
import { type AptContext, aptCancelled, downloadCommand } from '../source/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { DebianPackage } from './debian-package.ts'

export interface DownloadServices {
  readonly store: BlobStore
  readonly exec: Exec
  readonly dataDirectory: string
}

const AT_ONCE = 16
const TIMEOUT_MS = 30 * 60_000

/**
 * Brings packages into the store, some with each start of apt; those that are there are not fetched. Each is verified against the index's sha256.
 *
 * @param onStored called for each package as soon as it is there.
 * @returns the packages that could not be had: a point release may have removed them from the archive.
 * @throws MillraceError TOOL_MISSING, CANCELLED, DISK_FULL
 */
export async function downloadDebs(
  f: DownloadServices,
  apt: AptContext,
  packages: readonly DebianPackage[],
  onStored: (one: DebianPackage) => void,
  signal: AbortSignal,
): Promise<DebianPackage[]> {
  const missing: DebianPackage[] = []
  for (const one of packages) {
    if (await f.store.has(one.digest)) onStored(one)
    else missing.push(one)
  }
  const failed: DebianPackage[] = []
  for (let from = 0; from < missing.length; from += AT_ONCE) {
    const batch = missing.slice(from, from + AT_ONCE)
    // One file that is gone ends apt's whole run: what is left then goes one by one.
    const left = await fetchBatch(f, apt, batch, onStored, signal)
    for (const one of left) failed.push(...(await fetchBatch(f, apt, [one], onStored, signal)))
  }
  return failed
}

/** @returns what did not come. */
async function fetchBatch(
  f: DownloadServices,
  apt: AptContext,
  batch: readonly DebianPackage[],
  onStored: (one: DebianPackage) => void,
  signal: AbortSignal,
): Promise<DebianPackage[]> {
  await using directory = await makeTempDirectory(join(f.dataDirectory, 'downloads'), 'debs')
  const files = batch.map((one) => ({
    uri: one.uri,
    path: join(directory.path, `${one.name}.deb`),
    sha256: digestHex(one.digest),
  }))
  const exited = await f.exec(downloadCommand(apt, files), { signal, timeoutMs: TIMEOUT_MS })
  if (exited.cancelled) throw aptCancelled('fetching the seed’s packages')
  const left: DebianPackage[] = []
  for (const [index, one] of batch.entries()) {
    const path = files[index]?.path ?? ''
    if ((await digestIfThere(path)) === one.digest) {
      await f.store.putFile(path)
      onStored(one)
    } else left.push(one)
  }
  // Only apt's words tell a full disk from a file that is gone.
  if (left.length > 0 && /No space left on device|Disk quota exceeded/.test(exited.stderr))
    throw diskFull(`fetching the seed’s packages into ${directory.path}`, lastWords(exited))
  return left
}

async function digestIfThere(path: string): Promise<string | undefined> {
  try {
    return await digestOfFile(path)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
