// SPDX-License-Identifier: Apache-2.0
import type { Sort } from './sort-rows.ts'

/** A column's head that sorts by it; once more turns the order. */
export function SortHeader(props: {
  readonly by: string
  readonly title: string
  readonly sort: Sort
  readonly onSort: (sort: Sort) => void
  readonly className?: string
}) {
  const { by, title, sort, onSort, className } = props
  const active = sort.by === by
  return (
    <th
      scope="col"
      className={className}
      aria-sort={active ? (sort.down ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={() => onSort({ by, down: active ? !sort.down : false })}>
        {title}
        <span className="sort-mark" aria-hidden="true">
          {active ? (sort.down ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  )
}
