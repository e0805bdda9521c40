// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  type ApkContent,
  type ApkRecord,
  type ApkSigner,
  type ControlFile,
  type PkgInfo,
  recordOf,
  writeApkData,
  writeApkHead,
} from '../../src/apk/index.ts'
import { chunksOf } from '../../src/archive/index.ts'
import { type Exec, present } from '../../src/base/index.ts'
import type { IncomingApk } from '../../src/repository/index.ts'
import type { BlobStore } from '../../src/store/index.ts'

/** What stands at a path of a package: a file's text or bytes, or something else. */
export type Planted =
  | string
  | Uint8Array
  | { readonly link: string }
  | { readonly hardlink: string }
  | { readonly directory: number }
  | { readonly bytes: string | Uint8Array; readonly mode: number }

export interface PackageWish {
  readonly files: Readonly<Record<string, Planted>>
  readonly record?: Partial<PkgInfo>
  readonly control?: readonly ControlFile[]
}

export function makeSigner(publicKeyName: string): ApkSigner & { readonly pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    publicKeyName,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: async (bytes) => sign('sha256', bytes, privateKey),
  }
}

/** A real package in the store, as a build leaves it. @param stem `zlib-1.3-r0`. Parents of the files are made. */
export async function packApk(
  f: { readonly blobs: BlobStore; readonly signer: ApkSigner },
  stem: string,
  arch: string,
  { files, record = {}, control = [] }: PackageWish,
): Promise<IncomingApk & { readonly layout: NonNullable<IncomingApk['layout']> }> {
  const [, name = '', version = ''] = /^(.*)-(\d[^-]*-r\d+)$/.exec(stem) ?? []
  const buildTimeSec = record.buildTimeSec ?? 1_700_000_000
  const written: Uint8Array[] = []
  const data = await writeApkData(contentsOf(files), buildTimeSec, async (bytes) => void written.push(bytes))
  const info: Omit<PkgInfo, 'datahash' | 'installedSizeBytes'> = {
    name,
    version,
    arch,
    origin: name,
    description: `The ${name} package`,
    url: 'https://example.org/',
    commit: '',
    maintainer: '',
    buildTimeSec,
    licenses: ['MIT'],
    depends: [],
    provides: [],
    replaces: [],
    installIf: [],
    providerPriority: 0,
    replacesPriority: 0,
    triggers: [],
    comments: [],
    ...record,
  }
  const head = await writeApkHead(info, data, control, f.signer)
  const { digest: file, sizeBytes } = await f.blobs.putBytes(Buffer.concat([head.bytes, ...written]))
  const full: PkgInfo = {
    ...info,
    datahash: data.datahash.slice(7),
    installedSizeBytes: data.installedSizeBytes,
  }
  const made: ApkRecord = recordOf(full, head.identity, sizeBytes)
  return { file, datahash: data.datahash, record: made, layout: data, buildKey: null }
}

function contentsOf(files: PackageWish['files']): ApkContent[] {
  const contents = new Map<string, ApkContent>()
  const put = (path: string, type: ApkContent['type'], mode: number, body: Uint8Array, linkTarget = '') =>
    contents.set(path, { path, type, mode, sizeBytes: body.length, linkTarget, open: () => chunksOf(body) })
  const none = new Uint8Array()
  for (const path of Object.keys(files))
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1))
      put(path.slice(0, slash), 'directory', 0o755, none)
  for (const [path, planted] of Object.entries(files)) {
    if (typeof planted === 'string' || planted instanceof Uint8Array)
      put(path, 'file', 0o644, Buffer.from(planted))
    else if ('link' in planted) put(path, 'symlink', 0o777, none, planted.link)
    else if ('directory' in planted) put(path, 'directory', planted.directory, none)
    else if ('bytes' in planted) put(path, 'file', planted.mode, Buffer.from(planted.bytes))
  }
  for (const [path, planted] of Object.entries(files)) {
    if (typeof planted === 'string' || planted instanceof Uint8Array || !('hardlink' in planted)) continue
    const target = present(contents.get(planted.hardlink), 'a hard link has a file')
    contents.set(path, { ...target, path, type: 'hardlink', linkTarget: planted.hardlink })
  }
  return [...contents.values()]
}

/** Programs of this machine with the libraries they load, as files of a package. */
export async function hostPrograms(
  exec: Exec,
  ...programs: readonly string[]
): Promise<Record<string, Planted>> {
  const files: Record<string, Planted> = {}
  const take = (path: string) => {
    files[path.slice(1)] = { bytes: readFileSync(path), mode: 0o755 }
  }
  for (const program of programs) {
    const found = (
      await exec({ program: 'sh', args: ['-c', `readlink -f "$(command -v ${program})"`] })
    ).stdout.trim()
    files[`usr/bin/${program}`] = { bytes: readFileSync(found), mode: 0o755 }
    const { stdout } = await exec({ program: 'ldd', args: [found] })
    for (const [, path = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) take(path)
  }
  return files
}
