// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../../base/index.ts'
import type { LintPlace, OpenLint } from '../lint.ts'
import { isCode } from './code.ts'

/** No program and no library carries its debug information, which takes most of its size; a file of nothing but that, in a `-dbg` package, may. What begins as an ELF file and cannot be read as one is told too. */
export const strip: OpenLint = () => {
  const places: LintPlace[] = []
  return {
    binary: ({ entry, elf, trouble }) => {
      if (!isCode(entry)) return
      if (elf === undefined) places.push({ path: entry.path, note: trouble })
      else if (elf.hasDebugSections && !elf.isDebugOnly) places.push({ path: entry.path })
    },
    finish: () =>
      places.length === 0
        ? undefined
        : {
            what: `has ${formatCount(places.length, 'binary that is not stripped', 'binaries that are not stripped')}`,
            places,
            details: { binaries: places.map(({ path }) => path) },
          },
  }
}
