// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { formatCount } from '../../src/base/words.ts'
import { cyclicComponents } from '../../src/recipe/graph/components.ts'
import { shortestCycle } from '../../src/recipe/graph/shortest.ts'
import type { DistroGraph } from '../../src/server/api.ts'
import { Empty } from '../parts/answers.tsx'
import { FocusLinks } from './focus-links.tsx'
import { needSets } from './shape.ts'
import { Steps } from './way.tsx'

/** What needs each other: every component of it, with the shortest way around. */
export function Cycles({ graph }: { readonly graph: DistroGraph }) {
  const cycles = useMemo(() => {
    const needs = needSets(graph)
    return cyclicComponents(needs).map((ids) => ({ ids, way: shortestCycle(needs, ids) ?? [] }))
  }, [graph])
  if (cycles.length === 0)
    return (
      <Empty title="There is no cycle">
        Everything can be built after what it needs, by the needs that are shown.
      </Empty>
    )
  return (
    <div className="graph-panel">
      {cycles.map(({ ids, way }) => (
        <section key={ids[0]} className="cycle" aria-label={`A cycle of ${ids.length}`}>
          <h2>{formatCount(ids.length, 'name')} that need each other</h2>
          <p className="quiet">The shortest way around, {formatCount(way.length - 1, 'step')}:</p>
          <Steps ids={way} edges={graph.edges} />
          <details>
            <summary>All {ids.length.toLocaleString('en-US')} of them</summary>
            <FocusLinks ids={ids} />
          </details>
        </section>
      ))}
    </div>
  )
}
