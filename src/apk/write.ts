// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import {
  type Chunks,
  chunksOf,
  collectBytes,
  gzipSmall,
  type TarEntry,
  tarEntry,
  tarHeader,
  tarPadding,
  writeGzipStretches,
} from '../archive/index.ts'
import { type Digest, digestFromHex } from '../base/index.ts'
import { apkInvalid, formatPkgInfo, type PkgInfo } from './pkg-info.ts'
import type { ApkIdentity } from './record.ts'

/** One entry of a package's tree. Paths are relative, without `./` or a trailing slash; `open` may be called more than once and gives the same bytes. */
export interface ApkContent {
  readonly path: string
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink'
  readonly mode: number
  readonly sizeBytes: number
  /** Target of a symbolic link as it stands, or the path of a hard link's file. */
  readonly linkTarget: string
  readonly xattrs?: ReadonlyMap<string, string>
  open(): Chunks
}

/** A directory as the data member has it, which a stitched layer repeats. */
export interface ApkDirectory {
  readonly path: string
  readonly mode: number
  readonly mtimeSec: number
}

/**
 * A written data member, and where in it the part behind its directories is: these deflate bytes may stand in an OCI layer as they are (design §14). Offsets count from the
 * member's first byte.
 */
export interface ApkData {
  readonly datahash: Digest
  readonly sizeBytes: number
  readonly installedSizeBytes: number
  /** sha256 of the unpacked tar, which has no closing zero blocks. */
  readonly diffId: Digest
  readonly directories: readonly ApkDirectory[]
  readonly rest: {
    readonly start: number
    readonly end: number
    readonly crc32: number
    readonly lengthBytes: number
  }
}

export interface ApkSigner {
  /** As files name it: `NAME.rsa.pub`. */
  readonly publicKeyName: string
  /** RSA PKCS#1 v1.5 over SHA-256 of the bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

export interface ControlFile {
  /** `.melange.yaml`, `.post-install`, … */
  readonly name: string
  readonly text: string
  readonly mode: number
}

/**
 * Writes a package's data member: all directories first, a full flush, then everything else, both in lexical order of the paths. Equal trees give equal bytes.
 *
 * @param entries parents before children; every parent is there.
 * @throws MillraceError APK_INVALID for names that apk-tools would pass over: leading dots at the top, `./`.
 */
export async function writeApkData(
  entries: readonly ApkContent[],
  mtimeSec: number,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<ApkData> {
  const ordered = [...entries].sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { path } of ordered) checkPath(path)
  const directories = ordered.filter(({ type }) => type === 'directory')
  const rest = ordered.filter(({ type }) => type !== 'directory')
  const datahash = createHash('sha256')
  const diffId = createHash('sha256')
  let sizeBytes = 0
  const stretches = [tarOf(directories, mtimeSec, diffId), tarOf(rest, mtimeSec, diffId)]
  const placed = await writeGzipStretches(stretches, async (bytes) => {
    datahash.update(bytes)
    sizeBytes += bytes.length
    await write(bytes)
  })
  const last = placed[1]
  if (last === undefined) throw new Error('writeGzipStretches places every stretch')
  return {
    datahash: digestFromHex(datahash.digest('hex')),
    sizeBytes,
    installedSizeBytes: ordered.reduce((total, entry) => total + installedSize(entry), 0),
    diffId: digestFromHex(diffId.digest('hex')),
    directories: directories.map(({ path, mode }) => ({ path, mode, mtimeSec })),
    rest: last,
  }
}

/** The members before the data: signature and control. The package is these bytes and then the data member. */
export interface ApkHead {
  readonly bytes: Uint8Array
  readonly identity: ApkIdentity
  readonly controlStart: number
}

/** @param info without what only the data member tells. */
export async function writeApkHead(
  info: Omit<PkgInfo, 'datahash' | 'installedSizeBytes'>,
  data: Pick<ApkData, 'datahash' | 'installedSizeBytes'>,
  control: readonly ControlFile[],
  signer: ApkSigner,
): Promise<ApkHead> {
  const pkgInfo = formatPkgInfo({
    ...info,
    datahash: data.datahash.replace('sha256:', ''),
    installedSizeBytes: data.installedSizeBytes,
  })
  const files = [{ name: '.PKGINFO', text: pkgInfo, mode: 0o644 }, ...control].sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )
  const section = gzipSmall(
    Buffer.concat(
      files.map(({ name, text, mode }) => smallFile(name, Buffer.from(text), mode, info.buildTimeSec)),
    ),
  )
  const signature = await signatureMember(section, signer, info.buildTimeSec)
  const identity: ApkIdentity = `Q1${createHash('sha1').update(section).digest('base64')}`
  return { bytes: Buffer.concat([signature, section]), identity, controlStart: signature.length }
}

