// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../base/index.ts'
import { type Cluster, startCluster } from '../store/index.ts'
import { openQueue, type Work, type WorkQueue } from './index.ts'

const work = (key: string, priority = 0): Work => ({ kind: 'build', key, data: { key }, priority })
const fail = (error: unknown): never => {
  throw error
}

/** Takes work until `count` pieces were begun; `act` does each. */
function begin(
  queue: WorkQueue,
  count: number,
  act: (key: string, signal: AbortSignal) => Promise<void> = async () => {},
) {
  const begun: string[] = []
  const enough = Promise.withResolvers<string[]>()
  queue.take(
    1,
    async ({ key }, signal) => {
      begun.push(key)
      if (begun.length === count) enough.resolve(begun)
      await act(key, signal)
    },
    (error) => error === 'try again',
  )
  return enough.promise
}

describe('the queue', () => {
  let directory: string
  let cluster: Cluster
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-queue-'))
    cluster = await startCluster({ exec: runCommand }, directory)
  })
  afterAll(async () => {
    await cluster.stop()
    await rm(directory, { recursive: true, force: true })
  })

  it('gives the same work once, highest priority first', async () => {
    await using queue = await openQueue(cluster.url, fail)
    await queue.add([work('low', 1), work('high', 9), work('low', 1)])
    expect(await queue.counts()).toEqual({ waiting: 2, running: 0 })
    expect(await begin(queue, 2)).toEqual(['high', 'low'])
  })

  it('takes work that waits already by the priority it was given last', async () => {
    await using queue = await openQueue(cluster.url, fail)
    await queue.add([work('first', 5), work('second', 1)])
    await queue.add([work('second', 9)])
    expect(await queue.counts()).toEqual({ waiting: 2, running: 0 })
    expect(await begin(queue, 2)).toEqual(['second', 'first'])
  })

  it('wakes up for work that is added later', async () => {
    await using queue = await openQueue(cluster.url, fail)
    const begun = begin(queue, 1)
    await queue.add([work('late')])
    expect(await begun).toEqual(['late'])
  })

  it('takes up again what was running when the process ended, and repeats nothing that was done', async () => {
    {
      await using queue = await openQueue(cluster.url, fail)
      await queue.add([work('done', 2), work('cut off', 1)])
      const untilStopped = (signal: AbortSignal) =>
        new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      await begin(queue, 2, (key, signal) => (key === 'done' ? Promise.resolve() : untilStopped(signal)))
    }
    await using queue = await openQueue(cluster.url, fail)
    expect(await queue.counts()).toEqual({ waiting: 1, running: 0 })
    expect(await begin(queue, 1)).toEqual(['cut off'])
  })

  it('is done with work whose error is not worth another try, and keeps the work whose error is', async () => {
    await using queue = await openQueue(cluster.url, fail)
    await queue.add([work('hopeless', 3), work('unlucky', 2), work('last', 1)])
    await begin(queue, 3, async (key) => {
      if (key === 'hopeless') throw new Error('no')
      if (key === 'unlucky') throw 'try again'
    })
    expect((await queue.counts()).waiting).toBe(1)
  })
})
