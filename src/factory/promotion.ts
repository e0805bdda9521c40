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

function isMet(index: PackageIndex, text: string): boolean {
  const dependency = parseDependency(text)
  return dependency === undefined || dependency.conflict || index.candidates(dependency).length > 0
}
