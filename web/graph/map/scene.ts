// SPDX-License-Identifier: Apache-2.0
import type { DistroGraph, WorkState } from '../../../src/server/api.ts'
import { nameOf } from '../use-places.ts'
import { BOX, type EdgeEnds, strokeEdges } from './edges.ts'
import type { MapLayout } from './layout.ts'
import { type Size, toMap, type Viewport } from './viewport.ts'

/** A map made ready to be drawn: everything by number. */
export interface Scene {
  readonly layout: MapLayout
  readonly labels: readonly string[]
  readonly states: readonly WorkState[]
  readonly isImage: readonly boolean[]
  readonly numberOf: ReadonlyMap<string, number>
  /** Of the edges that are drawn: who needs, and what. */
  readonly edges: EdgeEnds
  /** Of all edges there are, those that longer ways imply among them. */
  readonly every: EdgeEnds
}

export function sceneOf(shape: DistroGraph, every: DistroGraph['edges'], layout: MapLayout): Scene {
  const numberOf = new Map(layout.names.map((name, index) => [name, index]))
  const nodes = new Map(shape.nodes.map((node) => [node.id, node]))
  const ends = (edges: DistroGraph['edges']) =>
    Uint32Array.from(
      edges.flatMap(({ from, to }) => {
        const [a, b] = [numberOf.get(from), numberOf.get(to)]
        return a === undefined || b === undefined ? [] : [a, b]
      }),
    )
  return {
    layout,
    labels: layout.names.map(nameOf),
    states: layout.names.map((name) => nodes.get(name)?.state ?? 'waiting'),
    isImage: layout.names.map((name) => nodes.get(name)?.kind === 'image'),
    numberOf,
    edges: ends(shape.edges),
    every: ends(every),
  }
}

/** The colours of the page, as a canvas takes them. */
export interface Ink {
  readonly ground: string
  readonly box: string
  readonly line: string
  readonly text: string
  readonly in: string
  readonly out: string
  readonly found: string
  readonly states: Readonly<Record<WorkState, string>>
  readonly font: string
}

/** What is looked at: it and its neighbours stand out. */
export interface Attention {
  /** The number of what is pointed at or was chosen; null: none. */
  readonly at: number | null
  readonly found: ReadonlySet<number>
}

/** The number of what lies at a point of the screen; null where nothing does. */
export function numberAt(
  { layout }: Scene,
  view: Viewport,
  point: { readonly x: number; readonly y: number },
): number | null {
  const { x, y } = toMap(view, point)
  for (let at = 0; at < layout.names.length; at++)
    if (
      Math.abs((layout.x[at] ?? 0) - x) <= BOX.width / 2 &&
      Math.abs((layout.y[at] ?? 0) - y) <= BOX.height / 2
    )
      return at
  return null
}

const DIM = 0.3
/** From this scale on, names can be read. */
const READABLE = 0.42

/** Draws the names: bars when they are far, boxes with text when they are near. */
export function drawNames(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: Viewport,
  screen: Size,
  ink: Ink,
  attention: Attention,
): void {
  const near = neighboursOf(scene, attention.at)
  const dimmed = near.size > 0 || attention.found.size > 0
  const isBright = (at: number) => !dimmed || near.has(at) || attention.found.has(at)
  if (attention.at !== null) drawNear(context, scene, view, screen, ink, attention.at)
  const [width, height] = [BOX.width * view.scale, BOX.height * view.scale]
  const radius = Math.min(4, height / 4)
  const seen = visible(scene, view, screen)
  const readable = view.scale >= READABLE
  for (const bright of [false, true]) {
    const these = seen.filter((at) => isBright(at) === bright)
    context.globalAlpha = bright ? 1 : DIM
    for (const [state, group] of Map.groupBy(these, (at) => scene.states[at] ?? 'waiting')) {
      const colour = ink.states[state] ?? ink.text
      context.fillStyle = colour
      if (!readable) {
        for (const at of group) context.fillRect(...corner(scene, view, at), width, height)
        continue
      }
      // One small path each: a path of thousands of boxes takes far longer to fill than thousands of paths.
      for (const at of group) {
        const [x, y] = corner(scene, view, at)
        context.globalAlpha = 1
        context.beginPath()
        context.roundRect(
          x,
          y,
          width,
          height,
          scene.isImage[at] ? [radius, height / 2, height / 2, radius] : radius,
        )
        context.fillStyle = ink.box
        context.fill()
        context.globalAlpha = bright ? 1 : DIM
        context.strokeStyle = ink.line
        context.lineWidth = 1
        context.stroke()
        context.fillStyle = colour
        context.fillRect(x, y, Math.max(1.5, 3 * view.scale), height)
      }
    }
    context.globalAlpha = bright ? 1 : DIM
    if (readable) drawLabels(context, scene, view, these, ink)
  }
  context.globalAlpha = 1
  outline(context, scene, view, attention, ink)
}

