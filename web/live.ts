// SPDX-License-Identifier: Apache-2.0
import type { MillraceEvent } from '../src/base/events.ts'
import { INITIAL_PROGRESS, type ProgressState, reduce } from '../src/base/progress.ts'

/** `lost`: what is shown is what was known last, and the page tries to come back. */
export type Link = 'connecting' | 'live' | 'lost'

export interface LiveState {
  readonly progress: ProgressState
  readonly link: Link
  /** What the factory's clock is ahead of this browser's, in milliseconds. */
  readonly skewMs: number
}

/** The part of the browser's EventSource that is needed. */
export interface Stream {
  onopen: (() => void) | null
  onerror: (() => void) | null
  onmessage: ((message: { readonly data: string }) => void) | null
  close(): void
}

export interface LiveServices {
  /** The state to begin with, and the server's time where it tells it. */
  readonly load: (signal: AbortSignal) => Promise<{ state: ProgressState; serverMs: number | null }>
  readonly open: (path: string) => Stream
  /** Hears which facts came in, at most once a batch, to ask anew for what they made stale. */
  readonly onFacts: (types: ReadonlySet<MillraceEvent['type']>) => void
}

export interface Live {
  readonly get: () => LiveState
  readonly subscribe: (listener: () => void) => () => void
  readonly stop: () => void
}

/** Lines come by the hundred a second, and no eye reads more often than this. */
const BATCH_MS = 80
const FIRST_RETRY_MS = 1000
const MAX_RETRY_MS = 15_000
/** A clock that differs by less is not worth a correction: the header tells whole seconds. */
const TELLING_SKEW_MS = 2000

/** Follows what the factory does: the whole state once, then every event behind it, for as long as the page is open. */
export function startLive(services: LiveServices): Live {
  const live = new LiveProgress(services)
  void live.connect()
  return live
}

class LiveProgress implements Live {
  readonly #f: LiveServices
  readonly #listeners = new Set<() => void>()
  readonly #stopped = new AbortController()
  #current: LiveState = { progress: INITIAL_PROGRESS, link: 'connecting', skewMs: 0 }
  #pending: MillraceEvent[] = []
  #batch: ReturnType<typeof setTimeout> | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #retryMs = FIRST_RETRY_MS
  #stream: Stream | undefined

  constructor(services: LiveServices) {
    this.#f = services
  }

  get = (): LiveState => this.#current

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  stop = (): void => {
    this.#stopped.abort()
    clearTimeout(this.#batch)
    clearTimeout(this.#retry)
    this.#stream?.close()
  }

  async connect(): Promise<void> {
    const { signal } = this.#stopped
    try {
      const { state, serverMs } = await this.#f.load(signal)
      const skewMs = serverMs === null ? 0 : serverMs - Date.now()
      this.#set({ progress: state, skewMs: Math.abs(skewMs) < TELLING_SKEW_MS ? 0 : skewMs })
    } catch {
      this.#comeBack()
      return
    }
    if (signal.aborted) return
    const stream = this.#f.open(`/api/events?after=${this.#current.progress.seq}`)
    stream.onopen = () => this.#arrive()
    stream.onmessage = ({ data }) => this.#hear(data)
    // The browser would resume by itself with Last-Event-ID; the whole state anew also covers what is never stored.
    stream.onerror = () => this.#comeBack()
    this.#stream = stream
  }

  #arrive(): void {
    const wasLost = this.#current.link === 'lost'
    this.#retryMs = FIRST_RETRY_MS
    this.#set({ link: 'live' })
    if (wasLost) this.#f.onFacts(new Set(['task.ended', 'index.published']))
  }

  #hear(data: string): void {
    const event = parseEvent(data)
    if (event === null) return
    this.#pending.push(event)
    this.#batch ??= setTimeout(() => this.#takePending(), BATCH_MS)
  }

  #takePending(): void {
    const events = this.#pending
    this.#pending = []
    this.#batch = undefined
    this.#set({ progress: events.reduce(reduce, this.#current.progress) })
    this.#f.onFacts(new Set(events.map(({ type }) => type)))
  }

  #comeBack(): void {
    if (this.#stopped.signal.aborted) return
    this.#stream?.close()
    // Events of a run that is over would begin it anew.
    clearTimeout(this.#batch)
    this.#batch = undefined
    this.#pending = []
    this.#set({ link: 'lost' })
    this.#retry = setTimeout(() => void this.connect(), this.#retryMs)
    this.#retryMs = Math.min(MAX_RETRY_MS, this.#retryMs * 2)
  }

  #set(change: Partial<LiveState>): void {
    this.#current = { ...this.#current, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function parseEvent(data: string): MillraceEvent | null {
  try {
    return JSON.parse(data) as MillraceEvent
  } catch {
    return null
  }
}
