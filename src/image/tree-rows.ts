// SPDX-License-Identifier: Apache-2.0
import type { ApkData } from '../apk/index.ts'
import type { Digest } from '../base/index.ts'
import type { OfferedApk } from '../repository/index.ts'
import type { BlobStore } from '../store/index.ts'
import type { PackageTree } from './package-tree.ts'
import { readTree } from './read-package.ts'
import type { ImageDatabase } from './tables.ts'

/**
 * The trees of packages, by datahash. What was never read before is read, whole, and remembered.
 *
 * @throws MillraceError APK_INVALID, ARCHIVE_HOSTILE, BLOB_MISSING, BLOB_CORRUPT
 */
export async function packageTrees(
  f: { readonly database: ImageDatabase; readonly blobs: BlobStore },
  packages: readonly OfferedApk[],
  layouts: ReadonlyMap<Digest, ApkData>,
  signal: AbortSignal,
): Promise<ReadonlyMap<Digest, PackageTree>> {
  const trees = await knownTrees(f.database, packages)
  for (const apk of packages) {
    if (trees.has(apk.datahash)) continue
    signal.throwIfAborted()
    const tree = await readTree(f, apk, layouts.get(apk.file))
    await remember(f.database, apk.datahash, tree)
    trees.set(apk.datahash, tree)
  }
  return trees
}

async function knownTrees(
  database: ImageDatabase,
  packages: readonly OfferedApk[],
): Promise<Map<Digest, PackageTree>> {
  const rows = await database
    .selectFrom('image_tree')
    .selectAll()
    .where('datahash', '=', ({ fn, val }) => fn('any', [val(packages.map(({ datahash }) => datahash))]))
    .execute()
  return new Map(
    rows.map((row) => [row.datahash, { ...row.tree, diffId: row.diff_id, sizeBytes: row.size_bytes }]),
  )
}

async function remember(database: ImageDatabase, datahash: Digest, tree: PackageTree): Promise<void> {
  const { diffId, sizeBytes, ...stored } = tree
  await database
    .insertInto('image_tree')
    .values({ datahash, size_bytes: sizeBytes, diff_id: diffId, tree: JSON.stringify(stored) })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