function drawLabels(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: Viewport,
  these: readonly number[],
  ink: Ink,
): void {
  context.fillStyle = ink.text
  context.font = `${Math.round(Math.min(13, 14 * view.scale) * 10) / 10}px ${ink.font}`
  context.textBaseline = 'middle'
  const most = (BOX.width - 16) * view.scale
  for (const at of these) {
    const [x, y] = corner(scene, view, at)
    context.fillText(
      shortened(context, scene.labels[at] ?? '', most),
      x + 9 * view.scale,
      y + (BOX.height / 2) * view.scale,
    )
  }
}

/** A text cut to a width, by the width of its letters on average: exact measuring of thousands would be felt. */
function shortened(context: CanvasRenderingContext2D, text: string, most: number): string {
  const letter = Number.parseFloat(context.font) * 0.56
  const room = Math.floor(most / letter)
  return text.length <= room ? text : `${text.slice(0, Math.max(1, room - 1))}…`
}

function drawNear(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: Viewport,
  screen: Size,
  ink: Ink,
  at: number,
): void {
  context.lineWidth = 1.4
  context.globalAlpha = 0.85
  context.strokeStyle = ink.out
  strokeEdges(context, scene.layout, scene.every, view, screen, (from) => from === at)
  context.strokeStyle = ink.in
  strokeEdges(context, scene.layout, scene.every, view, screen, (_, to) => to === at)
  context.globalAlpha = 1
}

function outline(
  context: CanvasRenderingContext2D,
  scene: Scene,
  view: Viewport,
  { at, found }: Attention,
  ink: Ink,
): void {
  const [width, height] = [BOX.width * view.scale, BOX.height * view.scale]
  context.lineWidth = 2
  const around = (one: number, colour: string) => {
    const [x, y] = corner(scene, view, one)
    context.strokeStyle = colour
    context.strokeRect(x - 2, y - 2, width + 4, height + 4)
  }
  for (const one of found) around(one, ink.found)
  if (at !== null) around(at, ink.in)
}

export function neighboursOf({ every }: Scene, at: number | null): ReadonlySet<number> {
  const near = new Set<number>()
  if (at === null) return near
  near.add(at)
  for (let index = 0; index < every.length; index += 2) {
    const [from = 0, to = 0] = [every[index], every[index + 1]]
    if (from === at) near.add(to)
    else if (to === at) near.add(from)
  }
  return near
}

function corner({ layout }: Scene, view: Viewport, at: number): [number, number] {
  return [
    ((layout.x[at] ?? 0) - BOX.width / 2) * view.scale + view.left,
    ((layout.y[at] ?? 0) - BOX.height / 2) * view.scale + view.top,
  ]
}

function visible({ layout }: Scene, view: Viewport, screen: Size): number[] {
  const [from, to] = [toMap(view, { x: 0, y: 0 }), toMap(view, { x: screen.width, y: screen.height })]
  const seen: number[] = []
  for (let at = 0; at < layout.names.length; at++) {
    const [x, y] = [layout.x[at] ?? 0, layout.y[at] ?? 0]
    if (
      x + BOX.width / 2 < from.x ||
      x - BOX.width / 2 > to.x ||
      y + BOX.height / 2 < from.y ||
      y - BOX.height / 2 > to.y
    )
      continue
    seen.push(at)
  }
  return seen
}
