// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EventBody,
  forecast,
  forecastTask,
  INITIAL_PROGRESS,
  type MillraceEvent,
  type ProgressState,
  present,
  reduce,
  TASK_KINDS,
} from './index.ts'

const START = Date.UTC(2026, 10, 22, 9, 0, 0)

/** Events a second apart, all of one run, unless they say otherwise. */
function stamp(bodies: readonly EventBody[], run = 'one', firstSeq = 1): MillraceEvent[] {
  return bodies.map((body, index) => ({
    ...body,
    run,
    seq: firstSeq + index,
    at: new Date(START + (firstSeq + index) * 1000).toISOString(),
  }))
}

const replay = (events: readonly MillraceEvent[], from = INITIAL_PROGRESS) => events.reduce(reduce, from)

const build = (task: string, expectedMs: number | null = null) => ({
  task,
  kind: 'build' as const,
  subject: task,
  expectedMs,
})
const started = (task: string): EventBody => ({ type: 'task.started', task, kind: 'build', subject: task })
const ended = (
  task: string,
  outcome: 'passed' | 'failed' | 'cached' | 'cancelled',
  durationMs = 1000,
): EventBody => ({
  type: 'task.ended',
  task,
  outcome,
  durationMs,
  summary: '',
})

describe('progress', () => {
  it('follows a task from expected to done', () => {
    const steps: [EventBody, Partial<Record<'waiting' | 'running' | 'done', number>>][] = [
      [
        { type: 'work.expected', tasks: [build('zlib'), build('xz')] },
        { waiting: 2, running: 0, done: 0 },
      ],
      [started('zlib'), { waiting: 1, running: 1, done: 0 }],
      [
        { type: 'step.started', task: 'zlib', step: 2, steps: 3, label: 'make' },
        { waiting: 1, running: 1, done: 0 },
      ],
      [ended('zlib', 'passed'), { waiting: 1, running: 0, done: 1 }],
      [ended('xz', 'cached', 0), { waiting: 0, running: 0, done: 2 }],
    ]
    let state = INITIAL_PROGRESS
    for (const [index, [body, counts]] of steps.entries()) {
      state = replay(stamp([body], 'one', index + 1), state)
      expect(forecast(state, state.atMs).kinds.build).toMatchObject(counts)
    }
    expect(state.recent.map(({ task, outcome }) => [task, outcome])).toEqual([
      ['xz', 'cached'],
      ['zlib', 'passed'],
    ])
    expect(forecast(state, state.atMs)).toMatchObject({ fraction: 1, leftMs: 0 })
  })

  it('shows the step, the bytes and the newest lines of what runs', () => {
    const lines = Array.from(
      { length: 30 },
      (_, index): EventBody => ({
        type: 'step.line',
        task: 'zlib',
        stream: 'stdout',
        text: `line ${index}`,
      }),
    )
    const state = replay(
      stamp([
        started('zlib'),
        { type: 'step.started', task: 'zlib', step: 1, steps: 2, label: 'fetch' },
        { type: 'task.progressed', task: 'zlib', done: 5, total: 10, unit: 'bytes' },
        ...lines,
      ]),
    )
    expect(state.running).toMatchObject([
      {
        step: { index: 1, of: 2, label: 'fetch' },
        amount: { done: 5, total: 10, unit: 'bytes' },
      },
    ])
    expect(state.running[0]?.lines.at(-1)).toBe('line 29')
    expect(state.running[0]?.lines.length).toBeLessThan(10)
  })

  it('counts a failure until the same task is tried again', () => {
    const failing = replay(stamp([started('xz'), ended('xz', 'failed')]))
    expect(forecast(failing, failing.atMs).total).toMatchObject({ failed: 1, expected: 1 })
    const again = replay(stamp([started('xz')], 'one', 3), failing)
    expect(forecast(again, again.atMs).total).toMatchObject({ failed: 0, running: 1, expected: 1 })
    const mended = replay(stamp([ended('xz', 'passed')], 'one', 4), again)
    expect(forecast(mended, mended.atMs).total).toMatchObject({ failed: 0, done: 1, expected: 1 })
  })

  it('does not count what was cancelled', () => {
    const state = replay(stamp([started('xz'), ended('xz', 'cancelled')]))
    expect(forecast(state, state.atMs).total.expected).toBe(0)
  })

  it('begins anew with a new run, whose numbers may be lower, and keeps recent results', () => {
    const first = replay(stamp([started('zlib'), ended('zlib', 'passed'), started('xz')], 'one', 10))
    const second = replay(stamp([{ type: 'work.expected', tasks: [build('xz')] }], 'two', 5), first)
    expect(second.running).toEqual([])
    expect(second.waiting.map(({ task }) => task)).toEqual(['xz'])
    expect(second.recent.map(({ task }) => task)).toEqual(['zlib'])
    expect(forecast(second, second.atMs).total.done).toBe(0)
  })

  it('keeps channels, notices and the address', () => {
    const published = (channel: string, packages: number): EventBody => ({
      type: 'index.published',
      channel,
      arch: 'x86_64',
      packages,
      digest: `sha256:${'0'.repeat(64)}` as never,
    })
    const state = replay(
      stamp([
        { type: 'server.listening', url: 'http://127.0.0.1:7373' },
        published('edge', 3),
        published('stable', 1),
        published('edge', 4),
        { type: 'notice.raised', level: 'warning', text: 'little room is left', code: 'DISK_FULL' },
      ]),
    )
    expect(state.url).toBe('http://127.0.0.1:7373')
    expect(Object.fromEntries(state.channels.map((one) => [one.channel, one.packages]))).toEqual({
      edge: 4,
      stable: 1,
    })
    expect(state.notices).toMatchObject([{ level: 'warning', code: 'DISK_FULL' }])
  })
})

