// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'wouter'
import type { DistroGraph } from '../../src/server/api.ts'
import { Empty } from '../parts/answers.tsx'
import { StateBadge } from '../parts/badge.tsx'
import { pathOf } from './box.tsx'
import { neededBy, needsOf } from './shape.ts'
import { nameOf } from './use-places.ts'

/** The graph in words, for who does not see it and for who looks for one line. */
export function GraphList(props: {
  readonly shape: DistroGraph
  /** Null: all of them. */
  readonly only: ReadonlySet<string> | null
}) {
  const { shape, only } = props
  const nodes = only === null ? shape.nodes : shape.nodes.filter(({ id }) => only.has(id))
  const [needs, needed] = [needsOf(shape.edges), neededBy(shape.edges)]
  if (nodes.length === 0) return <Empty title="Nothing in the graph matches" />
  return (
    <div className="table-box">
      <table className="table graph-list">
        <caption className="sr-only">Recipes and images, what each needs and who needs it</caption>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">State</th>
            <th scope="col">Needs</th>
            <th scope="col">Needed by</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map(({ id, kind, version, state }) => (
            <tr key={id}>
              <th scope="row">
                <Link href={pathOf(id)}>{nameOf(id)}</Link> <span className="version">{version}</span>
                {kind === 'image' && <span className="chip">image</span>}
              </th>
              <td>
                <StateBadge state={state} />
              </td>
              <td>
                <Names ids={needs.get(id) ?? []} />
              </td>
              <td>
                <Names ids={needed.get(id) ?? []} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const FEW = 16

function Names({ ids }: { readonly ids: readonly string[] }) {
  const [all, setAll] = useState(false)
  if (ids.length === 0) return <span className="quiet">nothing</span>
  return (
    <span className="names">
      {ids
        .toSorted()
        .slice(0, all ? undefined : FEW)
        .map((id) => (
          <Link key={id} href={pathOf(id)}>
            {nameOf(id)}
            {id.startsWith('image:') ? ' (image)' : ''}
          </Link>
        ))}
      {ids.length > FEW && !all && (
        <button type="button" className="link-button quiet" onClick={() => setAll(true)}>
          and {ids.length - FEW} more
        </button>
      )}
    </span>
  )
}
