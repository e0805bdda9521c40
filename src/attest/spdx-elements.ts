// SPDX-License-Identifier: Apache-2.0
import { canonicalJson, type Digest } from '../base/index.ts'
import { type ApkPurl, apkPurl } from './purl.ts'
import { type AttestedFile, type AttestedSource, describeSource } from './source.ts'
import {
  purlReference,
  type SpdxElement,
  sha256Checksum,
  shortDigest,
  spdxElement,
  spdxId,
} from './spdx-document.ts'
import type { DeclaredLicense } from './spdx-license.ts'

/** What an SBOM tells of an apk. */
export interface SpdxApk extends ApkPurl {
  readonly origin: string
  readonly description: string
  /** As its recipe writes it; '' when it says nothing. */
  readonly license: string
}

/** @param file the digest of the whole .apk, left out within it. */
export function apkElement(
  apk: SpdxApk,
  license: DeclaredLicense,
  supplier: string,
  file?: Digest,
): SpdxElement {
  return spdxElement({
    SPDXID: spdxId('Package', `${apk.name}-${apk.version}`),
    name: apk.name,
    versionInfo: apk.version,
    supplier: `Organization: ${supplier}`,
    licenseDeclared: license.expression,
    ...(apk.description === '' ? {} : { description: apk.description.toWellFormed() }),
    primaryPackagePurpose: 'APPLICATION',
    ...(file === undefined ? {} : { checksums: sha256Checksum(file) }),
    externalRefs: purlReference(apkPurl(apk)),
  })
}

/** SPDX 2.3, clause 7.7: a place on a network. Schemes of mirrors alone, such as `debian-source:`, are told by the purl. */
const LOCATION = /^(https?|ftp|git\+(https?|ssh|git)):\/\/./

/** A source, by the digest of all that names it: the same source of many packages is one element. */
export function sourceElement(source: AttestedSource): SpdxElement {
  const { name, version, uri, purl, digest } = describeSource(source)
  const checksums = Object.entries(digest)
    .filter(([algorithm]) => algorithm !== 'gitCommit')
    .map(([algorithm, checksumValue]) => ({ algorithm: algorithm.toUpperCase(), checksumValue }))
  return spdxElement({
    SPDXID: spdxId('Source', name, shortDigest(canonicalJson({ name, version, uri, purl, digest }))),
    name,
    ...(version === '' ? {} : { versionInfo: version }),
    downloadLocation: uri !== undefined && LOCATION.test(uri) ? uri : 'NOASSERTION',
    primaryPackagePurpose: 'SOURCE',
    ...(checksums.length === 0 ? {} : { checksums }),
    externalRefs: purlReference(purl),
  })
}

/** A file of the distribution. It stands as a package: SPDX wants the SHA-1 of what it calls a file. */
export function fileElement({ path, digest }: AttestedFile): SpdxElement {
  return spdxElement({
    SPDXID: spdxId('File', path, shortDigest(`${path}\n${digest}`)),
    name: path.toWellFormed(),
    primaryPackagePurpose: 'SOURCE',
    checksums: sha256Checksum(digest),
  })
}
