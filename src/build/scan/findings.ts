// SPDX-License-Identifier: Apache-2.0

/** What a look at a package's tree tells about it, in the words of .PKGINFO. */
export interface Findings {
  readonly depends: readonly string[]
  readonly provides: readonly string[]
  /** Provided for the package's own use only: another package must not take it from here. */
  readonly vendored: readonly string[]
}

export function joinFindings(all: readonly Findings[]): Findings {
  return {
    depends: all.flatMap(({ depends }) => depends),
    provides: all.flatMap(({ provides }) => provides),
    vendored: all.flatMap(({ vendored }) => vendored),
  }
}

/** True for a name that .PKGINFO, index and solver all read as it stands: files and sonames may be called anything. */
export function isPlainName(name: string): boolean {
  return name !== '' && /^[^\s,;#"'\\=<>~!@\x00-\x1f\x7f]+$/.test(name)
}

/** What stands before the `=` of a name that is provided. */
export function nameOf(provided: string): string {
  return provided.split('=', 1)[0] ?? ''
}
