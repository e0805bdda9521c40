// SPDX-License-Identifier: Apache-2.0
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type EventBody,
  fixedClock,
  formatBytes,
  formatClock,
  formatDuration,
  formatLeft,
  INITIAL_PROGRESS,
  MillraceError,
  type MillraceEvent,
  type ProgressState,
  reduce,
} from '../../base/index.ts'
import { renderError, renderErrorJson } from './error.ts'
import { factOf } from './facts.ts'
import { renderJsonl } from './jsonl.ts'
import { openRenderer } from './open-renderer.ts'
import { renderPlain } from './plain.ts'
import { barParts, clip, clipMiddle, column, noPaint, widthOf } from './text.ts'
import { renderFact, renderTree } from './tty.ts'

const START = Date.UTC(2026, 10, 22, 9, 0, 0)

function stamp(bodies: readonly EventBody[]): MillraceEvent[] {
  return bodies.map((body, index) => ({
    ...body,
    seq: index + 1,
    at: new Date(START + index * 1000).toISOString(),
    run: 'one',
  }))
}

const replay = (bodies: readonly EventBody[]): ProgressState => stamp(bodies).reduce(reduce, INITIAL_PROGRESS)

const screen = (columns: number, rows: number) => ({ nowMs: START + 60_000, columns, rows, paint: noPaint })

const zlib = { task: 'build:1', kind: 'build', subject: 'zlib-1.3.1-r0' } as const
const STORY: EventBody[] = [
  {
    type: 'work.expected',
    tasks: [
      { ...zlib, expectedMs: 120_000 },
      { task: 'build:2', kind: 'build', subject: 'xz-5.8.1-r0', expectedMs: 60_000 },
    ],
  },
  { type: 'task.started', task: 'fetch:1', kind: 'fetch', subject: 'python-3.12.8.tar.xz' },
  { type: 'task.progressed', task: 'fetch:1', done: 12_300_000, total: 20_600_000, unit: 'bytes' },
  { type: 'task.started', ...zlib },
  { type: 'step.started', task: 'build:1', step: 3, steps: 5, label: 'autoconf/make' },
  { type: 'step.line', task: 'build:1', stream: 'stdout', text: 'cc -O2 -c deflate.c\t-o deflate.o' },
]

describe('the tree on a terminal', () => {
  it('shows all, then each task with its step, bytes, bar, times and last line', () => {
    expect(renderTree(replay(STORY), screen(111, 24)).split('\n')).toEqual([
      '━━━━━━━━━━━━━━━━──────────────────────── 41 %  0 of 3 · 1:00 · about 2 min left',
      'fetch 0/1 · build 0/2',
      '├─ fetch     python-3.12.8.tar.xz           12.3 MB of 20.6 MB            ━━━━━━━━━───────  0:59 · 40 s left',
      '└─ build     zlib-1.3.1-r0                  3/5 autoconf/make             ━━━━━━━─────────  0:57 · 1 min left',
      '             cc -O2 -c deflate.c -o deflate.o',
    ])
  })

  it('says so when there is nothing to do', () => {
    expect(renderTree(INITIAL_PROGRESS, screen(80, 24))).toBe('─ nothing to do · 0 done')
  })

  it('leaves out last lines first, then tasks, when the terminal is low', () => {
    const many = Array.from(
      { length: 9 },
      (_, index): EventBody => ({
        type: 'task.started',
        task: `t${index}`,
        kind: 'test',
        subject: `p${index}`,
      }),
    )
    const state = replay([...STORY, ...many])
    const low = renderTree(state, screen(80, 14)).split('\n')
    expect(low).toHaveLength(13)
    expect(low.join('\n')).not.toContain('deflate')
    const lower = renderTree(state, screen(80, 8)).split('\n')
    expect(lower).toHaveLength(7)
    expect(lower.at(-1)).toBe('└─ and 7 more')
  })

  it('never leaves its width and height, whatever runs', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 })
    const kind = fc.constantFrom('build' as const, 'reproduce' as const)
    const task = fc.record({ subject: text, label: text, line: text, kind })
    fc.assert(
      fc.property(
        fc.array(task, { maxLength: 12 }),
        fc.integer({ min: 21, max: 200 }),
        fc.integer({ min: 4, max: 40 }),
        (tasks, columns, rows) => {
          const events = tasks.flatMap(({ subject, label, line, kind }, index): EventBody[] => [
            { type: 'task.started', task: `${index}`, kind, subject },
            { type: 'step.started', task: `${index}`, step: 1, steps: 2, label },
            { type: 'step.line', task: `${index}`, stream: 'stdout', text: line },
          ])
          const lines = renderTree(replay(events), screen(columns, rows)).split('\n')
          expect(lines.length).toBeLessThan(rows)
          for (const one of lines) expect(widthOf(one)).toBeLessThan(columns)
        },
      ),
    )
  })
})

