// SPDX-License-Identifier: Apache-2.0
import { MillraceError, nearestName } from '../../base/index.ts'

/** Why a name is none of the lints that are known, and what to do; undefined for one that is. */
export function misnamed(
  name: string,
  known: readonly string[],
): { readonly why: string; readonly fix: string } | undefined {
  if (known.includes(name)) return undefined
  const near = nearestName(name, known)
  return {
    why: `there is no lint named ${JSON.stringify(name)}`,
    fix: near === undefined ? 'millrace lint --explain lists them' : `did you mean ${near}?`,
  }
}

/** @param option that the names were given to. @throws MillraceError USAGE for the first that is no lint's */
export function checkLintNames(names: readonly string[], known: readonly string[], option: string): void {
  for (const name of names) {
    const wrong = misnamed(name, known)
    if (wrong !== undefined) throw new MillraceError('USAGE', { what: `reading ${option}`, ...wrong })
  }
}
