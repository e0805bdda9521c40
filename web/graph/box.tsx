// SPDX-License-Identifier: Apache-2.0
import { Handle, type NodeProps, Position } from '@xyflow/react'
import { memo } from 'react'
import { Link } from 'wouter'
import type { GraphNode, WorkState } from '../../src/server/api.ts'
import { imagePath, packagePath } from '../links.ts'
import { Mark, STATES } from '../parts/badge.tsx'
import { nameOf, noteOf } from './use-places.ts'

export interface GraphBoxData extends Record<string, unknown> {
  readonly id: string
  readonly kind: GraphNode['kind']
  readonly version: string
  readonly state: WorkState
  readonly focused: boolean
}

/** A recipe or image as a box that is a link. */
export const GraphBox = memo(function GraphBox({ data }: NodeProps & { readonly data: GraphBoxData }) {
  const { id, kind, version, state, focused } = data
  const { tone, label } = STATES[state]
  const name = nameOf(id)
  return (
    <div className={`box ${kind} ${tone}${focused ? ' focused' : ''}`}>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      <Link
        href={pathOf(id)}
        className="box-link nodrag"
        title={`${kind} ${name} ${version}, ${label}`}
        aria-label={`${kind} ${name} ${version}, ${label}`}
      >
        <Mark tone={tone} />
        <span className="box-name">{name}</span>
        <span className="box-version">{noteOf({ kind, version })}</span>
      </Link>
      {!focused && (
        <Link
          href={`/graph?focus=${encodeURIComponent(id)}`}
          className="box-focus nodrag"
          title={`Only ${name} and its neighbours`}
          aria-label={`Only ${name} and its neighbours`}
        >
          ◎
        </Link>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </div>
  )
})

export const pathOf = (id: string): string =>
  id.startsWith('image:') ? imagePath(nameOf(id)) : packagePath(id)
