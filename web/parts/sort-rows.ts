// SPDX-License-Identifier: Apache-2.0

export interface Sort {
  readonly by: string
  readonly down: boolean
}

/** What a row is sorted by; null stands last whichever way. */
export type SortKey<T> = (row: T) => string | number | null

export function sortRows<T>(
  rows: readonly T[],
  { by, down }: Sort,
  keys: Readonly<Record<string, SortKey<T>>>,
): readonly T[] {
  const key = keys[by]
  if (key === undefined) return rows
  return rows.toSorted((a, b) => {
    const [one, other] = [key(a), key(b)]
    if (one === null || other === null) return Number(one === null) - Number(other === null)
    const order =
      typeof one === 'number' && typeof other === 'number'
        ? one - other
        : String(one).localeCompare(String(other), 'en', { numeric: true })
    return down ? -order : order
  })
}
