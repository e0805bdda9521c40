// SPDX-License-Identifier: Apache-2.0

/** Which part of a map is seen: a point of the map is at `x * scale + left`, `y * scale + top` on the screen. */
export interface Viewport {
  readonly left: number
  readonly top: number
  readonly scale: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

export interface Point {
  readonly x: number
  readonly y: number
}

const MIN_SCALE = 0.05
const MAX_SCALE = 2.5

export function toMap({ left, top, scale }: Viewport, { x, y }: Point): Point {
  return { x: (x - left) / scale, y: (y - top) / scale }
}

export function moved(view: Viewport, dx: number, dy: number): Viewport {
  return { ...view, left: view.left + dx, top: view.top + dy }
}

/** Larger or smaller by a factor, within limits; what is at a point of the screen stays there. */
export function zoomed(view: Viewport, factor: number, at: Point): Viewport {
  const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, view.scale * factor))
  const under = toMap(view, at)
  return { scale, left: at.x - under.x * scale, top: at.y - under.y * scale }
}

/** A rectangle of the map in the middle of the screen, as large as goes. */
export function fitted(
  screen: Size,
  box: { readonly x: number; readonly y: number } & Size,
  { padding = 46, maxScale = 1 }: { readonly padding?: number; readonly maxScale?: number } = {},
): Viewport {
  const wide = (screen.width - 2 * padding) / Math.max(1, box.width)
  const high = (screen.height - 2 * padding) / Math.max(1, box.height)
  const scale = Math.min(maxScale, Math.max(MIN_SCALE, Math.min(wide, high)))
  return {
    scale,
    left: screen.width / 2 - (box.x + box.width / 2) * scale,
    top: screen.height / 2 - (box.y + box.height / 2) * scale,
  }
}