/** The signature over a compressed member, as a member of its own: a tar without closing blocks (apk-v2, "Signature"). */
export async function signatureMember(
  signed: Uint8Array,
  signer: ApkSigner,
  mtimeSec: number,
): Promise<Uint8Array> {
  const signature = await signer.sign(signed)
  return gzipSmall(smallFile(`.SIGN.RSA256.${signer.publicKeyName}`, signature, 0o644, mtimeSec))
}

/** A whole small tar file: header, body, padding. */
export function smallFile(path: string, body: Uint8Array, mode: number, mtimeSec: number): Uint8Array {
  return Buffer.concat([
    tarHeader(tarEntry({ path, type: 'file', mode, mtimeSec, sizeBytes: body.length })),
    body,
    tarPadding(body.length),
  ])
}

async function* tarOf(
  entries: readonly ApkContent[],
  mtimeSec: number,
  hash: { update(bytes: Uint8Array): unknown },
): AsyncGenerator<Uint8Array> {
  for (const entry of entries)
    for await (const chunk of tarBytes(entry, mtimeSec)) {
      hash.update(chunk)
      yield chunk
    }
}

async function* tarBytes(entry: ApkContent, mtimeSec: number): AsyncGenerator<Uint8Array> {
  if (entry.type !== 'file') {
    const checksum =
      entry.type === 'symlink'
        ? sha1(entry.linkTarget)
        : entry.type === 'hardlink'
          ? await sha1Of(entry.open())
          : undefined
    yield tarHeader(headerOf(entry, mtimeSec, checksum))
    return
  }
  const small =
    entry.sizeBytes <= SMALL_BYTES
      ? await collectBytes(entry.open(), SMALL_BYTES, `reading ${entry.path}`)
      : undefined
  const checksum = small === undefined ? await sha1Of(entry.open()) : sha1(small)
  yield tarHeader(headerOf(entry, mtimeSec, checksum))
  let written = 0
  for await (const chunk of small === undefined ? entry.open() : chunksOf(small)) {
    written += chunk.length
    yield chunk
  }
  if (written !== entry.sizeBytes)
    throw apkInvalid(
      `packing ${entry.path}`,
      `its size changed from ${entry.sizeBytes} to ${written} bytes while it was read`,
    )
  yield tarPadding(written)
}

/** Files up to here are read once and kept while their checksum is made; larger ones are read twice. */
const SMALL_BYTES = 1024 * 1024

function headerOf(entry: ApkContent, mtimeSec: number, checksum: string | undefined): TarEntry {
  const pax = new Map<string, string>()
  if (checksum !== undefined) pax.set('APK-TOOLS.checksum.SHA1', checksum)
  for (const [name, value] of entry.xattrs ?? []) pax.set(`SCHILY.xattr.${name}`, value)
  return tarEntry({
    path: entry.path,
    type: entry.type,
    mode: entry.mode & 0o7777,
    mtimeSec,
    sizeBytes: entry.type === 'file' ? entry.sizeBytes : 0,
    linkPath: entry.type === 'symlink' || entry.type === 'hardlink' ? entry.linkTarget : '',
    pax,
  })
}

/** What an entry counts in a package's installed size, whatever the file system: a file's bytes, a link's target, one page for a directory. */
function installedSize(entry: ApkContent): number {
  if (entry.type === 'file') return entry.sizeBytes
  return entry.type === 'directory'
    ? 4096
    : entry.type === 'symlink'
      ? Buffer.byteLength(entry.linkTarget)
      : 0
}

function checkPath(path: string): void {
  const bad =
    path === '' ||
    path.startsWith('.') ||
    path.startsWith('/') ||
    path.endsWith('/') ||
    path.split('/').some((part) => part === '..' || part === '.' || part === '')
  if (bad)
    throw apkInvalid(
      `packing ${JSON.stringify(path)}`,
      'apk-tools would pass over a path that begins with a dot or a slash, or has empty or dotted parts',
    )
}

function sha1(bytes: Uint8Array | string): string {
  return createHash('sha1').update(bytes).digest('hex')
}

async function sha1Of(chunks: Chunks): Promise<string> {
  const hash = createHash('sha1')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest('hex')
}
