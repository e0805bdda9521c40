// SPDX-License-Identifier: Apache-2.0
import { chmod, lchown, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  ByteReader,
  cleanPath,
  collectBytes,
  diskTree,
  extractTar,
  gunzip,
  readTar,
  type TarMember,
} from '../../archive/index.ts'
import type { Digest } from '../../base/index.ts'
import {
  type ImageManifest,
  MAX_MANIFEST_BYTES,
  parseConfig,
  parseManifest,
  type RunConfig,
} from '../../oci/index.ts'
import type { BlobStore } from '../../store/index.ts'
import { imageInvalid } from '../invalid.ts'

type Blobs = Pick<BlobStore, 'read'>

/**
 * Unpacks an image as whoever pulls it would: manifest, configuration and every layer are read by their digests.
 *
 * @param root a directory that is not there yet.
 * @returns how it runs. @throws MillraceError IMAGE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_INVALID, BLOB_MISSING, BLOB_CORRUPT
 */
export async function unpackImage(
  blobs: Blobs,
  manifest: Digest,
  root: string,
  signal: AbortSignal,
): Promise<RunConfig> {
  const { config, layers } = await readManifest(blobs, manifest)
  const what = `unpacking the image ${manifest}`
  const parsed = parseConfig(await readSmall(blobs, config.digest), what)
  await mkdir(root, { recursive: true })
  await chmod(root, 0o755)
  const owned: TarMember['entry'][] = []
  const members = async function* (): AsyncGenerator<TarMember> {
    for (const { digest } of layers) {
      signal.throwIfAborted()
      for await (const member of readTar(gunzip(new ByteReader(blobs.read(digest)), what), what)) {
        const { type, uid, gid, mode } = member.entry
        // A tree on disk gets neither owners nor these bits while it is filled.
        if (
          type !== 'hardlink' &&
          (uid !== 0 || gid !== 0 || (mode & 0o7022) !== 0 || (mode & 0o700) !== 0o700)
        )
          owned.push(member.entry)
        yield member
      }
    }
  }
  await extractTar(members(), diskTree(root), what)
  for (const entry of owned) await setOwner(root, entry, what)
  return parsed.config ?? {}
}

async function readManifest(blobs: Blobs, digest: Digest): Promise<ImageManifest> {
  const read = parseManifest(await readSmall(blobs, digest), `reading the manifest ${digest}`)
  if ('layers' in read) return read
  throw imageInvalid(
    `reading the manifest ${digest}`,
    'it is an index of several images',
    'name the image of one architecture',
  )
}

function readSmall(blobs: Blobs, digest: Digest): Promise<Uint8Array> {
  return collectBytes(blobs.read(digest), MAX_MANIFEST_BYTES, `reading ${digest}`)
}

/** The tree has been proved by now: every path leads through directories of its own. */
async function setOwner(root: string, entry: TarMember['entry'], what: string): Promise<void> {
  const path = join(root, cleanPath(entry.path, what))
  await lchown(path, entry.uid, entry.gid)
  if (entry.type !== 'symlink') await chmod(path, entry.mode)
}