describe('work that carries out a plan', () => {
  it('names it from when the plan is told, and after its end', () => {
    const running = replay(stamp([started('zlib'), { type: 'plan.made', task: 'zlib', key: 'sha256:ab' }]))
    expect(running.running).toMatchObject([{ task: 'zlib', planKey: 'sha256:ab' }])
    const over = replay(stamp([ended('zlib', 'failed'), started('other')], 'one', 5), running)
    expect(over.recent).toMatchObject([{ task: 'zlib', planKey: 'sha256:ab' }])
    expect(over.running).toMatchObject([{ task: 'other', planKey: null }])
  })
})

describe('the forecast', () => {
  it('says nothing of time while nothing was measured, and counts tasks instead', () => {
    const state = replay(
      stamp([
        { type: 'work.expected', tasks: [build('a'), build('b'), build('c'), build('d')] },
        started('a'),
        ended('a', 'cached', 0),
        started('b'),
      ]),
    )
    expect(forecast(state, state.atMs)).toMatchObject({ fraction: 0.25, leftMs: null })
  })

  it('divides what is left by how many ran at once', () => {
    const tasks = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => build(name, 10_000))
    const state = replay(
      stamp([{ type: 'work.expected', tasks }, started('a'), started('b'), started('nothing')]),
    )
    const two = replay(stamp([ended('nothing', 'cancelled')], 'one', 5), state)
    const left = present(forecast(two, two.atMs).leftMs, 'all are expected to take 10 s')
    expect(left).toBeGreaterThan(20_000)
    expect(left).toBeLessThan(56_000 / 1.9)
  })

  it('is never shorter than the longest task that runs', () => {
    const state = replay(
      stamp([{ type: 'work.expected', tasks: [build('gcc', 600_000), build('xz', 1000)] }, started('gcc')]),
    )
    expect(forecast(state, state.atMs).leftMs).toBeGreaterThanOrEqual(600_000)
  })

  it('does not take long tasks for short because the first to end were', () => {
    const state = replay(
      stamp([
        { type: 'work.expected', tasks: [build('a'), build('gcc'), build('b'), build('c')] },
        started('a'),
        ended('a', 'passed', 2000),
        started('gcc'),
      ]),
    )
    const left = present(forecast(state, state.atMs + 98_000).leftMs, 'a was measured')
    expect(left).toBeGreaterThanOrEqual(3 * 100_000)
    const task = present(state.running[0], 'gcc runs')
    expect(forecastTask(task, state.atMs + 98_000).leftMs).toBeNull()
  })

  it('takes an overdue task to need a little longer still', () => {
    const state = replay(stamp([{ type: 'work.expected', tasks: [build('gcc', 10_000)] }, started('gcc')]))
    const task = present(state.running[0], 'gcc runs')
    expect(forecastTask(task, state.atMs + 100_000)).toMatchObject({ elapsedMs: 100_000, leftMs: 500 })
  })

  it('goes by bytes where they are known', () => {
    const state = replay(
      stamp([
        started('fetch'),
        { type: 'task.progressed', task: 'fetch', done: 25, total: 100, unit: 'bytes' },
      ]),
    )
    const task = present(state.running[0], 'fetch runs')
    expect(forecastTask(task, state.atMs + 9000)).toEqual({
      elapsedMs: 10_000,
      fraction: 0.25,
      leftMs: 30_000,
    })
  })
})

