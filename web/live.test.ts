// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { EventBody, MillraceEvent } from '../src/base/events.ts'
import { INITIAL_PROGRESS, type ProgressState } from '../src/base/progress.ts'
import { type Live, type LiveServices, type Stream, startLive } from './live.ts'

const event = (seq: number, body: EventBody, run = 'one'): MillraceEvent => ({
  ...body,
  seq,
  run,
  at: '2026-11-22T09:00:00.000Z',
})
const started = (task: string): EventBody => ({ type: 'task.started', task, kind: 'build', subject: task })

class FakeStream implements Stream {
  closed = false
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  onmessage: ((message: { readonly data: string }) => void) | null = null
  readonly path: string
  constructor(path: string) {
    this.path = path
  }
  tell(...events: readonly MillraceEvent[]) {
    for (const one of events) this.onmessage?.({ data: JSON.stringify(one) })
  }
  close() {
    this.closed = true
  }
}

let live: Live | undefined
let streams: FakeStream[]
let facts: string[]

function start(states: readonly (ProgressState | Error)[], serverMs: number | null = null): Live {
  let turn = 0
  const load: LiveServices['load'] = async () => {
    const state = states[Math.min(turn++, states.length - 1)]
    if (state === undefined || state instanceof Error) throw state
    return { state, serverMs }
  }
  live = startLive({
    load,
    open: (path) => {
      const stream = new FakeStream(path)
      streams.push(stream)
      return stream
    },
    onFacts: (types) => facts.push([...types].join(' ')),
  })
  return live
}
const running = () => live?.get().progress.running.map(({ task }) => task)
const known: ProgressState = { ...INITIAL_PROGRESS, run: 'one', seq: 7 }

beforeEach(() => {
  vi.useFakeTimers()
  streams = []
  facts = []
})
afterEach(() => {
  live?.stop()
  vi.useRealTimers()
})

describe('the live state', () => {
  it('begins with the whole and goes on behind it', async () => {
    start([known])
    await vi.advanceTimersByTimeAsync(0)
    expect(streams.map(({ path }) => path)).toEqual(['/api/events?after=7'])
    expect(live?.get().link).toBe('connecting')
    streams[0]?.onopen?.()
    expect(live?.get().link).toBe('live')
  })

  it('takes many events as one change', async () => {
    const { subscribe } = start([known])
    await vi.advanceTimersByTimeAsync(0)
    let changes = 0
    subscribe(() => changes++)
    streams[0]?.tell(event(8, started('a')), event(9, started('b')))
    streams[0]?.onmessage?.({ data: 'no JSON' })
    await vi.advanceTimersByTimeAsync(100)
    expect([running(), changes, facts]).toEqual([['a', 'b'], 1, ['task.started']])
  })

  it('comes back after a break with the whole state, and tells that much may have happened', async () => {
    start([known, { ...known, run: 'two', seq: 90 }])
    await vi.advanceTimersByTimeAsync(0)
    streams[0]?.onopen?.()
    streams[0]?.tell(event(8, started('of the old run')))
    streams[0]?.onerror?.()
    expect([live?.get().link, streams[0]?.closed]).toEqual(['lost', true])
    await vi.advanceTimersByTimeAsync(1000)
    expect(streams[1]?.path).toBe('/api/events?after=90')
    streams[1]?.onopen?.()
    await vi.advanceTimersByTimeAsync(100)
    expect([live?.get().link, live?.get().progress.run, running()]).toEqual(['live', 'two', []])
    expect(facts).toEqual(['task.ended index.published'])
  })

  it('tries less and less often while nobody answers, and stops when told', async () => {
    start([new Error('refused')])
    let tries = 0
    const { subscribe } = live as Live
    subscribe(() => tries++)
    await vi.advanceTimersByTimeAsync(59_000)
    expect(tries).toBe(7)
    live?.stop()
    await vi.advanceTimersByTimeAsync(60_000)
    expect([tries, streams.length]).toEqual([7, 0])
  })

  it.each([
    ['is corrected when it tells', 60_000, 60_000],
    ['is left alone when it is within what whole seconds hide', 900, 0],
  ])('a clock that differs %s', async (_, ahead, want) => {
    start([known], Date.now() + ahead)
    await vi.advanceTimersByTimeAsync(0)
    expect(live?.get().skewMs).toBe(want)
  })
})
