// SPDX-License-Identifier: Apache-2.0

/** A commit to be applied on top of what was checked out. */
export interface CherryPick {
  /** Where to look for it; null: in what was fetched anyway. */
  readonly branch: string | null
  /** 40 lower-case hexadecimal digits. */
  readonly commit: string
  /** Why it is wanted. */
  readonly comment: string
}

/** A line that is no cherry-pick, and why. */
export interface NoCherryPick {
  readonly line: string
  readonly why: string
}

/** The cherry-picks of a recipe: lines of `[branch/]commit: comment`; what follows a `#` is left out (melange.md §8). */
export function parseCherryPicks(text: string): CherryPick[] | NoCherryPick {
  const picks: CherryPick[] = []
  for (const written of text.split('\n')) {
    const line = written.replace(/#.*$/, '').trim()
    if (line === '') continue
    const colon = line.indexOf(':')
    const comment = line.slice(colon + 1).trim()
    if (colon === -1 || comment === '') return { line, why: 'it is not of the form [branch/]commit: comment' }
    const place = line.slice(0, colon)
    const slash = place.lastIndexOf('/')
    const commit = place.slice(slash + 1)
    if (!/^[0-9a-f]{40}$/.test(commit))
      return {
        line,
        why: `${JSON.stringify(commit)} is no commit: expected 40 hexadecimal digits in lower case`,
      }
    const branch = slash === -1 ? null : place.slice(0, slash)
    if (branch !== null && !isRefName(branch))
      return { line, why: `${JSON.stringify(branch)} is no branch's name` }
    picks.push({ branch, commit, comment })
  }
  return picks
}

/** Whether git takes a text for the name of a branch or tag (git-check-ref-format(1)); a leading dash is refused too. */
export function isRefName(name: string): boolean {
  return (
    name !== '' &&
    name !== '@' &&
    name.length <= 250 &&
    !/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|^[-/]|\/$/.test(name) &&
    name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
  )
}
