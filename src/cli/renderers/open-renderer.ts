// SPDX-License-Identifier: Apache-2.0
import type { WriteStream } from 'node:tty'
import { createLogUpdate } from 'log-update'
import { type Clock, INITIAL_PROGRESS, type MillraceEvent, reduce } from '../../base/index.ts'
import { factOf } from './facts.ts'
import { renderJsonl } from './jsonl.ts'
import { renderPlain } from './plain.ts'
import { paintFor } from './text.ts'
import { renderFact, renderTree } from './tty.ts'

/** Shows events as they come. Close it before anything else is printed: the picture of what runs goes away, the facts stay. */
export interface Renderer extends Disposable {
  show(event: MillraceEvent): void
}

export type RendererMode = 'tty' | 'plain' | 'jsonl'

export interface RendererOptions {
  readonly stream: NodeJS.WritableStream & Partial<Pick<WriteStream, 'columns' | 'rows' | 'isTTY'>>
  readonly clock: Clock
  /** Default: a live picture on a terminal, lines elsewhere. */
  readonly mode?: RendererMode | undefined
}

const DRAW_EVERY_MS = 100
/** While nothing happens, the clocks in the picture still go. */
const REDRAW_AFTER_MS = 1000

export function openRenderer({ stream, clock, mode }: RendererOptions): Renderer {
  const chosen = mode ?? (stream.isTTY ? 'tty' : 'plain')
  if (chosen === 'tty') return openPicture(stream, clock)
  return openLines(stream, chosen)
}

function openLines(stream: NodeJS.WritableStream, mode: 'plain' | 'jsonl'): Renderer {
  let state = INITIAL_PROGRESS
  return {
    show: (event) => {
      const text = mode === 'jsonl' ? renderJsonl(event) : renderPlain(event, state)
      state = reduce(state, event)
      if (text !== null) stream.write(`${text}\n`)
    },
    [Symbol.dispose]: () => {},
  }
}

function openPicture(stream: RendererOptions['stream'], clock: Clock): Renderer {
  const picture = createLogUpdate(stream)
  const paint = paintFor(stream)
  let state = INITIAL_PROGRESS
  let drawn = { state, atMs: 0 }
  const draw = () => {
    const nowMs = clock.now()
    if (drawn.state === state && nowMs - drawn.atMs < REDRAW_AFTER_MS) return
    picture(renderTree(state, { nowMs, columns: stream.columns ?? 80, rows: stream.rows ?? 24, paint }))
    drawn = { state, atMs: nowMs }
  }
  const redraw = () => {
    drawn = { state: INITIAL_PROGRESS, atMs: 0 }
    draw()
  }
  const timer = setInterval(draw, DRAW_EVERY_MS)
  stream.on('resize', redraw)
  return {
    show: (event) => {
      const fact = factOf(event, state)
      state = reduce(state, event)
      if (fact?.lasting) picture.persist(renderFact(fact, { columns: stream.columns ?? 80, paint }))
    },
    [Symbol.dispose]: () => {
      clearInterval(timer)
      stream.off('resize', redraw)
      picture.clear()
      picture.done()
    },
  }
}
