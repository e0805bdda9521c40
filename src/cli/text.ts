// SPDX-License-Identifier: Apache-2.0
import type { ApkRecord } from '../apk/index.ts'
import { formatBytes, formatDuration } from '../base/index.ts'

/** One line a package: name and version, size, the digest of its file. */
export function packageLines(
  packages: readonly { readonly record: ApkRecord; readonly file: string }[],
): string {
  const width = Math.max(...packages.map(({ record }) => record.name.length + record.version.length + 1))
  return packages
    .map(
      ({ record, file }) =>
        `${`${record.name}-${record.version}`.padEnd(width)}  ${formatBytes(record.sizeBytes).padStart(8)}  ${file}`,
    )
    .join('\n')
}

/** One line a test: how it ended, its package, how long it took. */
export function caseLines(
  cases: readonly { readonly package: string; readonly outcome: string; readonly durationMs: number }[],
): string {
  return table(cases.map((one) => [one.outcome, one.package, formatDuration(one.durationMs)]))
}

/** Rows as columns, two blanks apart. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows.reduce<number[]>(
    (known, row) => row.map((cell, index) => Math.max(known[index] ?? 0, cell.length)),
    [],
  )
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
