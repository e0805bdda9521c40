// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import type { Sort } from './sort-rows.ts'

/** A column's head that sorts by it; once more turns the order. */
export function SortHeader(props: {
  readonly by: string
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
  readonly className?: string
  readonly children: ReactNode
}) {
  const { by, sort, onSort, className, children } = props
  const active = sort.by === by
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active ? (sort.down ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={() => onSort({ by, down: active ? !sort.down : false })}>
        {children}
        <span className="sort-mark" aria-hidden="true">
          {active ? (sort.down ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  )
}
