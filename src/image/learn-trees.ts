// SPDX-License-Identifier: Apache-2.0
import type { ApkRepository, OfferedApk } from '../repository/index.ts'
import type { BlobStore, Database } from '../store/index.ts'
import { withImageTables } from './tables.ts'
import { packageTrees } from './tree-rows.ts'

/**
 * Reads what packages hold before an image asks for it: an image of packages that are known costs no reading. Packages that are known already cost one query.
 *
 * @throws MillraceError APK_INVALID, ARCHIVE_HOSTILE, BLOB_MISSING, BLOB_CORRUPT
 */
export async function learnTrees(
  f: {
    readonly database: Database
    readonly blobs: BlobStore
    readonly repository: Pick<ApkRepository, 'layouts'>
  },
  packages: readonly OfferedApk[],
  signal: AbortSignal,
): Promise<void> {
  const layouts = await f.repository.layouts(packages.map(({ file }) => file))
  await packageTrees({ ...f, database: withImageTables(f.database) }, packages, layouts, signal)
}