describe('whatever happens, progress', () => {
  const task = fc.constantFrom('a', 'b', 'c', 'd', '__proto__')
  const kind = fc.constantFrom(...TASK_KINDS)
  const outcome = fc.constantFrom('passed', 'failed', 'cached', 'cancelled')
  const whole = fc.integer({ min: 0, max: 10_000 })
  const body = fc.oneof(
    fc.record({
      type: fc.constant('work.expected'),
      tasks: fc.array(fc.record({ task, kind, subject: task, expectedMs: fc.option(whole, { nil: null }) }), {
        maxLength: 4,
      }),
    }),
    fc.record({ type: fc.constant('task.started'), task, kind, subject: task }),
    fc.record({
      type: fc.constant('task.progressed'),
      task,
      done: fc.integer({ min: -5, max: 200 }),
      total: fc.option(fc.integer({ min: 0, max: 100 }), { nil: null }),
      unit: fc.constant('bytes'),
    }),
    fc.record({
      type: fc.constant('task.ended'),
      task,
      outcome,
      durationMs: whole,
      summary: fc.constant('done'),
    }),
    fc.record({
      type: fc.constant('step.started'),
      task,
      step: fc.integer({ min: 0, max: 9 }),
      steps: fc.integer({ min: 0, max: 9 }),
      label: fc.constant('make'),
    }),
    fc.record({ type: fc.constant('step.line'), task, stream: fc.constant('stdout'), text: fc.string() }),
    fc.record({
      type: fc.constant('notice.raised'),
      level: fc.constant('info'),
      text: fc.string(),
    }),
  ) as fc.Arbitrary<EventBody>
  const events = fc
    .array(fc.tuple(body, fc.integer({ min: -500, max: 5000 }), fc.integer({ min: 0, max: 19 })), {
      maxLength: 60,
    })
    .map((rows) => {
      let [at, run] = [START, 0]
      return rows.map(([one, passed, chance], index): MillraceEvent => {
        at += passed
        if (chance === 0) run += 1
        return { ...one, seq: index + 1, at: new Date(at).toISOString(), run: `run ${run}` }
      })
    })

  it('is the same replayed in chunks, with overlaps, over JSON', () => {
    fc.assert(
      fc.property(events, fc.nat(60), fc.nat(10), (all, cut, overlap) => {
        const live = replay(all)
        const half = JSON.parse(JSON.stringify(replay(all.slice(0, cut)))) as ProgressState
        const heard = all.slice(Math.max(0, cut - overlap), cut).filter(({ run }) => run === half.run)
        expect(replay([...heard, ...all.slice(cut)], half)).toEqual(live)
      }),
    )
  })

  it('never shows a negative number, a share above one or a count that does not add up', () => {
    fc.assert(
      fc.property(events, fc.integer({ min: -10_000, max: 100_000 }), (all, later) => {
        let state = INITIAL_PROGRESS
        for (const event of all) {
          state = reduce(state, event)
          const { kinds, fraction, leftMs } = forecast(state, state.atMs + later)
          for (const counts of Object.values(kinds))
            for (const n of Object.values(counts)) expect(n).toBeGreaterThanOrEqual(0)
          expect(fraction).toBeGreaterThanOrEqual(0)
          expect(fraction).toBeLessThanOrEqual(1)
          expect(leftMs ?? 0).toBeGreaterThanOrEqual(0)
          expect(Object.values(state.ended).reduce((sum, one) => sum + one.failed, 0)).toBe(
            state.failed.length,
          )
          for (const running of state.running) {
            const own = forecastTask(running, state.atMs + later)
            expect(own.fraction ?? 0).toBeGreaterThanOrEqual(0)
            expect(own.fraction ?? 0).toBeLessThanOrEqual(1)
            expect(own.leftMs ?? 0).toBeGreaterThanOrEqual(0)
          }
        }
      }),
    )
  })

  it('ends at 100 % once all that was expected has ended', () => {
    fc.assert(
      fc.property(events, (all) => {
        const state = replay(all)
        const open = [...state.waiting, ...state.running]
        const ends = open.map((one): EventBody => ended(one.task, 'passed'))
        const run = state.run ?? 'one'
        const done = replay(stamp([...ends, started('z'), ended('z', 'passed')], run, state.seq + 1), state)
        expect(forecast(done, done.atMs)).toMatchObject({ fraction: 1, leftMs: 0 })
      }),
    )
  })
})
