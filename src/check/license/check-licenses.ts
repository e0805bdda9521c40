// SPDX-License-Identifier: Apache-2.0
import { classifyText, type Reading } from './classify.ts'
import { covers } from './covers.ts'
import { licensesIn } from './expressions.ts'
import { licenseFileWeight } from './file-names.ts'
import type { LicenseFile, Wanted } from './license-file.ts'
import { familyOf, type LicenseTexts } from './texts.ts'

/** One entry of a recipe's `copyright:`. */
export interface DeclaredLicense {
  readonly license: string
  /** The file that it is about, from the workspace; '' for all. */
  readonly 'license-path': string
  /** What a file may be taken for without a word. */
  readonly 'detection-override': string
}

/** A license file, and what it was found to be. */
export interface LicenseFinding {
  readonly path: string
  readonly weight: number
  /** Empty: it is like no license of SPDX's list. */
  readonly readings: readonly Reading[]
}

/** A license that a source has and its recipe does not name. */
export interface LicenseDifference {
  readonly path: string
  /** What it may be called: a text does not say whether later versions are meant. */
  readonly ids: readonly string[]
  readonly confidence: number
  /** What the recipe names for the file, or for all. */
  readonly declared: readonly string[]
}

export interface LicenseReport {
  readonly files: readonly LicenseFinding[]
  readonly differences: readonly LicenseDifference[]
  /** The recipe's licenses as one expression, when each of them was found, and nothing else; null leaves it open. */
  readonly concluded: string | null
}

/** What a check of these entries asks of a source tree. */
export function wantedBy(declared: readonly DeclaredLicense[], depth: Wanted['depth'] = 'shallow'): Wanted {
  return { depth, paths: declared.map((entry) => entry['license-path']).filter((path) => path !== '') }
}

/**
 * Compares the licenses that a recipe declares with the license files of its source (melange.md §13): each text that is found with enough confidence must be named, by an
 * entry for its file or by one for all. Identifiers of one text, as of GPL-2.0-only and GPL-2.0-or-later, count as the same. A license that is declared and not found is nothing to
 * complain of: many sources name theirs in a sentence.
 */
export async function checkLicenses(
  texts: LicenseTexts,
  declared: readonly DeclaredLicense[],
  files: readonly LicenseFile[],
): Promise<LicenseReport> {
  const licenses = files.length === 0 ? [] : await texts()
  const findings = files.map(({ path, weight, text }) => ({
    path,
    weight,
    readings: classifyText(text, licenses),
  }))
  const differences = findings.flatMap((finding) => differencesOf(finding, declared))
  return { files: findings, differences, concluded: conclude(declared, findings) }
}

/** A file of more licenses is a list of notices: it tells what is in the source, not what holds for it. */
const MOST_LICENSES = 3

function differencesOf({ path, readings }: LicenseFinding, declared: readonly DeclaredLicense[]) {
  if (readings.length > MOST_LICENSES) return []
  const own = declared.filter((entry) => entry['license-path'] === path)
  const entries = own.length > 0 ? own : declared.filter((entry) => mayBeAbout(entry['license-path'], path))
  const names = entries.flatMap(({ license }) => licensesIn(license))
  const known = [...names, ...entries.map((entry) => entry['detection-override'])]
  return readings
    .filter(({ family, alsoFamilies }) => {
      return ![family, ...alsoFamilies].some((one) => known.some((id) => covers(id, one)))
    })
    .map(({ ids, confidence }): LicenseDifference => ({ path, ids, confidence, declared: names }))
}

/** For all files, or for one named by its place in the workspace, where a source may lie in a directory of its own. */
function mayBeAbout(licensePath: string, path: string): boolean {
  return licensePath === '' || licensePath.endsWith(`/${path}`)
}

/** Depends on what a build plan has of the licenses and on the sources alone: it stands in the package. */
function conclude(declared: readonly DeclaredLicense[], findings: readonly LicenseFinding[]): string | null {
  const written = [...new Set(declared.map(({ license }) => license.trim()))].join(' AND ')
  const names = licensesIn(written)
  // An exception, a choice, or which versions are meant, is not what a license file's text decides.
  if (names.join(' AND ') !== written || names.some((name) => familyOf(name) !== name)) return null
  const own = findings.filter(({ path }) => licenseFileWeight(path, 'shallow') !== null)
  const found = new Set(own.flatMap(({ readings }) => readings.map(({ family }) => family)))
  const isEach = names.every((name) => found.has(name)) && found.size === new Set(names).size
  return isEach && own.every(({ readings }) => readings.length > 0) ? written : null
}
