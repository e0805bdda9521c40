// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef, useState } from 'react'
import type { DistroGraph, GraphNode } from '../../src/server/api.ts'
import type { Places, Sketch } from './place.ts'

export const BOX_HEIGHT = 40
const MIN_WIDTH = 96
const MAX_WIDTH = 240
/** Mark, borders and space around. */
const AROUND_PX = 48
/** Of a letter, about, in the widest fonts that systems come with. */
const NAME_LETTER_PX = 8.8
const NOTE_LETTER_PX = 6.5

export const noteOf = ({ kind, version }: Pick<GraphNode, 'kind' | 'version'>): string =>
  kind === 'image' ? `image ${version}` : version

export function boxWidth(node: GraphNode): number {
  const name = nameOf(node.id).length * NAME_LETTER_PX
  return Math.round(
    Math.min(
      MAX_WIDTH,
      Math.max(MIN_WIDTH, AROUND_PX + Math.max(name, noteOf(node).length * NOTE_LETTER_PX)),
    ),
  )
}

/** Where the boxes of a graph are; null until they are placed. What changes only its colour keeps its place. */
export function usePlaces(shape: DistroGraph): Places | null {
  const [places, setPlaces] = useState<{ readonly text: string; readonly places: Places } | null>(null)
  const text = useMemo(() => JSON.stringify(sketchOf(shape)), [shape])
  const worker = useRef<Worker | null>(null)
  useEffect(() => {
    const placer = new Worker(new URL('./place.worker.ts', import.meta.url), { type: 'module' })
    worker.current = placer
    return () => placer.terminate()
  }, [])
  useEffect(() => {
    const placer = worker.current
    if (placer === null) return
    const turn = Math.random()
    const onPlaced = ({ data }: MessageEvent<{ turn: number; places: Places }>) => {
      if (data.turn === turn) setPlaces({ text, places: data.places })
    }
    placer.addEventListener('message', onPlaced)
    placer.postMessage({ turn, sketch: JSON.parse(text) })
    return () => placer.removeEventListener('message', onPlaced)
  }, [text])
  return places?.text === text ? places.places : null
}

/** What is needed stands left of who needs it. */
function sketchOf({ nodes, edges }: DistroGraph): Sketch {
  return {
    boxes: nodes.map((node) => ({ id: node.id, width: boxWidth(node), height: BOX_HEIGHT })),
    arrows: edges.map(({ from, to }) => ({ from: to, to: from })),
  }
}

export const nameOf = (id: string): string => id.replace(/^image:/, '')
