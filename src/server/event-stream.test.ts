// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { literalFeed, literalServices } from '../../test/support/literal-catalog.ts'
import type { EventBody, MillraceEvent } from '../base/index.ts'
import { followEvents, formatBatch, thin } from './event-stream.ts'
import { makeApp, openAssets } from './index.ts'

const notice = (seq: number): MillraceEvent =>
  stamp(seq, { type: 'notice.raised', level: 'info', text: `${seq}` })
const line = (seq: number, task = 'a'): MillraceEvent =>
  stamp(seq, { type: 'step.line', task, stream: 'stdout', text: `${seq}` })

function stamp(seq: number, body: EventBody): MillraceEvent {
  return { ...body, seq, at: '2026-11-22T09:00:00.000Z', run: 'one' }
}

/** The numbers of the events heard, until `count` of them are there. */
async function hear(
  events: AsyncIterable<readonly MillraceEvent[]>,
  count: number,
  onBatch: () => void = () => {},
): Promise<number[]> {
  const heard: number[] = []
  for await (const batch of events) {
    heard.push(...batch.map(({ seq }) => seq))
    onBatch()
    if (heard.length >= count) break
  }
  return heard
}

const options = (after: number | null, signal = new AbortController().signal) => ({
  after,
  signal,
  pauseMs: 0,
  heartbeatMs: 5,
})

describe('the event stream', () => {
  it('resumes behind the last event seen and goes on live, without gap or repetition', async () => {
    const feed = literalFeed(Array.from({ length: 1200 }, (_, index) => notice(index + 1)))
    let next = 1201
    const heard = await hear(followEvents(feed, options(100)), 1110, () => {
      if (next < 1220) feed.tell(notice(next++))
    })
    expect(heard.slice(0, 1110)).toEqual(Array.from({ length: 1110 }, (_, index) => index + 101))
  })

  it('does not lose what was emitted before it listened and is not stored yet', async () => {
    const feed = literalFeed([notice(1)])
    const late = { ...feed, flush: async () => feed.tell(notice(2)) }
    expect(await hear(followEvents(late, options(0)), 2)).toEqual([1, 2])
  })

  it('hears only what comes when asked for nothing older', async () => {
    const feed = literalFeed([notice(1), notice(2)])
    const heard = await hear(followEvents(feed, options(null)), 1, () => feed.tell(notice(3)))
    expect(heard[0]).toBe(3)
  })

  it('says that it is alive when nothing happens', async () => {
    const batches = followEvents(literalFeed(), options(null))
    await batches.next()
    expect((await batches.next()).value).toEqual([])
    await batches.return(undefined)
    expect(formatBatch([])).toBe(': still here\n\n')
  })

  it('ends when it is told to stop, and listens no more', async () => {
    const stop = new AbortController()
    let listening = 0
    const feed = literalFeed()
    const counted = {
      ...feed,
      listen: (listener: (event: MillraceEvent) => void) => {
        listening++
        const end = feed.listen(listener)
        return () => {
          listening--
          end()
        }
      },
    }
    const batches = followEvents(counted, { ...options(null, stop.signal), heartbeatMs: 60_000 })
    await batches.next()
    expect(listening).toBe(1)
    const waiting = batches.next()
    stop.abort()
    await waiting
    expect((await batches.next()).done).toBe(true)
    expect(listening).toBe(0)
  })

  it('cuts off a reader that is too far behind', async () => {
    const feed = literalFeed()
    const batches = followEvents(feed, options(null))
    await batches.next()
    for (let seq = 1; seq <= 20_001; seq++) feed.tell(notice(seq))
    const rest = await Array.fromAsync(batches)
    expect(rest.flat().length).toBeLessThanOrEqual(20_001)
  })

  it('leaves out lines that newer ones have overtaken, and nothing else', () => {
    const events = [
      notice(1),
      ...Array.from({ length: 50 }, (_, index) => line(index + 2)),
      line(52, 'b'),
      notice(53),
    ]
    expect(thin(events).map(({ seq }) => seq)).toEqual([1, 46, 47, 48, 49, 50, 51, 52, 53])
  })

  it('gives only stored events a number to resume from', () => {
    expect(formatBatch([notice(7), line(8)])).toBe(
      `id: 7\ndata: ${JSON.stringify(notice(7))}\n\ndata: ${JSON.stringify(line(8))}\n\n`,
    )
  })

  it('is served as Server-Sent Events, and Last-Event-ID wins over the address', async () => {
    const stop = new AbortController()
    const events = literalFeed([notice(1), notice(2), notice(3)])
    const assets = await openAssets('/nowhere')
    const app = makeApp(literalServices({ events }), { assets, stop: stop.signal, emit: () => {} })
    const response = await app.request('/api/events?after=0', { headers: { 'last-event-id': '2' } })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('content-encoding')).toBeNull()
    stop.abort()
    expect(await response.text()).not.toContain('id: 2\n')
  })

  it('stops when the reader goes away', async () => {
    const events = literalFeed([notice(1)])
    let ended = false
    const counted = { ...events, listen: () => () => (ended = true) }
    const assets = await openAssets('/nowhere')
    const stop = new AbortController().signal
    const app = makeApp(literalServices({ events: counted }), { assets, stop, emit: () => {} })
    const response = await app.request('/api/events?after=0')
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    await expect.poll(() => ended).toBe(true)
  })
})
