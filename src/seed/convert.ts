// SPDX-License-Identifier: Apache-2.0
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ApkContent,
  type ApkData,
  type ApkRecord,
  type ApkSigner,
  datahashOf,
  type PkgInfo,
  recordOf,
  writeApkData,
  writeApkHead,
} from '../apk/index.ts'
import { type Digest, digestHex, type Exec, writeAll } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import { contentsOfBaselayout, contentsOfDeb } from './contents.ts'
import { readDeb } from './deb-tree.ts'
import type { DebianPackage } from './debian-package.ts'
import { apkVersionOfDebian } from './debian-version.ts'
import { BASELAYOUT, providesOfTree } from './names.ts'
import { pathMatcher } from './paths.ts'
import type { SeedSpec } from './seed-spec.ts'

/** One package of the seed: an apk in the store, and where it comes from. */
export interface SeedPackage {
  readonly record: ApkRecord
  /** The blob of the .apk file. */
  readonly file: Digest
  /** sha256 of the data member: the tree, whoever signed it. */
  readonly datahash: Digest
  readonly layout: ApkData
  /** The Debian package it was made of; null for the small packages that only this seed has. */
  readonly deb: { readonly name: string; readonly version: string; readonly digest: Digest } | null
}

export interface ConvertServices {
  readonly store: BlobStore
  readonly exec: Exec
  readonly signer: ApkSigner
}

/** What an apk is to say of itself, beyond its tree. */
export interface SeedIdentity {
  readonly arch: string
  readonly depends: readonly string[]
  readonly provides: readonly string[]
}

/**
 * Turns a .deb of the store into a signed apk of the store. Its bytes follow from the .deb, the seed's description, the identity and the key.
 *
 * @param directory empty, for what is in between; as large as the unpacked package twice.
 * @throws MillraceError ARCHIVE_INVALID, ARCHIVE_HOSTILE, TOOL_FAILED, DISK_FULL
 */
export async function convertDeb(
  f: ConvertServices,
  deb: DebianPackage,
  spec: SeedSpec,
  identity: SeedIdentity,
  directory: string,
  signal: AbortSignal,
): Promise<SeedPackage> {
  const what = `converting ${deb.name} ${deb.version}`
  const path = await f.store.localPath(deb.digest)
  const tree = await readDeb(f.exec, path, directory, what, pathMatcher(spec.drop), signal)
  const contents = contentsOfDeb(deb.name, tree, spec)
  const executables = contents.map((entry) => ({
    path: entry.path,
    executable: entry.type === 'symlink' || (entry.type !== 'directory' && (entry.mode & 0o111) !== 0),
  }))
  const info = {
    ...seedInfo(deb.name, apkVersionOfDebian(deb.version), identity),
    origin: deb.source,
    description: deb.summary,
    url: deb.homepage,
    buildTimeSec: tree.mtimeSec,
    provides: [...new Set([...identity.provides, ...providesOfTree(executables)])].sort(),
    comments: [
      `seed = debian ${spec.suite}`,
      `deb = ${deb.name} ${deb.version} sha256:${digestHex(deb.digest)}`,
      'changed = merged below usr; programs bound to the libraries of the seed; maintainer scripts, documentation and translations left out',
    ],
  }
  const made = await writeApk(f, info, contents, directory)
  return { ...made, deb: { name: deb.name, version: deb.version, digest: deb.digest } }
}

/** A package that only has dependencies, or the bare tree. */
export async function makeSeedApk(
  f: ConvertServices,
  name: string,
  spec: SeedSpec,
  identity: SeedIdentity,
  directory: string,
): Promise<SeedPackage> {
  const contents = name === BASELAYOUT ? contentsOfBaselayout(spec) : []
  const info = {
    ...seedInfo(name, '0-r0', identity),
    origin: name,
    description:
      name === BASELAYOUT ? 'The bare tree that seed packages stand in' : `What recipes mean by ${name}`,
    url: '',
    buildTimeSec: 0,
    provides: identity.provides,
    comments: [`seed = debian ${spec.suite}`],
  }
  return { ...(await writeApk(f, info, contents, directory)), deb: null }
}

type SeedInfo = Omit<PkgInfo, 'datahash' | 'installedSizeBytes'>

function seedInfo(name: string, version: string, { arch, depends }: SeedIdentity) {
  return {
    name,
    version,
    arch,
    depends,
    commit: '',
    maintainer: '',
    licenses: ['NOASSERTION'],
    replaces: [],
    installIf: [],
    providerPriority: 0,
    replacesPriority: 0,
    triggers: [],
  }
}

async function writeApk(
  f: ConvertServices,
  info: SeedInfo,
  contents: readonly ApkContent[],
  directory: string,
): Promise<Omit<SeedPackage, 'deb'>> {
  const path = join(directory, 'data.apk')
  const out = await open(path, 'wx')
  let layout: ApkData
  try {
    layout = await writeApkData(contents, info.buildTimeSec, (bytes) => writeAll(out, bytes))
  } finally {
    await out.close()
  }
  const head = await writeApkHead(info, layout, [], f.signer)
  const { digest: file, sizeBytes } = await f.store.putStream(
    (async function* () {
      yield head.bytes
      yield* createReadStream(path, { highWaterMark: 1024 * 1024 })
    })(),
  )
  const whole: PkgInfo = {
    ...info,
    datahash: digestHex(layout.datahash),
    installedSizeBytes: layout.installedSizeBytes,
  }
  const what = `packing ${info.name}`
  return {
    record: recordOf(whole, head.identity, sizeBytes),
    file,
    datahash: datahashOf(whole, what),
    layout,
  }
}
