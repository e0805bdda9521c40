// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey, verify as verifySignature } from 'node:crypto'
import {
  ByteReader,
  type Chunks,
  chunksOf,
  collectBytes,
  gunzip,
  readGzipMember,
  readTar,
  type TarMember,
} from '../archive/index.ts'
import { type Digest, digestFromHex, MillraceError } from '../base/index.ts'
import { apkInvalid, type PkgInfo, parsePkgInfo } from './pkg-info.ts'
import type { ApkIdentity, ApkRecord } from './record.ts'

/** Public keys by the name that signatures use: `NAME.rsa.pub` → PEM. */
export type Keyring = ReadonlyMap<string, string>

export interface OpenedApk {
  readonly info: PkgInfo
  readonly identity: ApkIdentity
  /** Where the data member begins in the file. */
  readonly dataStart: number
  /** Where the control member begins: what is before it is the signature. */
  readonly controlStart: number
  /** SHA-1 of the signature member's bytes, in base64; '' without one. */
  readonly signatureSha1: string
  /** The name of the key whose signature was verified; null when no keyring was given. */
  readonly signedBy: string | null
  /** `.post-install`, `.trigger`, …: every control file but `.PKGINFO`. */
  readonly control: ReadonlyMap<string, { readonly text: string; readonly mode: number }>
  /** The tree. Its end verifies the data member against the control member's datahash. */
  readonly data: AsyncGenerator<TarMember>
}

const HEAD_BYTES = 10 * 1024 * 1024

/**
 * Opens a package: control at once, data as a stream. With a keyring, a good signature of one of its keys is required.
 *
 * @throws MillraceError APK_INVALID, ARCHIVE_INVALID, ARCHIVE_TOO_LARGE, SIGNATURE_INVALID
 */
export async function openApk(chunks: Chunks, what: string, keyring?: Keyring): Promise<OpenedApk> {
  const taped = new Tape(chunks)
  const reader = new ByteReader(taped.chunks())
  const first = await smallTar(reader, what)
  const signatures = [...first].filter(([name]) => name.startsWith('.SIGN.'))
  const controlStart = signatures.length > 0 ? reader.offset : 0
  const control = signatures.length > 0 ? await smallTar(reader, what) : first
  const dataStart = reader.offset
  const head = taped.stop(0, dataStart)
  const section = head.subarray(controlStart)
  const signedBy = keyring === undefined ? null : verifyAny(signatures, section, keyring, what)
  const pkgInfo = control.get('.PKGINFO')
  if (pkgInfo === undefined) throw apkInvalid(what, 'its control member has no .PKGINFO')
  const info = parsePkgInfo(pkgInfo.text, what)
  control.delete('.PKGINFO')
  return {
    info,
    identity: `Q1${sha1Of(section)}`,
    dataStart,
    controlStart,
    signatureSha1: controlStart === 0 ? '' : sha1Of(head.subarray(0, controlStart)),
    signedBy,
    control,
    data: readData(reader, info, what),
  }
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('base64')
}

/** The index record of a package. */
export function recordOf(info: PkgInfo, identity: ApkIdentity, sizeBytes: number): ApkRecord {
  return {
    name: info.name,
    version: info.version,
    arch: info.arch,
    identity,
    sizeBytes,
    installedSizeBytes: info.installedSizeBytes,
    description: info.description,
    url: info.url,
    license:
      info.licenses.length > 1
        ? info.licenses.map((license) => (/\s/.test(license) ? `(${license})` : license)).join(' AND ')
        : (info.licenses[0] ?? ''),
    origin: info.origin,
    maintainer: info.maintainer,
    buildTimeSec: info.buildTimeSec,
    commit: info.commit,
    depends: info.depends,
    provides: info.provides,
    installIf: info.installIf,
    replaces: info.replaces,
    providerPriority: info.providerPriority,
  }
}

/** The datahash a package names, as a digest. @throws MillraceError APK_INVALID */
export function datahashOf(info: PkgInfo, what: string): Digest {
  if (!/^[0-9a-f]{64}$/.test(info.datahash)) throw apkInvalid(what, '.PKGINFO has no datahash')
  return digestFromHex(info.datahash)
}

async function* readData(reader: ByteReader, info: PkgInfo, what: string): AsyncGenerator<TarMember> {
  const expected = datahashOf(info, what)
  const hash = createHash('sha256')
  const raw = async function* () {
    for (let chunk = await reader.some(); chunk !== undefined; chunk = await reader.some()) {
      hash.update(chunk)
      yield chunk
    }
  }
  const data = new ByteReader(raw())
  yield* readTar(gunzip(data, what), what)
  // Bytes behind the tar's end count as well.
  while ((await data.some()) !== undefined);
  const found = digestFromHex(hash.digest('hex'))
  if (found !== expected)
    throw apkInvalid(what, `its data has the digest ${found}, its control member names ${expected}`)
}

async function smallTar(
  reader: ByteReader,
  what: string,
): Promise<Map<string, { text: string; mode: number; bytes: Uint8Array }>> {
  const bytes = await collectBytes(readGzipMember(reader, what), HEAD_BYTES, what)
  const files = new Map<string, { text: string; mode: number; bytes: Uint8Array }>()
  for await (const { entry, body } of readTar(chunksOf(bytes), what)) {
    const content = await collectBytes(body, HEAD_BYTES, what)
    files.set(entry.path, { text: Buffer.from(content).toString('utf8'), mode: entry.mode, bytes: content })
  }
  return files
}

const HASHES: Readonly<Record<string, string>> = { RSA: 'sha1', RSA256: 'sha256', RSA512: 'sha512' }

/** As apk-tools: the first signature whose key is known decides. @returns that key's name. @throws MillraceError SIGNATURE_INVALID */
export function verifyAny(
  signatures: readonly (readonly [string, { readonly bytes: Uint8Array }])[],
  signed: Uint8Array,
  keyring: Keyring,
  what: string,
): string {
  for (const [name, { bytes }] of signatures) {
    const [, algorithm = '', key = ''] = /^\.SIGN\.([A-Z0-9]+)\.(.+)$/.exec(name) ?? []
    const pem = keyring.get(key)
    const hash = HASHES[algorithm]
    if (pem === undefined || hash === undefined) continue
    if (verifySignature(hash, signed, createPublicKey(pem), bytes)) return key
    throw signatureInvalid(what, `the signature of ${key} does not fit its bytes`)
  }
  const names = signatures.map(([name]) => name).join(', ')
  throw signatureInvalid(
    what,
    names === '' ? 'it is not signed' : `none of the known keys signed it (it has ${names})`,
  )
}

function signatureInvalid(what: string, why: string): MillraceError {
  return new MillraceError('SIGNATURE_INVALID', {
    what,
    why,
    fix: 'get it again from a repository you trust, or add that repository’s key to the keyring',
  })
}

/** Remembers the first bytes of a stream, so that a member's compressed form can be hashed when its end is known. */
class Tape {
  readonly #source: Chunks
  #kept: Uint8Array[] | null = []

  constructor(source: Chunks) {
    this.#source = source
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#source) {
      this.#kept?.push(chunk)
      yield chunk
    }
  }

  stop(start: number, end: number): Uint8Array {
    const section = Buffer.concat(this.#kept ?? []).subarray(start, end)
    this.#kept = null
    return section
  }
}
