// SPDX-License-Identifier: Apache-2.0

/** What a request may hold against what there is. */
export interface Validators {
  /** A strong entity tag, quotes included. */
  readonly etag: string
  readonly lastModified?: Date
}

/** `failed`: the asker wanted another version (412). `unchanged`: it has this one already (304). */
export type Verdict = 'failed' | 'unchanged' | 'send'

/** Weighs the preconditions of a GET or HEAD, in the order of RFC 9110 §13.2.2. */
export function judge({ headers }: Request, { etag, lastModified }: Validators): Verdict {
  const [match, noneMatch] = [headers.get('if-match'), headers.get('if-none-match')]
  if (match !== null) {
    if (!strongTags(match).includes(etag) && match.trim() !== '*') return 'failed'
  } else {
    const wanted = dateOf(headers.get('if-unmodified-since'))
    if (wanted !== undefined && lastModified !== undefined && inSeconds(lastModified) > wanted)
      return 'failed'
  }
  if (noneMatch !== null)
    return opaqueTags(noneMatch).includes(etag) || noneMatch.trim() === '*' ? 'unchanged' : 'send'
  const known = dateOf(headers.get('if-modified-since'))
  if (known !== undefined && lastModified !== undefined && inSeconds(lastModified) <= known)
    return 'unchanged'
  return 'send'
}

/** Whether a part may be sent: the asker's other parts, if it has any, are of this very version (RFC 9110 §13.1.5). */
export function isSameVersion({ headers }: Request, { etag, lastModified }: Validators): boolean {
  const ifRange = headers.get('if-range')
  if (ifRange === null) return true
  if (/^(W\/)?"/.test(ifRange)) return ifRange === etag
  return lastModified !== undefined && inSeconds(lastModified) === dateOf(ifRange)
}

/** RFC 9110 §8.8.3; a comma may stand inside the quotes. */
const TAG = /(W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g

/** For weak comparison (§8.8.3.2): the tags, whether marked weak or not. A proxy that compresses marks ours so. */
const opaqueTags = (list: string) => [...list.matchAll(TAG)].map(([, , opaque = '']) => opaque)
const strongTags = (list: string) =>
  [...list.matchAll(TAG)].filter(([, weak]) => weak === undefined).map(([tag]) => tag)

/** HTTP's dates know no parts of a second. */
const inSeconds = (date: Date) => Math.floor(date.getTime() / 1000)

/** In seconds; the three forms of RFC 9110 §5.6.7, of which one names no zone. Undefined for anything else: such a condition is not there (§13.1.3). */
function dateOf(text: string | null): number | undefined {
  if (text === null || !/^[A-Z][a-z]{2,8},? /.test(text)) return undefined
  const ms = Date.parse(text.endsWith('GMT') ? text : `${text} GMT`)
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000)
}
