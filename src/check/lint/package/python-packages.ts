// SPDX-License-Identifier: Apache-2.0
import type { LintFinding, OpenLint } from '../lint.ts'

/**
 * A lint of what lies in the `site-packages` of the package's Python. A package for several Pythons at once is a finding of its own: it is never meant.
 *
 * @param judge is given the names right below `site-packages`, sorted.
 */
export function pythonLint(judge: (names: readonly string[]) => LintFinding | undefined): OpenLint {
  return () => {
    const pythons = new Set<string>()
    const names = new Set<string>()
    return {
      entry: ({ path }) => {
        const [, python, name] = /^usr\/lib\/(python3\.[^/]*)(?:\/site-packages\/([^/]+))?/.exec(path) ?? []
        if (python !== undefined) pythons.add(python)
        if (name !== undefined) names.add(name)
        return undefined
      },
      finish: () =>
        pythons.size > 1
          ? { what: `has files for ${[...pythons].sort().join(' and ')}`, places: [] }
          : judge([...names].sort()),
    }
  }
}

/** A lint of a directory that does not belong there. */
export function strayDirectory(kind: string, ...unwanted: readonly string[]): OpenLint {
  return pythonLint((names) => {
    const found = names.filter((name) => unwanted.includes(name))
    return found.length === 0
      ? undefined
      : { what: `has ${kind} as a Python package of its own: ${found.join(', ')}`, places: [] }
  })
}
