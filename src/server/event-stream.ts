// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises'
import type { EventBody, MillraceEvent } from '../base/index.ts'
import type { EventFeed } from './catalog.ts'

export interface StreamOptions {
  /** Events behind this number; null: only those from now on. */
  readonly after: number | null
  readonly signal: AbortSignal
  /** Between two batches: output lines come by the thousand. */
  readonly pauseMs?: number
  /** Longest silence: proxies and browsers drop connections that say nothing. */
  readonly heartbeatMs?: number
}

const PAGE = 500
/** Of one task in one batch; nobody reads more than the newest lines as they fly by. */
const MAX_LINES_OF_TASK = 6
/** A reader that is this far behind is cut off; it comes back and resumes. */
const MAX_BEHIND = 20_000
/** Not stored, so a number of theirs is nothing to resume from: after a restart it may name another event. */
const NOT_RESUMABLE: ReadonlySet<EventBody['type']> = new Set(['step.line', 'task.progressed'])

/**
 * All events behind `after`, without gap or repetition: stored ones first, then live ones, in batches; an empty batch is a heartbeat. Ends when the signal
 * aborts, or when the reader falls too far behind.
 */
export async function* followEvents(
  feed: EventFeed,
  { after, signal, pauseMs = 50, heartbeatMs = 15_000 }: StreamOptions,
): AsyncGenerator<readonly MillraceEvent[]> {
  const inbox = new Inbox(signal)
  const stop = feed.listen((event) => inbox.put(event))
  try {
    let seq = after ?? 0
    if (after !== null) {
      // What was emitted before we listened may still be on its way to the table.
      await feed.flush()
      for (let page = await feed.since(seq, PAGE); page.length > 0; page = await feed.since(seq, PAGE)) {
        if (signal.aborted) return
        yield page
        seq = page.at(-1)?.seq ?? seq
      }
    }
    while (!signal.aborted && !inbox.overflowed) {
      yield thin(inbox.take().filter((event) => event.seq > seq))
      await inbox.somethingOr(heartbeatMs)
      if (pauseMs > 0 && !signal.aborted) await setTimeout(pauseMs)
    }
  } finally {
    stop()
  }
}

/** The stream as Server-Sent Events (HTML Standard §9.2): `id` is the event's seq, `data` its JSON. */
export function answerEvents(feed: EventFeed, options: StreamOptions): Response {
  const left = new AbortController()
  const signal = AbortSignal.any([left.signal, options.signal])
  const batches = followEvents(feed, { ...options, signal })
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(encoder.encode('retry: 2000\n\n')),
    pull: async (controller) => {
      const { value, done } = await batches.next()
      if (done) controller.close()
      else controller.enqueue(encoder.encode(formatBatch(value)))
    },
    cancel: () => left.abort(),
  })
  return new Response(body, {
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
  })
}

export function formatBatch(events: readonly MillraceEvent[]): string {
  if (events.length === 0) return ': still here\n\n'
  return events
    .map((event) => {
      const id = NOT_RESUMABLE.has(event.type) ? '' : `id: ${event.seq}\n`
      return `${id}data: ${JSON.stringify(event)}\n\n`
    })
    .join('')
}

/** Leaves out lines and byte counts that newer ones in the same batch have overtaken. */
export function thin(events: readonly MillraceEvent[]): readonly MillraceEvent[] {
  const later = new Map<string, number>()
  const overtaken = (event: MillraceEvent): boolean => {
    if (event.type !== 'step.line' && event.type !== 'task.progressed') return false
    const key = `${event.type} ${event.task}`
    const count = (later.get(key) ?? 0) + 1
    later.set(key, count)
    return count > (event.type === 'step.line' ? MAX_LINES_OF_TASK : 1)
  }
  return events
    .toReversed()
    .filter((event) => !overtaken(event))
    .toReversed()
}

/** What was heard and not yet sent. */
class Inbox {
  overflowed = false
  #events: MillraceEvent[] = []
  #arrival = Promise.withResolvers<void>()
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  put(event: MillraceEvent): void {
    if (this.overflowed) return
    this.#events.push(event)
    if (this.#events.length > MAX_BEHIND) this.#events = [...thin(this.#events)]
    if (this.#events.length > MAX_BEHIND) this.overflowed = true
    this.#arrival.resolve()
  }

  take(): MillraceEvent[] {
    const taken = this.#events
    this.#events = []
    this.#arrival = Promise.withResolvers()
    return taken
  }

  /** Waits until there is something to take, the time is over, or the signal aborts. */
  async somethingOr(ms: number): Promise<void> {
    if (this.#events.length > 0 || this.#signal.aborted) return
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.#signal])
    const time = setTimeout(ms, undefined, { signal }).catch(() => {})
    await Promise.race([this.#arrival.promise, time])
    over.abort()
  }
}
