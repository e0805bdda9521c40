// SPDX-License-Identifier: Apache-2.0
import {
  Background,
  Controls,
  type Edge,
  MiniMap,
  type Node,
  ReactFlow,
  ReactFlowProvider,
  useReactFlow,
} from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import { useEffect, useMemo, useState } from 'react'
import type { DistroGraph, GraphEdge, WorkState } from '../../src/server/api.ts'
import { GraphBox, type GraphBoxData } from './box.tsx'
import type { Places } from './place.ts'
import { BOX_HEIGHT, boxWidth } from './use-places.ts'

const NODE_TYPES = { box: GraphBox }
const MAP_CLASSES: Readonly<Record<WorkState, string>> = {
  done: 'map-good',
  running: 'map-run',
  failed: 'map-bad',
  waiting: 'map-idle',
}

/** Up to so many boxes, moving the whole picture is quicker than finding out which of them are in sight. */
const MANY = 1000
const MAP_SIZE = { width: 150, height: 96 } as const
/** The whole picture, but never smaller than names can be guessed at. */
const WHOLE = { padding: 0.05, minZoom: 0.25, maxZoom: 1 } as const

export interface CanvasProps {
  readonly shape: DistroGraph
  /** Also the edges that are not drawn as long as nothing is pointed at. */
  readonly every: readonly GraphEdge[]
  readonly places: Places
  /** Boxes to be shown and to be looked at; empty: all. */
  readonly found: ReadonlySet<string>
  /** Grows whenever the eye shall go to what was found. */
  readonly look: number
  readonly focus: string | null
}

export function Canvas(props: CanvasProps) {
  return (
    <div className="drawing">
      <ReactFlowProvider>
        <Drawing {...props} />
      </ReactFlowProvider>
    </div>
  )
}

function Drawing({ shape, every, places, found, look, focus }: CanvasProps) {
  const [at, setAt] = useState<string | null>(null)
  const near = useMemo(() => nearOf(every, at), [every, at])
  const nodes = useNodes(shape, places, near, found, focus)
  const edges = useEdges(shape, every, at)
  useLook(shape, places, found, look)
  return (
    <ReactFlow
      className={at !== null ? 'has-near' : found.size > 0 ? 'has-found' : ''}
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      onNodeMouseEnter={(_, { id }) => setAt(id)}
      onNodeMouseLeave={() => setAt(null)}
      onFocus={({ target }) => setAt(target.closest('.react-flow__node')?.getAttribute('data-id') ?? null)}
      onBlur={() => setAt(null)}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      onlyRenderVisibleElements={shape.nodes.length > MANY}
      minZoom={0.05}
      maxZoom={2}
      fitView
      fitViewOptions={WHOLE}
    >
      <Background gap={24} />
      <Controls showInteractive={false} />
      {shape.nodes.length > 40 && (
        <MiniMap
          pannable
          zoomable
          ariaLabel={null}
          nodeClassName={mapClass}
          nodeBorderRadius={4}
          style={MAP_SIZE}
        />
      )}
    </ReactFlow>
  )
}

const mapClass = (node: Node) => MAP_CLASSES[(node.data as GraphBoxData).state]

function nearOf(edges: readonly GraphEdge[], at: string | null): ReadonlySet<string> {
  if (at === null) return new Set()
  const touching = edges.filter(({ from, to }) => from === at || to === at)
  return new Set([at, ...touching.flatMap(({ from, to }) => [from, to])])
}

/** Only boxes whose look changes become new objects: the others are not drawn again. */
function useNodes(
  shape: DistroGraph,
  places: Places,
  near: ReadonlySet<string>,
  found: ReadonlySet<string>,
  focus: string | null,
): Node<GraphBoxData>[] {
  const plain = useMemo(
    () =>
      shape.nodes.map((node): Node<GraphBoxData> => {
        const { id, kind, version, state } = node
        return {
          id,
          type: 'box',
          position: places[id] ?? { x: 0, y: 0 },
          width: boxWidth(node),
          height: BOX_HEIGHT,
          data: { id, kind, version, state, focused: id === focus },
        }
      }),
    [shape, places, focus],
  )
  return useMemo(
    () =>
      plain.map((node) =>
        near.has(node.id) || found.has(node.id)
          ? { ...node, className: `${near.has(node.id) ? 'near ' : ''}${found.has(node.id) ? 'found' : ''}` }
          : node,
      ),
    [plain, near, found],
  )
}

/** Around the box that is pointed at, also the edges that longer ways imply. */
function useEdges(shape: DistroGraph, every: readonly GraphEdge[], at: string | null): Edge[] {
  const plain = useMemo(() => shape.edges.map(drawn), [shape])
  return useMemo(() => {
    if (at === null) return plain
    const touching = every.filter(({ from, to }) => from === at || to === at).map(drawn)
    const near = new Map(touching.map((edge) => [edge.id, { ...edge, zIndex: 1 }]))
    for (const edge of near.values())
      edge.className = `${edge.className} ${edge.source === at ? 'out' : 'in'}`
    return [...plain.filter(({ id }) => !near.has(id)), ...near.values()]
  }, [plain, every, at])
}

const drawn = ({ from, to, kind }: GraphEdge): Edge => ({
  id: `${to}→${from}`,
  source: to,
  target: from,
  className: kind,
})

function useLook(shape: DistroGraph, places: Places, found: ReadonlySet<string>, look: number): void {
  const flow = useReactFlow()
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when something else was placed
  useEffect(() => {
    void flow.fitView(WHOLE)
  }, [places])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it was asked for
  useEffect(() => {
    if (look === 0 || found.size === 0) return
    const nodes = shape.nodes.filter(({ id }) => found.has(id))
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches
    void flow.fitView({ nodes, padding: 0.3, maxZoom: 1.1, duration: still ? 0 : 400 })
  }, [look])
}
