// SPDX-License-Identifier: Apache-2.0
import { drawEdges, type EdgeEnds, type Places } from './edges.ts'
import { moved, type Size, type Viewport } from './viewport.ts'

/** What is to be drawn from now on. */
export interface EdgesOf {
  readonly places: Places
  readonly ends: EdgeEnds
}

/** Where they are to be seen from. */
export interface EdgesAsked {
  readonly turn: number
  readonly view: Viewport
  readonly screen: Size
  readonly ratio: number
  readonly colour: string
}

/** Edges as they are seen from some place, and from half a screen around it: there is something to move into. */
export interface EdgePicture {
  readonly turn: number
  readonly picture: ImageBitmap
  readonly view: Viewport
  readonly size: Size
}

const AROUND = 0.5
let known: EdgesOf | undefined

/** Tens of thousands of curves take longer than a frame: they are drawn beside the page, which stays awake. */
addEventListener('message', ({ data }: MessageEvent<EdgesOf | EdgesAsked>) => {
  if ('places' in data) known = data
  else if (known !== undefined) {
    const answer = pictureOf(known, data)
    if (answer !== null) postMessage(answer, { transfer: [answer.picture] })
  }
})

function pictureOf(edges: EdgesOf, { turn, view, screen, ratio, colour }: EdgesAsked): EdgePicture | null {
  const size = { width: screen.width * (1 + 2 * AROUND), height: screen.height * (1 + 2 * AROUND) }
  const canvas = new OffscreenCanvas(Math.ceil(size.width * ratio), Math.ceil(size.height * ratio))
  const context = canvas.getContext('2d')
  if (context === null) return null
  context.scale(ratio, ratio)
  const shifted = moved(view, screen.width * AROUND, screen.height * AROUND)
  drawEdges(context, { ...edges, colour }, shifted, size)
  return { turn, picture: canvas.transferToImageBitmap(), view: shifted, size }
}
