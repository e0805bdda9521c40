// SPDX-License-Identifier: Apache-2.0
import { type ApkData, type ApkRecord, formatApkRecord, parseApkIndex } from '../apk/index.ts'
import { canonicalJson, type Digest, type Json, MillraceError } from '../base/index.ts'
import type { BlobStore } from '../store/index.ts'
import { isApkVersion } from '../versions/index.ts'
import type { Channel } from './channel.ts'

/** A package of the repository. */
export interface OfferedApk {
  /** The blob of the .apk file. */
  readonly file: Digest
  /** sha256 of its data member: the tree it unpacks to, whoever signed it. */
  readonly datahash: Digest
  readonly record: ApkRecord
  /** The plan it was built from; null for what was not built here. */
  readonly buildKey: string | null
}

/** A package as it comes in: with the places in its data member that an image layer takes over, null when others wrote it. */
export interface IncomingApk extends OfferedApk {
  readonly layout: ApkData | null
}

/** What a package is called in its channel and in its file's name; no two packages of a channel share it. */
export function stemOf({ name, version }: Pick<ApkRecord, 'name' | 'version'>): string {
  return `${name}-${version}`
}

/** A version has no hyphen but the one of its -rN, so there is one way to split. */
export function splitStem(stem: string): { readonly name: string; readonly version: string } | undefined {
  for (let hyphen = stem.indexOf('-'); hyphen !== -1; hyphen = stem.indexOf('-', hyphen + 1)) {
    const version = stem.slice(hyphen + 1)
    if (isApkVersion(version)) return { name: stem.slice(0, hyphen), version }
  }
  return undefined
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._+-]*$/

/**
 * Sees that a package can be offered without harm to the others: its bytes are in the store, its name makes a file name, its entry reads back from an index as it was written.
 *
 * @throws MillraceError ADMISSION_REFUSED, BLOB_MISSING
 */
export async function checkIncoming(
  f: { blobs: BlobStore },
  channel: Channel,
  arch: string,
  apks: readonly IncomingApk[],
): Promise<void> {
  const stems = new Map<string, Digest>()
  for (const { record, file } of apks) {
    const why = fault(record, arch)
    if (why !== undefined) throw admissionRefused(record, channel, why, 'build the package again')
    const other = stems.get(stemOf(record))
    if (other !== undefined && other !== file)
      throw admissionRefused(
        record,
        channel,
        `two different files of this name and version come at once: ${other} and ${file}`,
        'publish one of them, or raise the epoch of one',
      )
    stems.set(stemOf(record), file)
  }
  await Promise.all(apks.map((apk) => requireBlob(f, channel, apk)))
}

function fault(record: ApkRecord, arch: string): string | undefined {
  if (!NAME.test(record.name)) return 'its name cannot stand in a file name'
  if (!isApkVersion(record.version)) return `${JSON.stringify(record.version)} is no version`
  if (record.arch !== arch && record.arch !== 'noarch')
    return `it is built for ${record.arch}, the index is for ${arch}`
  return readsBack(record) ? undefined : 'its index entry would not read back as it is written'
}

function readsBack(record: ApkRecord): boolean {
  const text = formatApkRecord(record)
  if (text.includes('\0') || !text.isWellFormed()) return false
  let read: ApkRecord[]
  try {
    read = parseApkIndex(text, `the entry of ${record.name}`)
  } catch (error) {
    if (error instanceof MillraceError) return false
    throw error
  }
  // An index has no place for `replaces`.
  const shown = (one: ApkRecord | undefined) => canonicalJson({ ...one, replaces: [] } as unknown as Json)
  return read.length === 1 && shown(read[0]) === shown(record)
}

async function requireBlob(f: { blobs: BlobStore }, channel: Channel, { file, record }: OfferedApk) {
  const found = await f.blobs.stat(file)
  if (found === undefined)
    throw new MillraceError('BLOB_MISSING', {
      what: `publishing ${stemOf(record)} to ${channel}`,
      why: `the store does not have its file ${file}`,
      fix: 'build the package again',
    })
  if (found.sizeBytes !== record.sizeBytes)
    throw admissionRefused(
      record,
      channel,
      `its file has ${found.sizeBytes} bytes, its entry says ${record.sizeBytes}`,
      'build the package again',
    )
}

/** @param seed those of them that came from outside. @throws MillraceError ADMISSION_REFUSED */
export function refuseSeed(channel: Channel, apks: readonly OfferedApk[], seed: ReadonlySet<Digest>): void {
  const found = apks.find(({ file }) => seed.has(file))
  if (found !== undefined)
    throw admissionRefused(
      found.record,
      channel,
      'it belongs to the seed, which is never published',
      'publish a package that was built from source here',
    )
}

function admissionRefused(
  record: Pick<ApkRecord, 'name' | 'version'>,
  channel: Channel,
  why: string,
  fix: string,
): MillraceError {
  return new MillraceError('ADMISSION_REFUSED', {
    what: `publishing ${stemOf(record)} to ${channel}`,
    why,
    fix,
  })
}
