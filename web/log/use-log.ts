// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from 'react'
import { ask } from '../api.ts'
import { LogLines } from './log-text.ts'

export interface LogState {
  /** Grows in place while the log comes; a new LogState tells that it did. */
  readonly lines: readonly string[]
  readonly done: boolean
  readonly error: Error | null
}

const DRAW_EVERY_MS = 120
const NOTHING: LogState = { lines: [], done: false, error: null }

/** The log at `path`, as it comes: a log of many megabytes is readable from its first. `path` null: none is wanted. */
export function useLog(path: string | null): LogState {
  const [state, setState] = useState(NOTHING)
  useEffect(() => {
    setState(NOTHING)
    if (path === null) return
    const left = new AbortController()
    const log = new LogLines()
    const show = (done: boolean, error: Error | null = null) => {
      if (!left.signal.aborted) setState({ lines: log.lines, done, error })
    }
    readInto(log, path, left.signal, () => show(false)).then(
      () => show(true),
      (error: Error) => show(true, error),
    )
    return () => left.abort()
  }, [path])
  return state
}

async function readInto(log: LogLines, path: string, signal: AbortSignal, onMore: () => void): Promise<void> {
  const { body } = await ask(path, signal)
  if (body === null) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let drawnMs = 0
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    log.add(piece.value)
    if (performance.now() - drawnMs < DRAW_EVERY_MS) continue
    drawnMs = performance.now()
    onMore()
  }
  log.end()
}
