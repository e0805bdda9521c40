// SPDX-License-Identifier: Apache-2.0
import type { LintPlace, OpenLint } from '../lint.ts'

const LINKS = ['bin', 'sbin', 'lib', 'lib64', 'usr/sbin']

/** Nothing lies in `/bin`, `/sbin`, `/lib`, `/lib64` and `/usr/sbin`, nor are these there: they are links into `/usr`, and a package that makes one of them a directory breaks the system. */
export const usrMerge: OpenLint = () => {
  const places: LintPlace[] = []
  return {
    entry: ({ path }) => {
      if (LINKS.some((link) => path === link || path.startsWith(`${link}/`))) places.push({ path })
      return undefined
    },
    finish: () =>
      places.length === 0 ? undefined : { what: 'has names outside /usr that belong into it', places },
  }
}
