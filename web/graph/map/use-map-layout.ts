// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from 'react'
import type { DistroGraph, GraphEdge } from '../../../src/server/api.ts'
import { needsOf } from '../shape.ts'
import type { MapLayout } from './layout.ts'

interface Placed {
  readonly edges: readonly GraphEdge[]
  readonly count: number
  readonly layout: MapLayout
}

/** Where the names of a large graph are; null until they are placed. What changes only its state keeps its place. */
export function useMapLayout({ nodes, edges }: DistroGraph): MapLayout | null {
  const [placed, setPlaced] = useState<Placed | null>(null)
  const worker = useRef<Worker | null>(null)
  useEffect(() => {
    const placer = new Worker(new URL('./layout.worker.ts', import.meta.url), { type: 'module' })
    worker.current = placer
    return () => placer.terminate()
  }, [])
  const names = nodes.map(({ id }) => id).join('\n')
  useEffect(() => {
    const placer = worker.current
    if (placer === null) return
    const turn = Math.random()
    const onPlaced = ({ data }: MessageEvent<{ turn: number; layout: MapLayout }>) => {
      if (data.turn === turn) setPlaced({ edges, count: data.layout.names.length, layout: data.layout })
    }
    placer.addEventListener('message', onPlaced)
    const needs = needsOf(edges)
    placer.postMessage({
      turn,
      edges: new Map(names.split('\n').map((name) => [name, new Set(needs.get(name))])),
    })
    return () => placer.removeEventListener('message', onPlaced)
  }, [names, edges])
  return placed !== null && placed.count === nodes.length ? placed.layout : null
}
