// SPDX-License-Identifier: Apache-2.0
import { formatCount, type Json } from '../../../base/index.ts'
import { judgeHardening } from '../hardening.ts'
import type { LintPlace, OpenLint } from '../lint.ts'

/** Every program and library is compiled and linked so that it is hard to take over. What a binary may do without is no finding, and stands in the table of facts. */
export const hardening: OpenLint = ({ name, fullVersion, arch }) => {
  const places: LintPlace[] = []
  const rows: Json[] = []
  const binaries: Json[] = []
  return {
    binary: async ({ entry: { path }, elf, source }) => {
      if (elf === undefined) return
      const judgement = await judgeHardening(source, elf, arch, `linting ${path} of ${name}-${fullVersion}`)
      if (judgement === undefined) return
      const { row, lacks } = judgement
      rows.push({
        path,
        ...row,
        rpath: [...row.rpath],
        runpath: [...row.runpath],
        fortify: row.fortify === null ? null : { ...row.fortify },
        controlFlow: [...row.controlFlow],
      })
      const found = lacks.filter(({ weight }) => weight === 'finding')
      for (const { why, fix } of found) places.push({ path, note: `${why}: ${fix}` })
      if (found.length > 0) binaries.push({ path, lacks: found.map(({ check }) => check) })
    },
    finish: () =>
      binaries.length === 0
        ? undefined
        : {
            what: `has ${formatCount(binaries.length, 'binary', 'binaries')} that could be harder to take over`,
            places,
            details: { binaries },
          },
    facts: () => rows,
  }
}
