// SPDX-License-Identifier: Apache-2.0
import { formatCount } from '../../../base/index.ts'
import type { LintEntry, OpenLint } from '../lint.ts'

/** A lint of the modes of regular files. @param wrongOf words for what is wrong with a mode; none when all is well. */
export function modeLint(
  noun: string,
  nouns: string,
  wrongOf: (mode: number) => readonly string[],
): OpenLint {
  return () => {
    const found: { readonly entry: LintEntry; readonly permissions: readonly string[] }[] = []
    return {
      entry: (entry) => {
        // A hard link has the mode of the file that it is.
        const permissions = entry.type === 'file' ? wrongOf(entry.mode) : []
        if (permissions.length > 0) found.push({ entry, permissions })
        return undefined
      },
      finish: () => {
        if (found.length === 0) return undefined
        const octal = (mode: number) => mode.toString(8)
        return {
          what: `has ${formatCount(found.length, noun, nouns)}`,
          places: found.map(({ entry: { path, mode }, permissions }) => ({
            path,
            note: `mode ${octal(mode)}: ${permissions.join(', ')}`,
          })),
          details: {
            files: found.map(({ entry: { path, mode }, permissions }) => ({
              path,
              mode: octal(mode),
              permissions: [...permissions],
            })),
          },
        }
      },
    }
  }
}
