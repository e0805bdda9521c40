// SPDX-License-Identifier: Apache-2.0
import type { LicenseDifference, LicenseFinding, LicenseReport } from './check-licenses.ts'

/** What people are told of a check: each file with what it is, then each difference with the entry that would settle it. */
export function reportLines({ files, differences }: LicenseReport): string[] {
  return [...files.map(fileLine), ...differences.map(differenceLine)]
}

/** The entry of `copyright:` that names what a file was found to be; undefined where the text leaves a choice that only the sources' headers settle. */
export function entryFor({
  path,
  ids,
}: LicenseDifference): { license: string; 'license-path': string } | undefined {
  const [id, ...others] = ids
  return id === undefined || others.length > 0 ? undefined : { license: id, 'license-path': path }
}

function fileLine({ path, readings }: LicenseFinding): string {
  if (readings.length === 0) return `${path}: like no license that SPDX has a text of`
  const names = readings.map(({ ids, confidence }) => `${ids.join(' or ')} (${confidence.toFixed(2)})`)
  return `${path}: ${names.join(', ')}`
}

function differenceLine({ path, ids, declared }: LicenseDifference): string {
  const named = declared.length === 0 ? 'no license' : [...new Set(declared)].join(', ')
  const choice = ids.length > 1 ? ', whichever the sources’ headers say' : ''
  return `warning: ${path} reads as ${ids.join(' or ')}, and the recipe names ${named} for it; if it holds for what is packaged, add under copyright: "- license: ${ids[0]}" with "license-path: ${path}"${choice}`
}
