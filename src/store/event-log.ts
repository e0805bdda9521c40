// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import {
  type Clock,
  dataWithoutSecrets,
  type Emit,
  type EventBody,
  type MillraceEvent,
} from '../base/index.ts'
import type { Database } from './database.ts'

/** The stream of everything that happens: written to the database, told to whoever listens, readable from any point. */
export interface EventLog extends AsyncDisposable {
  readonly run: string
  readonly emit: Emit
  /** Hears every event from now on, also those not kept as rows (output lines). Call the returned function to stop. */
  listen(listener: (event: MillraceEvent) => void): () => void
  /** Stored events behind `seq`, in order, at most `limit`. */
  since(seq: number, limit: number): Promise<MillraceEvent[]>
  /** Waits until everything emitted so far is in the database. */
  flush(): Promise<void>
}

/** Output lines and byte counts are told live but not kept: a build's log blob has the lines. */
const LIVE_ONLY: ReadonlySet<EventBody['type']> = new Set(['step.line', 'task.progressed'])

/**
 * Opens the event log for one run of the factory. Events get their sequence number from the process at once, so that listeners need not wait for the
 * database; rows are written behind, in order, many at a time. Only the holder of the data lock writes, so numbers are unique.
 */
export async function openEventLog(
  f: { database: Database; clock: Clock },
  version: string,
  onBroken: (error: unknown) => void,
): Promise<EventLog> {
  const run = randomUUID()
  await f.database
    .insertInto('run')
    .values({ id: run, pid: process.pid, version, started_at: new Date(f.clock.now()), ended_at: null })
    .execute()
  const newest = await f.database
    .selectFrom('event')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .executeTakeFirst()
  const listeners = new Set<(event: MillraceEvent) => void>()
  const waiting: MillraceEvent[] = []
  let seq = Number(newest?.seq ?? 0)
  let writing: Promise<void> | undefined

  const write = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, 500)
      await f.database.insertInto('event').values(batch.map(toRow)).execute()
    }
  }
  const flush = (): Promise<void> => {
    writing ??= write()
      .catch(onBroken)
      .finally(() => {
        writing = undefined
      })
    return writing
  }
  return {
    run,
    emit: (told) => {
      const body = dataWithoutSecrets(told)
      const event: MillraceEvent = { ...body, seq: ++seq, at: new Date(f.clock.now()).toISOString(), run }
      for (const listener of listeners) listener(event)
      if (LIVE_ONLY.has(body.type)) return
      waiting.push(event)
      void flush()
    },
    listen: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    since: async (from, limit) => {
      const rows = await f.database
        .selectFrom('event')
        .selectAll()
        .where('seq', '>', String(from))
        .orderBy('seq')
        .limit(limit)
        .execute()
      return rows.map(eventOf)
    },
    flush: async () => {
      while (waiting.length > 0 || writing !== undefined) await flush()
    },
    [Symbol.asyncDispose]: async () => {
      while (waiting.length > 0 || writing !== undefined) await flush()
      await f.database
        .updateTable('run')
        .set({ ended_at: new Date(f.clock.now()) })
        .where('id', '=', run)
        .execute()
    },
  }
}

/** What the newest run told so far, in order: for a process that looks on. Output lines are not among it. */
export async function readNewestRun(database: Database): Promise<MillraceEvent[]> {
  const newest = database.selectFrom('run').select('id').orderBy('started_at', 'desc').limit(1)
  const rows = await database
    .selectFrom('event')
    .selectAll()
    .where('run', '=', newest)
    .orderBy('seq')
    .execute()
  return rows.map(eventOf)
}

function eventOf(row: { body: EventBody; seq: string | number; at: Date; run: string }): MillraceEvent {
  return { ...row.body, seq: Number(row.seq), at: row.at.toISOString(), run: row.run }
}

function toRow({ seq, at, run, ...body }: MillraceEvent) {
  const task = 'task' in body ? body.task : null
  return { seq: String(seq), run, at: new Date(at), type: body.type, task, body: JSON.stringify(body) }
}
