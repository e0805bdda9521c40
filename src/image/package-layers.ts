// SPDX-License-Identifier: Apache-2.0
import type { ApkData } from '../apk/index.ts'
import { canonicalJson, type Digest, digestOf } from '../base/index.ts'
import { hashLayer, type LayerPart, sizeOfParts, stitchLayer } from '../oci/index.ts'
import type { BlobStore } from '../store/index.ts'
import { knownLayers, rememberLayer, type StoredLayer } from './layer-rows.ts'
import type { PackedApk } from './merged-tree.ts'
import type { ImageDatabase } from './tables.ts'

/** A layer, and the packages in it. */
export interface PackageLayer extends StoredLayer {
  readonly packages: readonly PackedApk[]
}

/** Raised when the same packages would be put together to other bytes. */
const STITCH_VERSION = 1

/**
 * The layers of groups of packages. One package's layer is its data member as it stands, and its digests are known; a group's is stitched, hashed once and remembered.
 *
 * @throws MillraceError BLOB_MISSING, BLOB_CORRUPT, ARCHIVE_INVALID
 */
export async function packageLayers(
  f: { readonly database: ImageDatabase; readonly blobs: BlobStore },
  groups: readonly (readonly PackedApk[])[],
  layouts: ReadonlyMap<Digest, ApkData>,
  signal: AbortSignal,
): Promise<PackageLayer[]> {
  const known = await knownLayers(f.database, groups.map(keyOf))
  const layers: PackageLayer[] = []
  for (const packages of groups) {
    signal.throwIfAborted()
    const key = keyOf(packages)
    const layer = known.get(key) ?? (await makeLayer(f, key, packages, layouts))
    layers.push({ ...layer, packages })
  }
  return layers
}

function keyOf(packages: readonly PackedApk[]): Digest {
  return digestOf(canonicalJson({ stitch: STITCH_VERSION, files: packages.map(({ apk }) => apk.file) }))
}

async function makeLayer(
  f: { readonly database: ImageDatabase; readonly blobs: BlobStore },
  key: Digest,
  packages: readonly PackedApk[],
  layouts: ReadonlyMap<Digest, ApkData>,
): Promise<StoredLayer> {
  const [only] = packages
  const layer =
    packages.length === 1 && only !== undefined ? wholeMember(only) : await stitched(f, packages, layouts)
  await rememberLayer(f.database, key, layer)
  return layer
}

function wholeMember({ apk, tree }: PackedApk): StoredLayer {
  const parts: LayerPart[] = [
    { blob: apk.file, start: apk.record.sizeBytes - tree.sizeBytes, end: apk.record.sizeBytes },
  ]
  return { digest: apk.datahash, diffId: tree.diffId, sizeBytes: sizeOfParts(parts), parts }
}

async function stitched(
  f: { readonly blobs: BlobStore },
  packages: readonly PackedApk[],
  layouts: ReadonlyMap<Digest, ApkData>,
): Promise<StoredLayer> {
  const parts = stitchLayer(
    packages.map(({ apk, tree }) => {
      const layout = layouts.get(apk.file)
      if (layout === undefined) throw new Error(`${apk.record.name} has no layout and was grouped`)
      return { blob: apk.file, memberStart: apk.record.sizeBytes - tree.sizeBytes, ...layout }
    }),
  )
  const names = packages.map(({ apk }) => apk.record.name).join(', ')
  const read = (blob: Digest, start: number, end: number) => f.blobs.read(blob, { start, end })
  return { ...(await hashLayer(parts, read, `hashing a layer of ${names}`)), parts }
}
