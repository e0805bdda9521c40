// SPDX-License-Identifier: Apache-2.0
import { type ApkRecord, indexRepositories, type PackageIndex, parseDependency } from '../apk/index.ts'

/**
 * Which candidates can go to a channel now: those whose every dependency is met by what the channel offers or by other candidates that can go. A channel so never offers a
 * package that cannot be installed from it.
 *
 * @param offered what the channel offers already.
 */
export function promotable<T extends { readonly record: ApkRecord }>(
  candidates: readonly T[],
  offered: readonly { readonly record: ApkRecord }[],
): T[] {
  let going = [...candidates]
  for (;;) {
    const records = [...offered, ...going].map(({ record }) => record)
    const index = indexRepositories([{ name: 'channel', packages: records }])
    const staying = going.filter(({ record }) => record.depends.every((text) => isMet(index, text)))
    if (staying.length === going.length) return going
    going = staying
  }
}

/** What packages of a channel need and none of them gives, with the names of those that need it: none of these can be installed from it. Sorted by both. */
export function missingIn(
  packages: readonly { readonly record: ApkRecord }[],
): ReadonlyMap<string, readonly string[]> {
  const index = indexRepositories([{ name: 'channel', packages: packages.map(({ record }) => record) }])
  const missing = new Map<string, string[]>()
  for (const { record } of packages)
    for (const text of record.depends)
      if (!isMet(index, text)) missing.set(text, [...(missing.get(text) ?? []), record.name])
  return new Map(
    [...missing].sort(([a], [b]) => (a < b ? -1 : 1)).map(([text, names]) => [text, names.sort()]),
  )
}

function isMet(index: PackageIndex, text: string): boolean {
  const dependency = parseDependency(text)
  return dependency === undefined || dependency.conflict || index.candidates(dependency).length > 0
}
