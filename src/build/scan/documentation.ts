// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { Findings } from './findings.ts'
import type { ScanTree } from './tree.ts'

/** A directory of documentation → the package whose programs show it. */
export type DocumentationReaders = Readonly<Record<string, string>>

/** As melange has them, whatever distribution it builds for. */
export const MELANGE_READERS: DocumentationReaders = {
  'usr/share/man': 'man-db',
  'usr/share/info': 'texinfo',
}

/** What a package of documentation, `…-doc`, is read with. */
export function scanDocumentation(
  { package: name, entries }: ScanTree,
  readers: DocumentationReaders,
): Findings {
  if (!name.endsWith('-doc')) return { depends: [], provides: [], vendored: [] }
  const depends = entries.flatMap(({ path }) => readers[posix.dirname(path)] ?? [])
  return { depends, provides: [], vendored: [] }
}
