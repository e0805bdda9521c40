// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises'
import { type JobWithMetadata, PgBoss } from 'pg-boss'

/** A piece of work: `kind` says which action, `key` names it among all work of that kind (its input digest), `data` is what the action needs. */
export interface Work {
  readonly kind: string
  readonly key: string
  readonly data: object
  /** Higher goes first. */
  readonly priority: number
}

export type Handler = (work: Work, signal: AbortSignal) => Promise<void>

export interface WorkQueue extends AsyncDisposable {
  /** Adds work unless the same kind and key waits or runs already; what waits takes the new priority. */
  add(work: readonly Work[]): Promise<void>
  /**
   * Starts taking work, at most `concurrency` pieces at once, highest priority first. A handler that resolves is done with its work, whatever the outcome it
   * recorded; one that throws has its work tried again when `retry` says so, at most three times with growing pauses.
   */
  take(concurrency: number, handler: Handler, retry: (error: unknown) => boolean): void
  /** How much waits and runs. */
  counts(): Promise<{ waiting: number; running: number }>
}

const QUEUE = 'work'
const HOUR_SEC = 3600

/**
 * Opens the durable queue on a database. Work that ran when the last process died is put back at once, not counted as a try: the caller holds the data lock, so
 * nobody else can still be at it.
 */
export async function openQueue(url: string, onError: (error: unknown) => void): Promise<WorkQueue> {
  const boss = new PgBoss({
    connectionString: url,
    schema: 'queue',
    max: 6,
    useListenNotify: true,
    persistWarnings: false,
  })
  boss.on('error', onError)
  await boss.start()
  // "exclusive": one job waiting or active for each singletonKey.
  await boss.createQueue(QUEUE, {
    policy: 'exclusive',
    retryLimit: 3,
    retryDelay: 5,
    retryBackoff: true,
    expireInSeconds: 12 * HOUR_SEC,
    retentionSeconds: 14 * 24 * HOUR_SEC,
    deleteAfterSeconds: 24 * HOUR_SEC,
  })
  await putBackInterrupted(boss)
  return new BossQueue(boss, onError)
}

type WorkBody = Omit<Work, 'priority'>

class BossQueue implements WorkQueue {
  readonly #boss: PgBoss
  readonly #stopping = new AbortController()
  readonly #takers: Promise<void>[] = []
  #wake = Promise.withResolvers<void>()

  readonly #onError: (error: unknown) => void

  constructor(boss: PgBoss, onError: (error: unknown) => void) {
    this.#boss = boss
    this.#onError = onError
  }

  async add(work: readonly Work[]): Promise<void> {
    for (const { kind, key, data, priority } of work) {
      const singletonKey = `${kind}:${key}`
      const id = await this.#boss.send(QUEUE, { kind, key, data }, { singletonKey, priority })
      if (id === null) await setPriority(this.#boss, singletonKey, priority)
    }
    this.#wake.resolve()
    this.#wake = Promise.withResolvers()
  }

  take(concurrency: number, handler: Handler, retry: (error: unknown) => boolean): void {
    for (let slot = 0; slot < concurrency; slot++)
      this.#takers.push(this.#takeOneByOne(handler, retry).catch(this.#onError))
  }

  async counts(): Promise<{ waiting: number; running: number }> {
    const [active, created, retried] = await Promise.all(
      (['active', 'created', 'retry'] as const).map((state) => countJobs(this.#boss, state)),
    )
    return { running: active ?? 0, waiting: (created ?? 0) + (retried ?? 0) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#takers)
    await this.#boss.stop({ graceful: false, close: true })
  }

  async #takeOneByOne(handler: Handler, retry: (error: unknown) => boolean): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      const added = this.#wake.promise
      const [job] = await this.#boss.fetch<WorkBody>(QUEUE, { batchSize: 1, includeMetadata: true })
      if (job === undefined) await wakeUp(added, signal)
      else await this.#settle(job, handler, retry)
    }
  }

  async #settle(
    job: JobWithMetadata<WorkBody>,
    handler: Handler,
    retry: (error: unknown) => boolean,
  ): Promise<void> {
    const { signal } = this.#stopping
    try {
      await handler({ ...job.data, priority: job.priority }, signal)
    } catch (error) {
      // Work cut off by our own stop stays active, and is put back when the queue opens again.
      if (signal.aborted) return
      if (retry(error)) {
        await this.#boss.fail(QUEUE, job.id, { reason: String(error) })
        return
      }
    }
    await this.#boss.complete(QUEUE, job.id)
  }
}

/** Work of another process, or whose pause is over, tells nobody: it is looked for this often. */
const POLL_MS = 2000

async function wakeUp(added: Promise<void>, signal: AbortSignal): Promise<void> {
  const pause = new AbortController()
  const either = AbortSignal.any([signal, pause.signal])
  try {
    await Promise.race([added, setTimeout(POLL_MS, undefined, { signal: either })])
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    pause.abort()
  }
}

async function countJobs(boss: PgBoss, state: string): Promise<number> {
  const { rows } = await boss
    .getDb()
    .executeSql('select count(*)::int as n from queue.job where name = $1 and state = $2', [QUEUE, state])
  return Number(rows[0]?.n ?? 0)
}

async function setPriority(boss: PgBoss, singletonKey: string, priority: number): Promise<void> {
  await boss
    .getDb()
    .executeSql(
      "update queue.job set priority = $3 where name = $1 and singleton_key = $2 and state in ('created', 'retry')",
      [QUEUE, singletonKey, priority],
    )
}

async function putBackInterrupted(boss: PgBoss): Promise<void> {
  const { rows } = await boss
    .getDb()
    .executeSql("select id from queue.job where name = $1 and state = 'active'", [QUEUE])
  const ids = rows.map((row: { id: string }) => row.id)
  if (ids.length === 0) return
  await boss.cancel(QUEUE, ids)
  await boss.resume(QUEUE, ids)
}
