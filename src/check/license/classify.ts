// SPDX-License-Identifier: Apache-2.0
import { licenseWords } from './normalize.ts'
import { ShingleFilter, shinglesOf } from './shingles.ts'
import type { LicenseText } from './texts.ts'

/** A license text that a file has in it. */
export interface Reading {
  readonly family: string
  readonly ids: readonly string[]
  /** Sørensen–Dice coefficient of the license and the part of the file that it was found in: 1 is every word. */
  readonly confidence: number
  /** Families that the same part can be read as with as good a right: a text may hold another whole, and some are almost the same. */
  readonly alsoFamilies: readonly string[]
}

interface Found {
  readonly text: LicenseText
  readonly confidence: number
  readonly start: number
  readonly end: number
}

/** What a text must have in common with a license to count as that (melange.md §13). */
const CONFIDENT = 0.9
/** A license that is there whole is there, whatever else its words belong to. */
const WHOLE = 0.97
const AS_GOOD = 0.02
/** What is looked at closely. */
const LIKELY = 0.75
/** How much longer than the license stretches are tried: for words that were put in. */
const LONGER = [1, 1.08, 1.25]
/** Words of something else in between end a stretch. */
const MAX_GAP = 40

/** The licenses of SPDX's list whose texts are in a text, the surest first; those below {@link CONFIDENT} are not said. */
export function classifyText(text: string, licenses: readonly LicenseText[]): Reading[] {
  const shingles = shinglesOf(licenseWords(text))
  const filter = new ShingleFilter(shingles)
  const likely = licenses.filter((license) => filter.share(license.shingles) >= LIKELY)
  const parts: { readonly one: Found; readonly rivals: readonly Found[] }[] = []
  let found = likely.map((license) => bestStretch(license, shingles))
  for (;;) {
    found = found.filter(({ confidence }) => confidence >= CONFIDENT).sort(bySurety)
    const [one, ...others] = found
    if (one === undefined) break
    parts.push({ one, rivals: others.filter((other) => isAsGood(other, one) && overlaps(other, one)) })
    // A file may have one license several times, for several owners.
    shingles.fill(0, one.start, one.end)
    found = found.map((other) => (touches(other, one) ? bestStretch(other.text, shingles) : other))
  }
  const own = parts.filter(({ one }) => !parts.some((other) => isPartOf(one, other.one)))
  return [...Map.groupBy(own, ({ one }) => one.text.family).values()].flatMap(([first]) => {
    if (first === undefined) return []
    const { text, confidence } = first.one
    const inside = parts.filter(({ one }) => isPartOf(one, first.one)).map(({ one }) => one)
    const also = new Set([...first.rivals, ...inside].map((other) => other.text.family))
    return [{ family: text.family, ids: text.ids, confidence, alsoFamilies: [...also] }]
  })
}

const touches = (a: Found, b: Found) => a.start < b.end && b.start < a.end

const isAsGood = (other: Found, one: Found) => other.confidence >= Math.min(WHOLE, one.confidence - AS_GOOD)

/** A license that stands within another's text is a part of it. */
function isPartOf(one: Found, other: Found): boolean {
  return one !== other && one.start >= other.start && one.end <= other.end && one.text !== other.text
}

/** Of texts that are as sure, the longer says more; of the same text, the plainer name stands first. */
const bySurety = (a: Found, b: Found) =>
  b.confidence - a.confidence ||
  b.text.shingles.length - a.text.shingles.length ||
  a.text.family.length - b.text.family.length

/** Whether most of a stretch is part of another. */
function overlaps(one: Found, other: Found): boolean {
  const common = Math.min(one.end, other.end) - Math.max(one.start, other.start)
  return common > (one.end - one.start) / 2
}

/** The part of a text that is most like a license: among its shingles that the license has too, the run that gains most by every one and loses by every gap. */
function bestStretch(license: LicenseText, shingles: Uint32Array): Found {
  const wanted = new Set(license.shingles)
  const places: number[] = []
  for (let at = 0; at < shingles.length; at++) if (wanted.has(shingles[at] ?? 0)) places.push(at)
  const length = license.shingles.length
  let best = { confidence: 0, start: 0, end: 0 }
  for (const longer of LONGER) {
    let last = 0
    for (let first = 0; first < places.length; first++) {
      const start = places[first] ?? 0
      last = Math.max(last, first)
      while (last + 1 < places.length && (places[last + 1] ?? 0) - start < length * longer) last++
      let stop = last
      while (stop > first && (places[stop] ?? 0) - (places[stop - 1] ?? 0) > MAX_GAP) stop--
      const end = (places[stop] ?? 0) + 1
      const common = Math.min(stop - first + 1, length)
      const confidence = Math.min(1, (2 * common) / (length + (end - start)))
      if (confidence > best.confidence) best = { confidence, start, end }
    }
  }
  // Words that stand once in the text and often in the license, or the reverse, must not make up for others.
  const there = new Set(shingles.subarray(best.start, best.end).filter((one) => wanted.has(one)))
  return { text: license, ...best, confidence: Math.min(best.confidence, there.size / wanted.size) }
}
