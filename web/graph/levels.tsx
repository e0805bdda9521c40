// SPDX-License-Identifier: Apache-2.0
import { useMemo, useState } from 'react'
import { formatCount } from '../../src/base/words.ts'
import { levelsOf } from '../../src/recipe/graph/levels.ts'
import type { DistroGraph } from '../../src/server/api.ts'
import { FocusLinks } from './focus-links.tsx'
import { needSets } from './shape.ts'

/** The levels of the graph, a bar each: what is on one level can be built side by side. */
export function Levels({
  graph,
  only,
}: {
  readonly graph: DistroGraph
  readonly only: ReadonlySet<string> | null
}) {
  const levels = useMemo(() => levelsOf(needSets(graph)), [graph])
  const widest = Math.max(1, ...levels.map(({ length }) => length))
  const [open, setOpen] = useState<number | null>(null)
  return (
    <div className="graph-panel">
      <p className="quiet">
        {formatCount(levels.length, 'level')}, the lowest first: each needs only what is on lower ones. The
        widest has {formatCount(widest, 'name')}.
      </p>
      <ol className="level-list" start={0}>
        {levels.map((names, level) => {
          const found = only === null ? 0 : names.filter((name) => only.has(name)).length
          const isOpen = open === level
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a level is its number
            <li key={level}>
              <button
                type="button"
                className="level-row"
                aria-expanded={isOpen}
                aria-label={`Level ${level}: ${formatCount(names.length, 'name')}${found > 0 ? `, ${found} found` : ''}`}
                onClick={() => setOpen(isOpen ? null : level)}
              >
                <span className="number">{level}</span>
                <span className="level-bar">
                  <svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
                    <rect width={Math.max(3, (names.length / widest) * 1000)} height="10" />
                    {found > 0 && (
                      <rect className="found" width={Math.max(3, (found / widest) * 1000)} height="10" />
                    )}
                  </svg>
                </span>
                <span className="number">{names.length.toLocaleString('en-US')}</span>
              </button>
              {isOpen && (
                <FocusLinks
                  ids={
                    only === null
                      ? names
                      : names.toSorted((a, b) => Number(only.has(b)) - Number(only.has(a)))
                  }
                />
              )}
            </li>
          )
        })}
      </ol>
    </div>
  )
}
