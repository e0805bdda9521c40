// SPDX-License-Identifier: Apache-2.0
import { Link } from 'wouter'
import { formatCount } from '../../../src/base/words.ts'
import type { DistroGraph, GraphEdge } from '../../../src/server/api.ts'
import { StateBadge } from '../../parts/badge.tsx'
import { pathOf } from '../box.tsx'
import { nameOf, noteOf } from '../use-places.ts'

/** What is known of the name that was chosen on the map, and where to go from there. */
export function Chosen(props: {
  readonly id: string
  readonly shape: DistroGraph
  readonly every: readonly GraphEdge[]
  readonly onClose: () => void
}) {
  const { id, shape, every, onClose } = props
  const node = shape.nodes.find((one) => one.id === id)
  if (node === undefined) return null
  const needs = every.filter(({ from }) => from === id).length
  const needed = every.filter(({ to }) => to === id).length
  return (
    <aside className="map-card" aria-label={`About ${nameOf(id)}`}>
      <button type="button" className="map-card-close" aria-label="Close" onClick={onClose}>
        ×
      </button>
      <h2>
        <Link href={pathOf(id)}>{nameOf(id)}</Link> <span className="version">{noteOf(node)}</span>
      </h2>
      <p>
        <StateBadge state={node.state} />
      </p>
      <p className="quiet">
        needs {needs.toLocaleString('en-US')}, needed by {formatCount(needed, 'other')}
      </p>
      <p className="map-card-ways">
        <Link href={`/graph?focus=${encodeURIComponent(id)}`}>Only around it</Link>
        <Link href={`/graph?as=way&from=${encodeURIComponent(id)}`}>Why it needs …</Link>
      </p>
    </aside>
  )
}
