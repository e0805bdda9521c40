// SPDX-License-Identifier: Apache-2.0
import type { Edges } from '../../../src/recipe/graph/edges.ts'
import { reversed } from '../../../src/recipe/graph/edges.ts'
import { levelsOf } from '../../../src/recipe/graph/levels.ts'

/** Where each name of a large graph is: the middle of its cell. */
export interface MapLayout {
  readonly names: readonly string[]
  readonly x: Float32Array
  readonly y: Float32Array
  readonly width: number
  readonly height: number
}

export const CELL = { width: 168, height: 26 } as const
const BETWEEN_LEVELS = 120
/** Width by height of the place in which maps are shown, about. */
const ASPECT = 1.7
const SWEEPS = 4

/**
 * Places thousands of names: a level is a band of columns, what is needed stands left, and inside a level each name is at the height of what it is joined with. The layers and barycentres of
 * K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical system structures" (1981), with cells in place of lanes for long edges, which would pull the whole apart.
 */
export function layoutMap(edges: Edges): MapLayout {
  const levels = orderedLevels(edges)
  const rows = rowsFor(levels)
  const names: string[] = []
  const [xs, ys]: [number[], number[]] = [[], []]
  let left = 0
  for (const level of levels) {
    const columns = Math.ceil(level.length / rows)
    const perColumn = Math.ceil(level.length / columns)
    for (const [index, name] of level.entries()) {
      // Along the height, then across: neighbours in the order stay neighbours in the picture.
      const [row, column] = [Math.floor(index / columns), index % columns]
      names.push(name)
      xs.push(left + (column + 0.5) * CELL.width)
      ys.push((row + 0.5 + (rows - perColumn) / 2) * CELL.height)
    }
    left += columns * CELL.width + BETWEEN_LEVELS
  }
  return {
    names,
    x: Float32Array.from(xs),
    y: Float32Array.from(ys),
    width: Math.max(CELL.width, left - BETWEEN_LEVELS),
    height: rows * CELL.height,
  }
}

function orderedLevels(edges: Edges): readonly (readonly string[])[] {
  const levels = levelsOf(edges)
  const back = reversed(edges)
  const height = new Map<string, number>()
  const spread = (level: readonly string[]) => {
    for (const [index, name] of level.entries()) height.set(name, (index + 0.5) / level.length)
  }
  levels.forEach(spread)
  const sort = (level: string[], next: Edges) => {
    const middle = new Map(level.map((name) => [name, barycentre(name, next, height)]))
    level.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0))
    spread(level)
  }
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (const level of levels) sort(level, edges)
    for (const level of levels.toReversed()) sort(level, back)
  }
  return levels
}

function barycentre(name: string, next: Edges, height: ReadonlyMap<string, number>): number {
  let [sum, count] = [0, 0]
  for (const other of next.get(name) ?? []) [sum, count] = [sum + (height.get(other) ?? 0.5), count + 1]
  return count === 0 ? (height.get(name) ?? 0.5) : sum / count
}

/** The fewest rows with which the whole is not too wide. */
function rowsFor(levels: readonly (readonly string[])[]): number {
  const highest = Math.max(1, ...levels.map(({ length }) => length))
  for (let rows = 6; rows < highest; rows += 2) {
    const columns = levels.reduce((sum, { length }) => sum + Math.ceil(length / rows), 0)
    const width = columns * CELL.width + (levels.length - 1) * BETWEEN_LEVELS
    if (width <= ASPECT * rows * CELL.height) return rows
  }
  return highest
}
