// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type Digest, digestFromHex, type Location, MillraceError, redactUrl } from '../base/index.ts'

/** A file that a recipe needs: where upstream has it, and what it must be. Without a digest nothing is fetched. */
export interface Source {
  /** `https://…`, or a scheme that a mirror understands: `debian-source:NAME=VERSION/FILE`, `pypi:…`. */
  readonly uri: string
  /** 64 hexadecimal digits. */
  readonly sha256?: string | undefined
  /** 128 hexadecimal digits. */
  readonly sha512?: string | undefined
  /** What a person calls it, such as `zlib-1.3.1.tar.gz`. */
  readonly name: string
  readonly at?: Location | undefined
  /** The task that progress belongs to. Default `fetch:` and the name. */
  readonly task?: string
}

/** The digests that a file must have; at least one is there. */
export interface WantedDigests {
  readonly sha256: Digest | null
  /** 128 lower-case hexadecimal digits. */
  readonly sha512: string | null
}

/** The digests that a file has. */
export interface FoundDigests {
  readonly sha256: Digest
  readonly sha512: string
}

/** @throws MillraceError RECIPE_INVALID when the source names no digest, or one that is none. */
export function wantedDigests({ uri, sha256, sha512, at }: Source): WantedDigests {
  const hex = (text: string | undefined, digits: number, kind: string) => {
    if (text === undefined || text === '') return null
    const lower = text.toLowerCase()
    if (/^[0-9a-f]+$/.test(lower) && lower.length === digits) return lower
    throw invalid(
      uri,
      at,
      `its ${kind} is ${JSON.stringify(text.slice(0, 150))}; expected ${digits} hexadecimal digits`,
    )
  }
  const wanted256 = hex(sha256, 64, 'sha256')
  const wanted512 = hex(sha512, 128, 'sha512')
  if (wanted256 === null && wanted512 === null)
    throw invalid(uri, at, 'it names no digest, and what cannot be verified is not fetched')
  return { sha256: wanted256 === null ? null : digestFromHex(wanted256), sha512: wanted512 }
}

/** Both digests of a file, in one pass. */
export async function digestsOfFile(path: string): Promise<FoundDigests> {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')]
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    sha256.update(chunk as Uint8Array)
    sha512.update(chunk as Uint8Array)
  }
  return { sha256: digestFromHex(sha256.digest('hex')), sha512: sha512.digest('hex') }
}

export function isWanted(found: FoundDigests, wanted: WantedDigests): boolean {
  return (
    (wanted.sha256 === null || wanted.sha256 === found.sha256) &&
    (wanted.sha512 === null || wanted.sha512 === found.sha512)
  )
}

/** A file of a package in some registry: `KIND:NAME=VERSION/FILE`. Names may hold slashes and at-signs, versions colons. */
export interface PackageFile {
  readonly kind: string
  readonly name: string
  readonly version: string
  readonly file: string
}

const PACKAGE_FILE = /^([a-z][a-z-]*):([^=\s]+)=([^/\s]+)\/([^/\s]+)$/

/** Null when the URI is of another form, such as a URL. Names and files that could lead out of a directory, or be taken for an option, are none. */
export function parsePackageUri(uri: string): PackageFile | null {
  const [, kind = '', name = '', version = '', file = ''] = PACKAGE_FILE.exec(uri) ?? []
  const hostile = [name, version, file].some(
    (part) => part === '..' || part.startsWith('-') || part.includes('\0'),
  )
  const isUrl = name.startsWith('/')
  return kind === '' || isUrl || hostile || name.split('/').includes('..')
    ? null
    : { kind, name, version, file }
}

function invalid(uri: string, at: Location | undefined, why: string): MillraceError {
  return new MillraceError('RECIPE_INVALID', {
    what: `reading the source ${redactUrl(uri)}`,
    why,
    fix: 'give expected-sha256 (sha256sum prints it) beside the uri',
    at,
  })
}
