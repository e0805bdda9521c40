// SPDX-License-Identifier: Apache-2.0
import { Graph, layout } from '@dagrejs/dagre'

/** What is to be placed: boxes of a size, and arrows between them from left to right. */
export interface Sketch {
  readonly boxes: readonly Box[]
  readonly arrows: readonly { readonly from: string; readonly to: string }[]
}

export interface Box {
  readonly id: string
  readonly width: number
  readonly height: number
}

/** Upper left corners. */
export type Places = Readonly<Record<string, Place>>

interface Place {
  readonly x: number
  readonly y: number
}

/** Beyond this many boxes: the quicker ranker, whose pictures are a little wider, and layers that are packed. */
const MANY = 120

/** Places each box in a layer right of all that points to it, with few crossings. */
export function placeBoxes({ boxes, arrows }: Sketch): Places {
  const graph = new Graph()
  const ranker = boxes.length > MANY ? 'tight-tree' : 'network-simplex'
  graph.setGraph({ rankdir: 'LR', nodesep: 12, ranksep: 90, edgesep: 3, ranker })
  graph.setDefaultEdgeLabel(() => ({}))
  for (const { id, width, height } of boxes) graph.setNode(id, { width, height })
  for (const { from, to } of arrows) graph.setEdge(from, to)
  layout(graph)
  const centres = new Map(boxes.map(({ id }) => [id, centreOf(graph, id)]))
  if (boxes.length > MANY) return packLayers(boxes, centres)
  return Object.fromEntries(
    boxes.map(({ id, width, height }) => {
      const { x, y } = centres.get(id) ?? ORIGIN
      return [id, { x: Math.round(x - width / 2), y: Math.round(y - height / 2) }]
    }),
  )
}

const ORIGIN: Place = { x: 0, y: 0 }

function centreOf(graph: Graph, id: string): Place {
  const { x = 0, y = 0 } = graph.node(id) as Partial<Place>
  return { x, y }
}

const BETWEEN_LAYERS = 110
const BETWEEN_COLUMNS = 26
const BETWEEN_BOXES = 14
/** Width by height of the place in which pictures are shown, about. */
const ASPECT = 1.8

/**
 * Makes a picture of hundreds of boxes one that fits a screen. Long arrows keep their lanes free through every layer, which pulls the boxes far apart: here each
 * layer keeps its order and gives up the lanes, and a tall one becomes several columns.
 */
function packLayers(boxes: readonly Box[], centres: ReadonlyMap<string, Place>): Places {
  const centre = (box: Box) => centres.get(box.id) ?? ORIGIN
  const layers = [...Map.groupBy(boxes, (box) => Math.round(centre(box).x))]
    .sort(([a], [b]) => a - b)
    .map(([, layer]) => layer.toSorted((a, b) => centre(a).y - centre(b).y))
  const columns = columnsOf(layers)
  const tallest = Math.max(...columns.map(({ boxes: inside }) => heightOf(inside)))
  const places: Record<string, Place> = {}
  let x = 0
  for (const { boxes: inside, last } of columns) {
    const width = widthOf(inside)
    let y = Math.round((tallest - heightOf(inside)) / 2)
    for (const box of inside) {
      places[box.id] = { x: Math.round(x + (width - box.width) / 2), y }
      y += box.height + BETWEEN_BOXES
    }
    x += width + (last ? BETWEEN_LAYERS : BETWEEN_COLUMNS)
  }
  return places
}

interface Column {
  readonly boxes: readonly Box[]
  /** Of its layer. */
  readonly last: boolean
}

/** The fewest boxes to a column with which the whole is not too wide. */
function columnsOf(layers: readonly (readonly Box[])[]): readonly Column[] {
  const highest = Math.max(...layers.map(({ length }) => length))
  for (let size = 8; size < highest; size += 2) {
    const columns = split(layers, size)
    const width = columns.reduce(
      (sum, { boxes, last }) => sum + widthOf(boxes) + (last ? BETWEEN_LAYERS : BETWEEN_COLUMNS),
      0,
    )
    if (width <= ASPECT * Math.max(...columns.map(({ boxes }) => heightOf(boxes)))) return columns
  }
  return split(layers, highest)
}

function split(layers: readonly (readonly Box[])[], size: number): readonly Column[] {
  return layers.flatMap((layer) => {
    const count = Math.ceil(layer.length / size)
    const each = Math.ceil(layer.length / count)
    return Array.from({ length: count }, (_, index) => ({
      boxes: layer.slice(index * each, (index + 1) * each),
      last: index === count - 1,
    }))
  })
}

const widthOf = (boxes: readonly Box[]) => Math.max(...boxes.map(({ width }) => width))
const heightOf = (boxes: readonly Box[]) =>
  boxes.reduce((sum, { height }) => sum + height + BETWEEN_BOXES, -BETWEEN_BOXES)