describe('a fact', () => {
  const ended = (outcome: 'passed' | 'failed' | 'cached'): EventBody => ({
    type: 'task.ended',
    task: 'build:1',
    outcome,
    durationMs: 12_100,
    summary: outcome === 'failed' ? 'autoconf/make: exit 2' : '',
  })

  it('of a failure stays on the terminal with the last lines of its output', () => {
    const before = replay(STORY)
    const fact = factOf({ ...ended('failed'), seq: 9, at: '', run: 'one' } as MillraceEvent, before)
    expect(fact).toMatchObject({ tone: 'bad', lasting: true })
    expect(fact && renderFact(fact, { columns: 80, paint: noPaint })).toBe(
      [
        '✗ build zlib-1.3.1-r0 failed in 12.1 s: autoconf/make: exit 2',
        '  │ cc -O2 -c deflate.c -o deflate.o',
      ].join('\n'),
    )
  })

  it('of what was done before passes by', () => {
    const fact = factOf({ ...ended('cached'), seq: 9, at: '', run: 'one' } as MillraceEvent, replay(STORY))
    expect(fact).toMatchObject({ lasting: false, text: 'was done before' })
  })

  it('is one plain line each when piped', () => {
    let state = INITIAL_PROGRESS
    const story: EventBody[] = [
      ...STORY,
      ended('failed'),
      { type: 'index.published', channel: 'edge', arch: 'x86_64', packages: 36, digest: 'sha256:0' as never },
      { type: 'image.published', image: 'nginx', digest: 'sha256:0' as never, tags: ['latest', '1.28.0'] },
      { type: 'server.listening', url: 'http://127.0.0.1:7373' },
      { type: 'notice.raised', level: 'warning', text: 'evil \x1b[31mred\x1b[0m text', code: 'DISK_FULL' },
    ]
    const lines = stamp(story).flatMap((event) => {
      const line = renderPlain(event, state)
      state = reduce(state, event)
      return line ?? []
    })
    expect(lines).toEqual([
      '09:00:00  work 2 × build expected',
      '09:00:01  fetch python-3.12.8.tar.xz started',
      '09:00:03  build zlib-1.3.1-r0 started',
      '09:00:04  build zlib-1.3.1-r0 step 3 of 5: autoconf/make',
      '09:00:06  build zlib-1.3.1-r0 failed in 12.1 s: autoconf/make: exit 2\n          | cc -O2 -c deflate.c\t-o deflate.o',
      '09:00:07  edge holds 36 packages for x86_64',
      '09:00:08  image nginx is there: latest, 1.28.0',
      '09:00:09  serving at http://127.0.0.1:7373',
      '09:00:10  DISK_FULL evil red text',
    ])
  })

  it('is its event as one line of JSON with --json', () => {
    const [event] = stamp([{ type: 'server.listening', url: 'http://x\n' }])
    expect(event && renderJsonl(event)).toBe(
      '{"seq":1,"at":"2026-11-22T09:00:00.000Z","run":"one","type":"server.listening","url":"http://x\\n"}',
    )
  })
})

describe('an open renderer', () => {
  function sink(isTTY: boolean) {
    let written = ''
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        written += chunk
        done()
      },
    })
    return { stream: Object.assign(stream, { isTTY, columns: 80, rows: 24 }), read: () => written }
  }

  it('writes lines where there is no terminal', () => {
    const { stream, read } = sink(false)
    using renderer = openRenderer({ stream, clock: fixedClock(START) })
    for (const event of stamp(STORY)) renderer.show(event)
    expect(read().split('\n')).toHaveLength(5)
    expect(read()).not.toContain('\x1b')
  })

  it('leaves only facts on a terminal when it is closed', () => {
    const { stream, read } = sink(true)
    const renderer = openRenderer({ stream, clock: fixedClock(START) })
    for (const event of stamp([...STORY, { type: 'server.listening', url: 'http://127.0.0.1:7373' }]))
      renderer.show(event)
    renderer[Symbol.dispose]()
    expect(read()).toContain('serving')
    expect(read()).not.toContain('python')
  })
})

describe('an error', () => {
  const error = new MillraceError('PORT_BUSY', { what: 'listening', why: 'busy', fix: 'use --port 7374' })

  it('has its code in red and its fix in bold', () => {
    const paint = (style: unknown, text: string) => `<${style}>${text}</>`
    expect(renderError(error, paint).split('\n')).toEqual([
      '<bold,red>error PORT_BUSY</>',
      '  what  listening',
      '  why   busy',
      '<bold>  fix   use --port 7374</>',
    ])
  })

  it('is one line with --json, and says so when it is a bug', () => {
    expect(JSON.parse(renderErrorJson(error))).toEqual({
      error: { code: 'PORT_BUSY', what: 'listening', why: 'busy', fix: 'use --port 7374' },
    })
    expect(JSON.parse(renderErrorJson(new TypeError('x is undefined')))).toMatchObject({
      error: { code: 'INTERNAL', why: 'x is undefined' },
    })
    expect(renderError(new TypeError('x'), noPaint)).toMatch(/^error INTERNAL\n {2}TypeError: x\n {4}at /)
  })
})

describe('text', () => {
  it.each([
    [formatClock(7000), '0:07'],
    [formatClock(3_723_000), '1:02:03'],
    [formatClock(-5), '0:00'],
    [formatDuration(40), '40 ms'],
    [formatDuration(1249), '1.2 s'],
    [formatDuration(125_000), '2 min 5 s'],
    [formatDuration(59_990), '1 min 0 s'],
    [formatDuration(3_840_000), '1 h 4 min'],
    [formatLeft(200), '1 s'],
    [formatLeft(150_000), '3 min'],
    [formatLeft(7_200_000), '2.0 h'],
    [formatBytes(512), '512 B'],
    [formatBytes(20_600_000), '20.6 MB'],
    [formatBytes(999_999), '1.0 MB'],
    [formatBytes(123_456), '123 kB'],
    [clip('configure', 5), 'conf…'],
    [clip('配置配置', 5), '配置…'],
    [clipMiddle('gcc -O2 -fPIC -c src/deflate.c', 20), 'gcc -O2…rc/deflate.c'],
    [clipMiddle('short', 20), 'short'],
    [clipMiddle('配置配置配置', 6), '配…置'],
    [clip('\x1b[31mred\x1b[0m\x07\tx', 9), 'red x'],
    [column('ab', 4), 'ab  '],
    [barParts(0.5, 4).join(''), '━━──'],
    [barParts(7, 4).join(''), '━━━━'],
    [barParts(-1, 2).join(''), '──'],
  ])('%s is %s', (got, want) => {
    expect(got).toBe(want)
  })
})
