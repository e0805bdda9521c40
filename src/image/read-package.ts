// SPDX-License-Identifier: Apache-2.0
import { type ApkData, openApk } from '../apk/index.ts'
import { cleanPath, collectBytes, type TarMember } from '../archive/index.ts'
import { type Digest, isMillraceError, MillraceError } from '../base/index.ts'
import { readElf } from '../elf/index.ts'
import { hashLayer } from '../oci/index.ts'
import type { OfferedApk } from '../repository/index.ts'
import type { BlobStore } from '../store/index.ts'
import { imageInvalid } from './invalid.ts'
import type { PackageTree, TreeEntry } from './package-tree.ts'

/**
 * The tree of a package, which is read whole for it.
 *
 * @param layout undefined when its writer left none: then its digest is computed.
 * @throws MillraceError APK_INVALID, ARCHIVE_HOSTILE, BLOB_MISSING, BLOB_CORRUPT
 */
export async function readTree(
  f: { readonly blobs: BlobStore },
  { file, record }: OfferedApk,
  layout: ApkData | undefined,
): Promise<PackageTree> {
  const what = `reading ${record.name}-${record.version}`
  const opened = await openApk(f.blobs.read(file), what)
  const entries: TreeEntry[] = []
  const texts: Record<string, string> = {}
  const libraries: Record<string, { soname: string; arch: string }> = {}
  for await (const member of opened.data) {
    const entry = entryOf(member, what)
    if (entry.path === '') continue
    entries.push(entry)
    if (entry.type !== 'file') continue
    if (isText(entry.path) && member.entry.sizeBytes <= MAX_TEXT_BYTES)
      texts[entry.path] = Buffer.from(
        await collectBytes(member.body, MAX_TEXT_BYTES, `${what}: ${entry.path}`),
      ).toString()
    else if (isLibrary(entry.path) && member.entry.sizeBytes <= MAX_LIBRARY_BYTES) {
      const library = await libraryOf(member, `${what}: ${entry.path}`)
      if (library !== undefined) libraries[entry.path] = library
    }
  }
  const sizeBytes = record.sizeBytes - opened.dataStart
  return {
    entries,
    texts,
    libraries,
    sizeBytes,
    diffId: layout?.diffId ?? (await diffIdOf(f, file, opened.dataStart, record.sizeBytes, what)),
  }
}

function entryOf({ entry }: TarMember, what: string): TreeEntry {
  const { type, mode, uid, gid, mtimeSec, pax } = entry
  const path = cleanPath(entry.path, what)
  if (type !== 'file' && type !== 'directory' && type !== 'symlink' && type !== 'hardlink')
    throw new MillraceError('ARCHIVE_HOSTILE', {
      what,
      why: `${path} is a ${type === 'fifo' ? 'FIFO' : `${type} device`}`,
      fix: 'build the package again without it: container runtimes make their own devices',
    })
  const linkTarget = type === 'hardlink' ? cleanPath(entry.linkPath, what) : entry.linkPath
  return { path, type, mode, uid, gid, mtimeSec, linkTarget, sha1: pax.get('APK-TOOLS.checksum.SHA1') ?? '' }
}

const TEXTS = new Set([
  'etc/group',
  'etc/ld.so.conf',
  'etc/os-release',
  'etc/passwd',
  'etc/shadow',
  'usr/lib/os-release',
])
const MAX_TEXT_BYTES = 1024 ** 2

function isText(path: string): boolean {
  return TEXTS.has(path) || /^etc\/(busybox-paths\.d|ld\.so\.conf\.d)\/[^/]+$/.test(path)
}

/** Read into memory one at a time; larger ones are left to the loader's own search. */
const MAX_LIBRARY_BYTES = 64 * 1024 ** 2

/** ldconfig's rule for names it looks at (ldconfig(8)). */
function isLibrary(path: string): boolean {
  return /(^|\/)(lib|ld-)[^/]*\.so[^/]*$/.test(path)
}

/** Undefined for what only looks like a library: a linker script, say. */
async function libraryOf({ entry, body }: TarMember, what: string) {
  const bytes = await collectBytes(body, MAX_LIBRARY_BYTES, what)
  try {
    const elf = await readElf(
      { sizeBytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) },
      what,
    )
    if (elf === undefined || elf.type !== 'shared') return undefined
    return { soname: elf.soname ?? entry.path.slice(entry.path.lastIndexOf('/') + 1), arch: elf.arch ?? '' }
  } catch (error) {
    if (isMillraceError(error, 'ELF_INVALID')) return undefined
    throw error
  }
}

async function diffIdOf(
  f: { readonly blobs: BlobStore },
  file: Digest,
  start: number,
  end: number,
  what: string,
): Promise<Digest> {
  const read = (blob: Digest, from: number, to: number) => f.blobs.read(blob, { start: from, end: to })
  return (await hashLayer([{ blob: file, start, end }], read, what)).diffId
}

/**
 * The content of files of a package, read again: for what an image must repeat in a layer of its own.
 *
 * @throws MillraceError IMAGE_INVALID when they are too large to be repeated.
 */
export async function readPackageFiles(
  f: { readonly blobs: BlobStore },
  { file, record }: OfferedApk,
  wanted: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const what = `reading ${record.name}-${record.version}`
  const found = new Map<string, Uint8Array>()
  let left = MAX_REPEATED_BYTES
  for await (const { entry, body } of (await openApk(f.blobs.read(file), what)).data) {
    const path = cleanPath(entry.path, what)
    if (!wanted.has(path)) continue
    if (entry.sizeBytes > left)
      throw imageInvalid(
        `changing owners or modes of files of ${record.name}`,
        `they have more than ${MAX_REPEATED_BYTES} bytes, and an image carries them twice`,
        'set owners and modes where the package is built',
      )
    left -= entry.sizeBytes
    found.set(path, await collectBytes(body, entry.sizeBytes, what))
  }
  return found
}

const MAX_REPEATED_BYTES = 64 * 1024 ** 2
