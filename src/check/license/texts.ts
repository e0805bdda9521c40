// SPDX-License-Identifier: Apache-2.0
import { licenseWords } from './normalize.ts'
import { shinglesOf } from './shingles.ts'

/** A text of SPDX's list, under the identifiers that share it. */
export interface LicenseText {
  /** Without `-only` and `-or-later`: what a text cannot tell. */
  readonly family: string
  /** Identifiers of the family that are not deprecated, or all when every one is. */
  readonly ids: readonly string[]
  readonly shingles: Uint32Array
}

/** Shorter texts are found in everything. */
const LEAST_SHINGLES = 18

/** Identifiers that differ in what a later version means, not in their text. */
export function familyOf(id: string): string {
  return id.replace(/(?:-only|-or-later|\+)$/, '')
}

/** The texts of SPDX's list, read when they are first asked for: it takes some tenths of a second. */
export type LicenseTexts = () => Promise<readonly LicenseText[]>

export function openLicenseTexts(): LicenseTexts {
  let texts: Promise<readonly LicenseText[]> | undefined
  return () => {
    texts ??= readTexts()
    return texts
  }
}

async function readTexts(): Promise<LicenseText[]> {
  const { default: list } = await import('spdx-license-list/full.js')
  const families = Map.groupBy(Object.keys(list), familyOf)
  return [...families].flatMap(([family, ids]) => {
    const current = ids.filter((id) => id !== family && !id.endsWith('+')).sort()
    const text = ownPart(family, list[ids[0] ?? '']?.licenseText ?? '')
    const shingles = shinglesOf(licenseWords(text))
    if (shingles.length < LEAST_SHINGLES) return []
    return [{ family, ids: current.length > 0 ? current : ids, shingles }]
  })
}

/**
 * The part of a text that sources have. What follows the terms is advice on how to apply them, which many leave out; and the list has the GPL's text behind that of the LGPL 3.0, which
 * adds to it: sources have the two in files of their own.
 */
function ownPart(family: string, text: string): string {
  const terms = text.replace(/\bEND OF (?:THE )?TERMS AND CONDITIONS\b[\s\S]*/, '')
  return family === 'LGPL-3.0' ? terms.replace(/^GNU GENERAL PUBLIC LICENSE$[\s\S]*/m, '') : terms
}
