// SPDX-License-Identifier: Apache-2.0

export interface Findable {
  readonly name: string
  readonly description: string
}

/**
 * What a person most likely means: the name itself, names that begin with the words, names that hold them, then descriptions that do. Every word must be found;
 * within a rank the shorter name first.
 */
export function findNames<T extends Findable>(all: readonly T[], words: string, limit: number): T[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return []
  return all
    .map((one) => ({ one, rank: rankOf(one, wanted) }))
    .filter(({ rank }) => rank < NOT_FOUND)
    .sort(
      (a, b) => a.rank - b.rank || a.one.name.length - b.one.name.length || compare(a.one.name, b.one.name),
    )
    .slice(0, limit)
    .map(({ one }) => one)
}

const NOT_FOUND = 4

function rankOf({ name, description }: Findable, wanted: readonly string[]): number {
  const [inName, inDescription] = [name.toLowerCase(), description.toLowerCase()]
  return Math.max(
    ...wanted.map((word) => {
      if (inName === word) return 0
      if (inName.startsWith(word)) return 1
      if (inName.includes(word)) return 2
      return inDescription.includes(word) ? 3 : NOT_FOUND
    }),
  )
}

const compare = (a: string, b: string) => (a < b ? -1 : 1)
