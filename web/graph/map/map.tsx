// SPDX-License-Identifier: Apache-2.0
import { useEffect, useMemo, useRef, useState } from 'react'
import type { DistroGraph, GraphEdge } from '../../../src/server/api.ts'
import { Loading } from '../../parts/answers.tsx'
import { Chosen } from './chosen.tsx'
import { type Scene, sceneOf } from './scene.ts'
import { type MapSurface, openSurface } from './surface.ts'
import { useMapLayout } from './use-map-layout.ts'

export interface MapProps {
  readonly shape: DistroGraph
  /** Also the edges that are not drawn as long as nothing is pointed at. */
  readonly every: readonly GraphEdge[]
  readonly found: ReadonlySet<string>
  /** Grows whenever the eye shall go to what was found. */
  readonly look: number
  readonly focus: string | null
}

/** A graph of thousands on a canvas. What is said of one name when it is chosen is the page's own text. */
export function GraphMap({ shape, every, found, look, focus }: MapProps) {
  const layout = useMapLayout(shape)
  const scene = useMemo(
    () => (layout === null ? null : sceneOf(shape, every, layout)),
    [shape, every, layout],
  )
  return scene === null ? (
    <Loading lines={10} />
  ) : (
    <Drawing scene={scene} {...{ shape, every, found, look, focus }} />
  )
}

function Drawing({ scene, shape, every, found, look, focus }: MapProps & { readonly scene: Scene }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const surface = useRef<MapSurface | null>(null)
  const [chosen, setChosen] = useState<string | null>(focus)
  useEffect(() => {
    if (canvas.current === null) return
    const opened = openSurface(canvas.current, (at) => setChosen(at))
    surface.current = opened
    return () => opened.close()
  }, [])
  useEffect(() => surface.current?.show(scene), [scene])
  // A scene in other places has forgotten both.
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scene is what they are shown in
  useEffect(() => surface.current?.choose(chosen), [scene, chosen])
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scene is what they are shown in
  useEffect(() => surface.current?.find(found), [scene, found])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when it was asked for
  useEffect(() => {
    if (look > 0) surface.current?.lookAt([...found])
  }, [look])
  return (
    <div className="drawing">
      <canvas
        ref={canvas}
        className="map"
        tabIndex={0}
        aria-label={`Map of ${shape.nodes.length} recipes and images. Arrow keys move it, plus and minus change its size; As a list shows the same in words.`}
      />
      <div className="map-buttons">
        <button type="button" aria-label="Larger" title="Larger" onClick={() => surface.current?.zoom(1.5)}>
          +
        </button>
        <button
          type="button"
          aria-label="Smaller"
          title="Smaller"
          onClick={() => surface.current?.zoom(1 / 1.5)}
        >
          −
        </button>
        <button
          type="button"
          aria-label="All of it"
          title="All of it"
          onClick={() => surface.current?.lookAt([])}
        >
          ⤢
        </button>
      </div>
      {chosen !== null && <Chosen id={chosen} shape={shape} every={every} onClose={() => setChosen(null)} />}
    </div>
  )
}
