// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import type { Findings } from './findings.ts'
import type { ScanTree } from './tree.ts'

/** Directories of documentation → the package whose programs show it. */
const READERS: Readonly<Record<string, string>> = { 'usr/share/man': 'man-db', 'usr/share/info': 'texinfo' }

/** What a package of documentation, `…-doc`, is read with. */
export function scanDocumentation({ package: name, entries }: ScanTree): Findings {
  if (!name.endsWith('-doc')) return { depends: [], provides: [], vendored: [] }
  const depends = entries.map(({ path }) => READERS[posix.dirname(path)] ?? '').filter((one) => one !== '')
  return { depends, provides: [], vendored: [] }
}
