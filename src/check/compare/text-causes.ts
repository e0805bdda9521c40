// SPDX-License-Identifier: Apache-2.0
import type { Variation } from '../../build/index.ts'
import type { Spot } from './spots.ts'

/** The two circumstances that the builds were made under. */
export interface Variations {
  readonly first: Variation
  readonly second: Variation
}

/** A value of the two circumstances that stands where the files part; null when none does. */
export function knownCause(spot: Spot, variations: Variations): string | null {
  return tellValue(variations, (one, other) => {
    return holds(spot.first, spot.at, one) && holds(spot.second, spot.at, other)
  })
}

/** A value of the two circumstances that each file holds where it was built; null when none is. A difference may begin far before it, in a table of offsets. */
export function knownElsewhere(first: Buffer, second: Buffer, variations: Variations): string | null {
  return tellValue(variations, (one, other) => {
    if (Math.min(one.length, other.length) < TELLING_LENGTH) return false
    return first.includes(one) && second.includes(other) && !first.includes(other)
  })
}

/** Shorter values, such as a user id, are in a file by accident. */
const TELLING_LENGTH = 5

function tellValue(variations: Variations, isSeen: (one: string, other: string) => boolean): string | null {
  for (const [what, of] of VALUES) {
    const [one, other] = [of(variations.first), of(variations.second)]
    if (one !== '' && other !== '' && one !== other && isSeen(one, other))
      return `${what}: ${JSON.stringify(one)} in the first build, ${JSON.stringify(other)} in the second`
  }
  return null
}

/** What the text where the files part looks like: a date, a random name; null when it looks like nothing in particular. */
export function textCause({ first, second, at }: Spot): string | null {
  return PATTERNS.find(({ form }) => covers(first, at, form) && covers(second, at, form))?.cause ?? null
}

const VALUES: readonly (readonly [what: string, of: (variation: Variation) => string])[] = [
  ['the path of the build directory', ({ workspace }) => workspace],
  ['the host name', ({ identity }) => identity.hostname],
  ['the user id of the build', ({ identity }) => String(identity.uid)],
  ['the group id of the build', ({ identity }) => String(identity.gid)],
  ['the time zone', ({ variables }) => variables['TZ'] ?? ''],
  ['the locale', ({ variables }) => variables['LC_ALL'] ?? variables['LANG'] ?? ''],
]

/** How far before a value a length that counts it may stand. */
const LENGTH_BYTES = 8

/** True when the difference begins in the value, or just before it. */
function holds(bytes: Buffer, at: number, value: string): boolean {
  for (let place = bytes.indexOf(value); place !== -1; place = bytes.indexOf(value, place + 1))
    if (place - LENGTH_BYTES <= at && at < place + value.length) return true
  return false
}

function covers(bytes: Buffer, at: number, form: RegExp): boolean {
  for (const match of bytes.toString('latin1').matchAll(form))
    if (match.index <= at && at < match.index + match[0].length) return true
  return false
}

const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*'
const DAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*'
const CLOCK = '\\d{1,2}:\\d\\d(?::\\d\\d)?(?:\\.\\d+)?'

const PATTERNS: readonly { readonly form: RegExp; readonly cause: string }[] = [
  {
    form: new RegExp(`\\b\\d{4}-\\d\\d-\\d\\d(?:[T ]${CLOCK})?|\\b${CLOCK}\\b`, 'g'),
    cause: 'the date or time of the build',
  },
  {
    form: new RegExp(
      `\\b(?:${DAY},?\\s+)?(?:\\d{1,2}[ -])?${MONTH}[ -]+(?:\\d{1,2},?[ -]+)?(?:${CLOCK}\\s+\\S*\\s*)?\\d{2,4}`,
      'g',
    ),
    cause: 'the date or time of the build',
  },
  { form: /\b\d{8}[T_-]?\d{4,6}Z?\b/g, cause: 'the date or time of the build' },
  { form: /\b(?:1[6-9]|2\d)\d{8}\b/g, cause: 'the time of the build, as seconds since 1970' },
  {
    form: /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
    cause: 'a random identifier (UUID)',
  },
  {
    form: /\/(?:var\/)?tmp\/[\w.+-]+|\btmp[._-]?[A-Za-z0-9_]{4,}|\bcc[A-Za-z0-9]{6}\.[a-z]+\b/g,
    cause: 'a temporary file’s random name',
  },
  { form: /(?:^|\s)(?:-j|--jobs[= ])\s*\d+/g, cause: 'the number of processors' },
  { form: /\bLinux[ -][\w.+ -]+/g, cause: 'the kernel’s version' },
  { form: /\b[0-9a-f]{32,}\b/gi, cause: 'a digest of something that differs, or a random number' },
]
