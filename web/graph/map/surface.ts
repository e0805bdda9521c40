// SPDX-License-Identifier: Apache-2.0
import { BOX, drawEdges } from './edges.ts'
import type { EdgePicture, EdgesAsked, EdgesOf } from './edges.worker.ts'
import { type Attention, drawNames, type Ink, numberAt, type Scene } from './scene.ts'
import { fitted, moved, type Point, type Size, type Viewport, zoomed } from './viewport.ts'

/** The canvas of a map, and the hand on it. */
export interface MapSurface {
  /** A scene in other places is shown from its beginning; one in the same places stays where it is. */
  show(scene: Scene): void
  choose(name: string | null): void
  find(names: ReadonlySet<string>): void
  /** Goes to these; to the whole when there are none. */
  lookAt(names: readonly string[]): void
  zoom(factor: number): void
  close(): void
}

/** Edges are drawn anew so long after the last movement; until then, the last picture of them moves along. */
const SETTLED_MS = 90
/** So few edges are quick enough to be drawn in each frame. */
const FEW_EDGES = 800
const PAN_STEP = 80

export function openSurface(canvas: HTMLCanvasElement, onChoose: (name: string | null) => void): MapSurface {
  return new Surface(canvas, onChoose)
}

class Surface implements MapSurface {
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #onChoose: (name: string | null) => void
  readonly #stop = new AbortController()
  readonly #resized: ResizeObserver
  #ink: Ink
  #scene: Scene | null = null
  #view: Viewport = { left: 0, top: 0, scale: 1 }
  #screen: Size = { width: 0, height: 0 }
  /** Of another scene or other colours: null. */
  #edges: EdgePicture | null = null
  #turn = 0
  readonly #drawer: Worker
  #pointed: number | null = null
  #chosen: number | null = null
  #found: ReadonlySet<number> = new Set()
  #frame = 0
  #timer = 0

  constructor(canvas: HTMLCanvasElement, onChoose: (name: string | null) => void) {
    this.#canvas = canvas
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('this browser has no canvas')
    this.#context = context
    this.#onChoose = onChoose
    this.#ink = inkOf(canvas)
    this.#drawer = new Worker(new URL('./edges.worker.ts', import.meta.url), { type: 'module' })
    this.#drawer.addEventListener('message', ({ data }: MessageEvent<EdgePicture>) => this.#takePicture(data))
    this.#resized = new ResizeObserver(() => this.#fitScreen())
    this.#resized.observe(canvas)
    this.#fitScreen()
    this.#listen()
  }

  show(scene: Scene): void {
    const same = this.#scene?.layout === scene.layout
    this.#scene = scene
    const { layout, edges: ends } = scene
    this.#drawer.postMessage({ places: { x: layout.x, y: layout.y }, ends } satisfies EdgesOf)
    if (!same) {
      this.#forgetPicture()
      this.#pointed = null
      this.#found = new Set()
      this.#chosen = null
      this.lookAt([])
    } else this.#settle()
  }

  choose(name: string | null): void {
    this.#chosen = this.#numberOf(name)
    this.#draw()
  }

  find(names: ReadonlySet<string>): void {
    this.#found = new Set([...names].map((name) => this.#numberOf(name)).filter((at) => at !== null))
    this.#draw()
  }

  lookAt(names: readonly string[]): void {
    if (this.#scene === null) return
    const { layout } = this.#scene
    const these = names.map((name) => this.#numberOf(name)).filter((at) => at !== null)
    if (these.length === 0)
      this.#go(fitted(this.#screen, { x: 0, y: 0, width: layout.width, height: layout.height }))
    else {
      const [xs, ys] = [these.map((at) => layout.x[at] ?? 0), these.map((at) => layout.y[at] ?? 0)]
      const [x, y] = [Math.min(...xs) - BOX.width, Math.min(...ys) - 4 * BOX.height]
      const [width, height] = [Math.max(...xs) + BOX.width - x, Math.max(...ys) + 4 * BOX.height - y]
      this.#go(fitted(this.#screen, { x, y, width, height }))
    }
  }

  zoom(factor: number): void {
    this.#go(zoomed(this.#view, factor, { x: this.#screen.width / 2, y: this.#screen.height / 2 }))
  }

  close(): void {
    this.#stop.abort()
    this.#resized.disconnect()
    this.#drawer.terminate()
    this.#forgetPicture()
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#timer)
  }

  #numberOf(name: string | null): number | null {
    return name === null ? null : (this.#scene?.numberOf.get(name) ?? null)
  }

  #go(view: Viewport): void {
    this.#view = view
    this.#draw()
    this.#settle()
  }

  #settle(): void {
    clearTimeout(this.#timer)
    this.#timer = window.setTimeout(() => this.#askPicture(), this.#edges === null ? 0 : SETTLED_MS)
  }

  /** Whatever was asked before is no longer wanted. */
  #askPicture(): void {
    if (this.#scene === null || this.#isFew) return
    this.#turn++
    this.#drawer.postMessage({
      ...{ turn: this.#turn, view: this.#view, screen: this.#screen },
      ...{ ratio: devicePixelRatio, colour: this.#ink.line },
    } satisfies EdgesAsked)
  }

  #takePicture(picture: EdgePicture): void {
    if (picture.turn === this.#turn) {
      this.#forgetPicture()
      this.#edges = picture
      this.#draw()
    } else picture.picture.close()
  }

