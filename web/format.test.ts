// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { formatBytes, formatClock, formatDuration, formatLeft } from '../src/base/words.ts'
import { formatAgo, formatFound, formatTime, shortDigest } from './format.ts'
import { buildPath, packagePath, safeUrl, subjectName, subjectPath } from './links.ts'

describe('texts', () => {
  it.each([
    [formatDuration(40), '40 ms'],
    [formatDuration(59_960), '1 min 0 s'],
    [formatDuration(3_840_000), '1 h 4 min'],
    [formatLeft(10), '1 s'],
    [formatLeft(840_000), '14 min'],
    [formatLeft(9_000_000), '2.5 h'],
    [formatClock(7_400), '0:07'],
    [formatClock(3_723_000), '1:02:03'],
    [formatBytes(0), '0 B'],
    [formatBytes(999_600), '1.0 MB'],
    [formatBytes(177_000), '177 kB'],
    [formatAgo(0, 4000), 'just now'],
    [formatAgo(0, 3_599_000), '59 min ago'],
    [formatAgo(0, 86_400_000), 'yesterday'],
    [formatAgo(5000, 0), 'just now'],
    [formatAgo(0, 40 * 86_400_000), '1970-01-01'],
    [formatTime('2026-11-22T09:30:00.000Z'), '2026-11-22 09:30:00 UTC'],
    [formatTime('nonsense'), 'nonsense'],
    [formatFound(1204, 1204, 'package'), '1,204 packages'],
    [formatFound(3, 12, 'image'), '3 of 12 images'],
    [shortDigest(`sha256:${'ab'.repeat(32)}`, 6), 'ababab'],
  ])('reads %s', (text, want) => expect(text).toBe(want))
})

describe('links', () => {
  const key = 'a1'.repeat(32)
  it.each([
    ['zlib-1.3.1-r0', 'zlib'],
    ['py3-foo-2-bar-0.9_rc1-r12', 'py3-foo-2-bar'],
    ['nginx:1.29', 'nginx'],
    ['image nginx', 'nginx'],
    ['image:nginx', 'nginx'],
    ['Debian packages', 'packages'],
  ])('take from the subject %s the name %s', (subject, name) => expect(subjectName(subject)).toBe(name))

  it('lead from a task to the page of its subject', () => {
    expect(subjectPath('build', 'libstdc++-15.1.0-r0')).toBe('/packages/libstdc++')
    expect(subjectPath('image', 'nginx')).toBe('/images/nginx')
    expect(subjectPath('fetch', 'x.tar.gz')).toBeNull()
    expect(subjectPath('build', 'two words/..')).toBeNull()
  })

  it('name an attempt and a line', () => {
    expect(buildPath(`sha256:${key}`, 3, 12)).toBe(`/builds/${key.slice(0, 16)}?attempt=3#L12`)
    expect(packagePath('a/../b')).toBe('/packages/a%2F..%2Fb')
  })

  it.each([
    ['https://example.org/a', 'https://example.org/a'],
    ['javascript:alert(1)', null],
    ['data:text/html,x', null],
    [' java\nscript:alert(1)', null],
    ['git@example.org:a', null],
  ])('out to %j are %j', (url, want) => expect(safeUrl(url)).toBe(want))
})
