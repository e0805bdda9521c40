// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { Forecast } from '../../src/base/forecast.ts'
import type { FinishedTask } from '../../src/base/progress.ts'
import type { Failure } from '../../src/server/api.ts'
import { failuresToShow } from './failures-to-show.ts'
import { findNames } from './find-names.ts'
import { headlineOf } from './headline.ts'
import { sortRows } from './sort-rows.ts'

describe('the headline', () => {
  const counts = (change: Partial<Forecast['total']>): Forecast['total'] => ({
    waiting: 0,
    running: 0,
    done: 0,
    failed: 0,
    expected: 0,
    ...change,
  })
  it.each([
    [{ running: 2, waiting: 1400 }, 840_000, 'run', '2 running, 1,400 waiting', 'about 14 min left'],
    [{ running: 1 }, null, 'run', '1 running', 'time left not known yet'],
    [{ waiting: 3 }, null, 'idle', '3 waiting', 'nothing runs yet'],
    [{ done: 5, failed: 1 }, 0, 'bad', 'At rest, with failures', '1 task failed'],
    [{ done: 5 }, 0, 'good', 'All done', '5 tasks in this run'],
    [{}, 0, 'idle', 'At rest', 'no work is known'],
  ])('of %j says what matters', (total, leftMs, tone, title, note) => {
    expect(headlineOf({ kinds: {} as Forecast['kinds'], total: counts(total), fraction: 0, leftMs })).toEqual(
      {
        tone,
        title,
        note,
      },
    )
  })
})

describe('failures', () => {
  const failure: Failure = {
    name: 'git',
    version: '2.47-r0',
    purpose: 'build',
    buildKey: `sha256:${'ab'.repeat(32)}`,
    step: 'make',
    why: 'no',
    at: '2026-11-22T09:30:00Z',
  }
  const task = (kind: FinishedTask['kind'], subject: string): FinishedTask => ({
    task: `${kind}:${subject}`,
    kind,
    subject,
    planKey: null,
    outcome: 'failed',
    durationMs: 1,
    summary: 'gone',
    endedAtMs: 5,
  })

  it('lead to the page and the log', () => {
    expect(
      failuresToShow(
        { failures: [failure, { ...failure, name: 'nginx', purpose: 'image', buildKey: null }] },
        { failed: [] },
      ),
    ).toMatchObject([
      { name: 'git', page: '/packages/git', log: '/builds/abababababababab' },
      { name: 'nginx', page: '/images/nginx', log: null },
    ])
  })

  it('of this run are added where no attempt tells of them', () => {
    const failed = [
      task('build', 'git-2.47-r0'),
      task('test', 'git-2.47-r0'),
      task('fetch', 'x.tar.gz'),
      task('seed', 'Debian trixie'),
    ]
    expect(
      failuresToShow({ failures: [failure] }, { failed }).map(({ act, name }) => `${act} ${name}`),
    ).toEqual(['build git', 'fetch x.tar.gz', 'seed Debian trixie'])
  })
})

describe('finding', () => {
  const all = [
    { name: 'zlib-dev', description: 'headers' },
    { name: 'zlib', description: 'deflate' },
    { name: 'openssl', description: 'TLS and cryptography' },
    { name: 'ssl-tools', description: 'of openssl' },
  ]
  it.each([
    ['zlib', ['zlib', 'zlib-dev']],
    ['SSL', ['ssl-tools', 'openssl']],
    ['openssl', ['openssl', 'ssl-tools']],
    ['zlib dev', ['zlib-dev']],
    ['crypto', ['openssl']],
    ['  ', []],
  ])('%j gives the likeliest first', (words, want) => {
    expect(findNames(all, words, 9).map(({ name }) => name)).toEqual(want)
  })
})

describe('sorting', () => {
  const rows = [
    { v: '1.10', n: 2 },
    { v: '1.9', n: null },
    { v: '1.2', n: 10 },
  ]
  const keys = { v: ({ v }: (typeof rows)[0]) => v, n: ({ n }: (typeof rows)[0]) => n }
  it.each([
    ['v', false, ['1.2', '1.9', '1.10']],
    ['v', true, ['1.10', '1.9', '1.2']],
    ['n', false, ['1.10', '1.2', '1.9']],
    ['n', true, ['1.2', '1.10', '1.9']],
    ['unknown', false, ['1.10', '1.9', '1.2']],
  ])('by %s, down %s, counts numbers and puts nothing last', (by, down, want) => {
    expect(sortRows(rows, { by, down }, keys).map(({ v }) => v)).toEqual(want)
  })
})