  #forgetPicture(): void {
    this.#edges?.picture.close()
    this.#edges = null
  }

  get #isFew(): boolean {
    return this.#scene !== null && this.#scene.edges.length / 2 <= FEW_EDGES
  }

  #fitScreen(): void {
    const { clientWidth: width, clientHeight: height } = this.#canvas
    const first = this.#screen.width === 0
    this.#screen = { width, height }
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(height * devicePixelRatio)
    if (first) this.lookAt([])
    else {
      this.#draw()
      this.#settle()
    }
  }

  #draw(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#paint())
  }

  #paint(): void {
    const [context, scene, screen] = [this.#context, this.#scene, this.#screen]
    if (scene === null || screen.width === 0) return
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    context.fillStyle = this.#ink.ground
    context.fillRect(0, 0, screen.width, screen.height)
    if (this.#isFew) {
      const { layout: places, edges: ends } = scene
      drawEdges(context, { places, ends, colour: this.#ink.line }, this.#view, screen)
    } else if (this.#edges !== null) placePicture(context, this.#edges, this.#view)
    const attention: Attention = { at: this.#pointed ?? this.#chosen, found: this.#found }
    drawNames(context, scene, this.#view, screen, this.#ink, attention)
  }

  #listen(): void {
    const { signal } = this.#stop
    const on = <K extends keyof HTMLElementEventMap>(
      type: K,
      listener: (event: HTMLElementEventMap[K]) => void,
      passive = true,
    ) => this.#canvas.addEventListener(type, listener, { signal, passive })
    const hands = new Map<number, Point>()
    let far = false
    on('pointerdown', (event) => {
      this.#canvas.setPointerCapture(event.pointerId)
      hands.set(event.pointerId, pointOf(event))
      far = hands.size > 1
    })
    on('pointermove', (event) => {
      const point = pointOf(event)
      const before = hands.get(event.pointerId)
      if (before === undefined) return this.#point(point)
      const other = [...hands].find(([id]) => id !== event.pointerId)?.[1]
      hands.set(event.pointerId, point)
      if (other !== undefined) {
        const middle = { x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 }
        this.#go(zoomed(this.#view, distance(point, other) / Math.max(1, distance(before, other)), middle))
      } else if (far || distance(before, point) > 3) {
        far = true
        this.#go(moved(this.#view, point.x - before.x, point.y - before.y))
      } else hands.set(event.pointerId, before)
    })
    on('pointerup', (event) => {
      hands.delete(event.pointerId)
      if (!far) this.#choose(pointOf(event))
    })
    on('pointercancel', (event) => hands.delete(event.pointerId))
    on('pointerleave', () => {
      this.#pointed = null
      this.#draw()
    })
    on(
      'wheel',
      (event) => {
        event.preventDefault()
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
        this.#go(zoomed(this.#view, Math.exp(-event.deltaY * lines * 0.0016), pointOf(event)))
      },
      false,
    )
    on('keydown', (event) => this.#onKey(event), false)
    const repaint = () => {
      this.#ink = inkOf(this.#canvas)
      this.#draw()
      this.#settle()
    }
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaint, { signal })
    const themes = new MutationObserver(repaint)
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] })
    signal.addEventListener('abort', () => themes.disconnect())
  }

  #onKey(event: KeyboardEvent): void {
    const step = KEYS[event.key]
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    if ('factor' in step) this.zoom(step.factor)
    else this.#go(moved(this.#view, step.x, step.y))
  }

  #point(point: Point): void {
    const at = this.#scene === null ? null : numberAt(this.#scene, this.#view, point)
    if (at === this.#pointed) return
    this.#pointed = at
    this.#canvas.style.cursor = at === null ? '' : 'pointer'
    this.#canvas.title = at === null ? '' : (this.#scene?.labels[at] ?? '')
    this.#draw()
  }

  #choose(point: Point): void {
    const at = this.#scene === null ? null : numberAt(this.#scene, this.#view, point)
    this.#onChoose(at === null ? null : (this.#scene?.layout.names[at] ?? null))
  }
}

const KEYS: Readonly<Record<string, Point | { readonly factor: number }>> = {
  ArrowLeft: { x: PAN_STEP, y: 0 },
  ArrowRight: { x: -PAN_STEP, y: 0 },
  ArrowUp: { x: 0, y: PAN_STEP },
  ArrowDown: { x: 0, y: -PAN_STEP },
  '+': { factor: 1.3 },
  '=': { factor: 1.3 },
  '-': { factor: 1 / 1.3 },
}

const pointOf = ({ offsetX, offsetY }: MouseEvent): Point => ({ x: offsetX, y: offsetY })
const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y)

function placePicture(
  context: CanvasRenderingContext2D,
  { picture, view: was, size }: EdgePicture,
  view: Viewport,
): void {
  const factor = view.scale / was.scale
  context.drawImage(
    picture,
    view.left - was.left * factor,
    view.top - was.top * factor,
    size.width * factor,
    size.height * factor,
  )
}

/** The page's colours, said out: a canvas knows no variables. */
function inkOf(canvas: HTMLCanvasElement): Ink {
  const probe = document.createElement('span')
  canvas.parentElement?.append(probe)
  const colour = (name: string) => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  /** A picture that is nearly all done is not to shout it. */
  const soft = (name: string, percent: number) => {
    probe.style.color = `color-mix(in oklab, var(--${name}) ${percent}%, var(--line-strong))`
    return getComputedStyle(probe).color
  }
  const ink: Ink = {
    ground: colour('surface'),
    box: colour('raised'),
    line: colour('line-strong'),
    text: colour('text'),
    in: colour('accent'),
    out: colour('warn'),
    found: colour('warn'),
    states: {
      done: soft('good', 55),
      running: colour('run'),
      failed: colour('bad'),
      waiting: soft('idle', 35),
    },
    font: getComputedStyle(canvas).fontFamily,
  }
  probe.remove()
  return ink
}
