// SPDX-License-Identifier: Apache-2.0
import type { LintEntry, LintPlace, OpenLint } from '../lint.ts'

/**
 * Nothing lies where files do not last: no file in `/tmp`, `/var/tmp` and `/run`, nothing at all in `/var/run`, which is a link. A directory below `/run` may be there when
 * the package also says in `/usr/lib/tmpfiles.d` how to make it again.
 */
export const tempDir: OpenLint = () => {
  const found: LintEntry[] = []
  let remakesDirectories = false
  return {
    entry: (entry) => {
      const { path, type } = entry
      if (path.startsWith('usr/lib/tmpfiles.d/')) remakesDirectories = true
      const isTemporary = /^(?:var\/)?tmp\//.test(path) && type !== 'directory'
      if (isTemporary || /^(?:var\/)?run\//.test(path)) found.push(entry)
      return undefined
    },
    finish: () => {
      const wrong = found.filter(
        ({ path, type }) => !(remakesDirectories && type === 'directory' && path.startsWith('run/')),
      )
      if (wrong.length === 0) return undefined
      const places = wrong.map(({ path }): LintPlace => ({ path }))
      return { what: 'writes where files do not last', places }
    },
  }
}
