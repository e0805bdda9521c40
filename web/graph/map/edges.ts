// SPDX-License-Identifier: Apache-2.0
import { CELL, type MapLayout } from './layout.ts'
import type { Size, Viewport } from './viewport.ts'

/** Two numbers an edge: who needs, and what is needed. */
export type EdgeEnds = Uint32Array

export const BOX = { width: CELL.width - 18, height: CELL.height - 6 } as const

export type Pencil = Pick<
  CanvasRenderingContext2D,
  'beginPath' | 'moveTo' | 'bezierCurveTo' | 'stroke' | 'strokeStyle' | 'lineWidth' | 'globalAlpha'
>

/** What places edges: where the names they join are. */
export type Places = Pick<MapLayout, 'x' | 'y'>

/** Draws the edges that are seen: curves from what is needed, on the left, to who needs it. */
export function drawEdges(
  context: Pencil,
  { places, ends, colour }: { readonly places: Places; readonly ends: EdgeEnds; readonly colour: string },
  view: Viewport,
  screen: Size,
): void {
  context.strokeStyle = colour
  context.lineWidth = Math.max(0.35, Math.min(1, view.scale * 1.2))
  context.globalAlpha = Math.min(0.6, 0.3 + view.scale * 0.4)
  strokeEdges(context, places, ends, view, screen, () => true)
  context.globalAlpha = 1
}

/** A path of thousands of curves takes far longer to stroke than many short ones. */
const AT_ONCE = 48

export function strokeEdges(
  context: Pencil,
  { x, y }: Places,
  ends: EdgeEnds,
  { left, top, scale }: Viewport,
  screen: Size,
  isIt: (from: number, to: number) => boolean,
): void {
  const half = (BOX.width / 2) * scale
  let drawn = 0
  context.beginPath()
  for (let index = 0; index < ends.length; index += 2) {
    const [from = 0, to = 0] = [ends[index], ends[index + 1]]
    if (!isIt(from, to)) continue
    const [x1, y1] = [(x[to] ?? 0) * scale + left + half, (y[to] ?? 0) * scale + top]
    const [x2, y2] = [(x[from] ?? 0) * scale + left - half, (y[from] ?? 0) * scale + top]
    if (Math.max(x1, x2) < 0 || Math.min(x1, x2) > screen.width) continue
    if (Math.max(y1, y2) < 0 || Math.min(y1, y2) > screen.height) continue
    const bend = Math.max(20 * scale, Math.abs(x2 - x1) / 2)
    context.moveTo(x1, y1)
    context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2)
    if (++drawn % AT_ONCE !== 0) continue
    context.stroke()
    context.beginPath()
  }
  context.stroke()
}
