// SPDX-License-Identifier: Apache-2.0
import { type Channel, PUBLIC_CHANNELS } from '../../repository/index.ts'

export interface ChannelPlace {
  readonly channel: Channel
  readonly arch: string
  /** The past; undefined is now. */
  readonly at: Date | undefined
}

/** What is said of a package. */
export type DocumentKind = 'provenance' | 'sbom'

/** Beside a package, its name and one of these. */
const DOCUMENT_ENDINGS: ReadonlyMap<string, DocumentKind> = new Map([
  ['.sigstore.json', 'provenance'],
  ['.spdx.json', 'sbom'],
])

/** What a path of the repository names; `fileName` is the package's. */
export type Place =
  | { readonly kind: 'keys' }
  | { readonly kind: 'configuration'; readonly at: Date | undefined }
  | ({ readonly kind: 'index' } & ChannelPlace)
  | ({ readonly kind: 'apk'; readonly fileName: string } & ChannelPlace)
  | ({ readonly kind: DocumentKind; readonly fileName: string } & ChannelPlace)

const ARCH = /^[a-z0-9_]{1,32}$/
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,250}\.apk$/

/** Undefined for what names nothing in any public channel. */
export function parsePlace(pathname: string): Place | undefined {
  const segments = decoded(pathname)?.split('/')
  if (segments === undefined || segments[0] !== '' || segments[1] !== 'apk') return undefined
  const [, , first = '', second = '', third] = segments
  if (segments.length === 3) return first === 'keys.json' ? { kind: 'keys' } : undefined
  const moment = parseMoment(first)
  if (moment === undefined) return undefined
  if (segments.length === 4)
    return second === 'apk-configuration' ? { kind: 'configuration', at: moment.at } : undefined
  if (segments.length !== 5 || third === undefined || !ARCH.test(second)) return undefined
  if (third === 'APKINDEX.tar.gz') return { kind: 'index', ...moment, arch: second }
  const [, fileName = '', ending = ''] = /^(.*\.apk)(\..*)?$/.exec(third) ?? []
  const kind = ending === '' ? 'apk' : DOCUMENT_ENDINGS.get(ending)
  return kind !== undefined && FILE_NAME.test(fileName)
    ? { kind, ...moment, arch: second, fileName }
    : undefined
}

/** `edge`, or `edge@2026-11-26`, or `edge@2026-11-26T12:00:00Z`. */
function parseMoment(text: string): { channel: Channel; at: Date | undefined } | undefined {
  const [, name, , time] = /^([a-z]+)(@(.+))?$/.exec(text) ?? []
  const channel = PUBLIC_CHANNELS.find((known) => known === name)
  if (channel === undefined || time === undefined) return channel && { channel, at: undefined }
  const at = parseTime(time)
  return at && { channel, at }
}

/** RFC 3339, in UTC. Dates that no calendar has, such as February 30, are none: JavaScript would read them as days of March. */
function parseTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,3})?Z)?$/.test(text)) return undefined
  const time = new Date(text)
  return Number.isNaN(time.getTime()) || time.getUTCDate() !== Number(text.slice(8, 10)) ? undefined : time
}

/** A `+` of a file's name comes as itself or as %2B, the `@` and `:` of a time likewise. */
function decoded(pathname: string): string | undefined {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return undefined
  }
}
