// SPDX-License-Identifier: Apache-2.0
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import type { Sort } from './sort-rows.ts'

export interface ListQuery {
  readonly words: string
  readonly sort: Sort
  /** Whether a column was chosen. */
  readonly sorted: boolean
  readonly filter: (name: string) => string
  readonly search: (words: string) => void
  readonly choose: (name: string, value: string) => void
  readonly sortBy: (sort: Sort) => void
  readonly clear: () => void
}

/** Search, filters and order of a list, kept in the address: what somebody sees can be sent to somebody else. */
export function useListQuery(sortedBy: string): ListQuery {
  const [query, setQuery] = useSearchParams()
  const set = useCallback(
    (changes: Readonly<Record<string, string>>) =>
      setQuery(
        (before) => {
          const after = new URLSearchParams(before)
          for (const [name, value] of Object.entries(changes)) {
            if (value === '') after.delete(name)
            else after.set(name, value)
          }
          return after
        },
        { replace: true },
      ),
    [setQuery],
  )
  const text = query.get('sort')
  const sort = useMemo<Sort>(() => {
    const down = text?.startsWith('-') ?? false
    return { by: text?.replace(/^-/, '') ?? sortedBy, down }
  }, [text, sortedBy])
  return {
    words: query.get('q') ?? '',
    sort,
    sorted: text !== null,
    filter: (name) => query.get(name) ?? '',
    search: (words) => set({ q: words }),
    choose: (name, value) => set({ [name]: value }),
    sortBy: ({ by, down }) => set({ sort: `${down ? '-' : ''}${by}` }),
    clear: () => setQuery(new URLSearchParams(), { replace: true }),
  }
}
