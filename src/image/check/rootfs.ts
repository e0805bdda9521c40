// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir } from 'node:fs/promises'
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
import type { Owned } from './commands.ts'

type Blobs = Pick<BlobStore, 'read'>

/**
 * Unpacks an image as whoever pulls it would: manifest, configuration and every layer are read by their digests.
 *
 * @param root a directory that is not there yet.
 * @returns how it runs, and what is still to be given an owner or a mode before it does. @throws MillraceError IMAGE_INVALID, ARCHIVE_HOSTILE, ARCHIVE_INVALID, BLOB_MISSING, BLOB_CORRUPT
 */
export async function unpackImage(
  blobs: Blobs,
  manifest: Digest,
  root: string,
  signal: AbortSignal,
): Promise<{ readonly config: RunConfig; readonly owned: readonly Owned[] }> {
  const { config, layers } = await readManifest(blobs, manifest)
  const what = `unpacking the image ${manifest}`
  const parsed = parseConfig(await readSmall(blobs, config.digest), what)
  await mkdir(root, { recursive: true })
  await chmod(root, 0o755)
  const owned = new Map<string, TarMember['entry']>()
  const members = async function* (): AsyncGenerator<TarMember> {
    for (const { digest } of layers) {
      signal.throwIfAborted()
      for await (const member of readTar(gunzip(new ByteReader(blobs.read(digest)), what), what)) {
        // What a later layer puts in a path's place has its own owner.
        const path = cleanPath(member.entry.path, what)
        if (needsOwner(member.entry)) owned.set(path, member.entry)
        else owned.delete(path)
        yield member
      }
    }
  }
  await extractTar(members(), diskTree(root), what)
  // The tree has been proved by now: each path leads through directories of its own, and what stands there is its entry.
  return {
    config: parsed.config ?? {},
    owned: [...owned].map(([path, { type, uid, gid, mode }]) => ({
      ...{ path: join(root, path), uid, gid },
      mode: type === 'symlink' ? null : mode,
    })),
  }
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

/** Whether an entry has what a tree on disk does not give it while it is filled: another owner, or modes that a tree which is to be removed again avoids. */
function needsOwner({ type, uid, gid, mode }: TarMember['entry']): boolean {
  if (type === 'hardlink') return false
  const kept = type === 'directory' ? 0o700 : type === 'file' ? 0o400 : 0
  return uid !== 0 || gid !== 0 || (mode & 0o6000) !== 0 || (mode & kept) !== kept
}
