// SPDX-License-Identifier: Apache-2.0
import { familyOf } from './texts.ts'

/** Whether a source under a license may have the text of a family among its files without a word: its own, a later version's when these are allowed, and what its own builds on. */
export function covers(id: string, family: string): boolean {
  const own = familyOf(id)
  if (own === family) return true
  // The LGPL 3.0 is the GPL 3.0 with additions, and comes with it (section 4b).
  if (own === 'LGPL-3.0' && family === 'GPL-3.0') return true
  // What is under the LGPL may be taken under the GPL (LGPL 2.1, section 3; LGPL 3.0, section 2b).
  if (own.startsWith('GPL-') && family.startsWith('LGPL-')) return true
  if (own === id) return false
  const [declared, found] = [versionOf(own), versionOf(family)]
  return !id.endsWith('-only') && declared.name === found.name && found.version >= declared.version
}

/** `GPL-2.0` → GPL, 2. What has no version never is a later one. */
function versionOf(family: string): { readonly name: string; readonly version: number } {
  const [, name = '', version = ''] = /^(.+)-(\d+(?:\.\d+)?)$/.exec(family) ?? []
  return { name, version: version === '' ? Number.NaN : Number(version) }
}
