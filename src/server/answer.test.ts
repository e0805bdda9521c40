// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ByteRange } from '../store/index.ts'
import { answerContent, type Content, contentOf, REVALIDATE } from './answer.ts'
import { judge } from './preconditions.ts'
import { parseRange } from './range.ts'

const ETAG = '"v1"'
const MODIFIED = new Date('2026-01-02T03:04:05.678Z')
const HTTP_DATE = 'Fri, 02 Jan 2026 03:04:05 GMT'

const ask = (headers: Record<string, string> = {}, method = 'GET') =>
  new Request('http://localhost/', { headers, method })

/** As a store reads it: in chunks, of a part when asked to. */
function stored(bytes: Uint8Array, more: Partial<Content> = {}, chunkBytes = 7): Content {
  async function* body(range: ByteRange = { start: 0, end: bytes.length }) {
    for (let at = range.start; at < range.end; at += chunkBytes)
      yield bytes.subarray(at, Math.min(at + chunkBytes, range.end))
  }
  return {
    sizeBytes: bytes.length,
    mediaType: 'text/plain',
    cacheControl: REVALIDATE,
    etag: ETAG,
    body,
    ...more,
  }
}
const HUNDRED = Uint8Array.from({ length: 100 }, (_, index) => index)
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())

describe('preconditions', () => {
  it.each([
    { name: 'none', given: {}, want: 'send' },
    { name: 'the version the asker has', given: { 'if-none-match': ETAG }, want: 'unchanged' },
    { name: 'one of several', given: { 'if-none-match': '"a,b", W/"v1"' }, want: 'unchanged' },
    { name: 'a tag inside another', given: { 'if-none-match': '"x"v1"' }, want: 'send' },
    { name: 'any version', given: { 'if-none-match': '*' }, want: 'unchanged' },
    { name: 'another version', given: { 'if-none-match': '"v0"' }, want: 'send' },
    { name: 'a header that is no tag', given: { 'if-none-match': 'v1' }, want: 'send' },
    { name: 'the wanted version', given: { 'if-match': `"v0", ${ETAG}` }, want: 'send' },
    { name: 'any wanted version', given: { 'if-match': '*' }, want: 'send' },
    { name: 'another wanted version', given: { 'if-match': '"v0"' }, want: 'failed' },
    { name: 'the wanted version, marked weak (§13.1.1)', given: { 'if-match': 'W/"v1"' }, want: 'failed' },
    { name: 'the same second', given: { 'if-modified-since': HTTP_DATE }, want: 'unchanged' },
    {
      name: 'the second before',
      given: { 'if-modified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' },
      want: 'send',
    },
    {
      name: 'a date of RFC 850',
      given: { 'if-modified-since': 'Friday, 02-Jan-26 03:04:05 GMT' },
      want: 'unchanged',
    },
    {
      name: 'a date of asctime, which is in GMT',
      given: { 'if-modified-since': 'Fri Jan  2 03:04:05 2026' },
      want: 'unchanged',
    },
    { name: 'a date that is none', given: { 'if-modified-since': '2027' }, want: 'send' },
    {
      name: 'a tag overrules a date (§13.1.3)',
      given: { 'if-none-match': '"v0"', 'if-modified-since': HTTP_DATE },
      want: 'send',
    },
    {
      name: 'too late a change',
      given: { 'if-unmodified-since': 'Fri, 02 Jan 2026 03:04:04 GMT' },
      want: 'failed',
    },
    { name: 'no later change', given: { 'if-unmodified-since': HTTP_DATE }, want: 'send' },
  ])('with $name: $want', ({ given, want }) => {
    expect(judge(ask(given), { etag: ETAG, lastModified: MODIFIED })).toBe(want)
  })

  it('on dates do not hold for what has none', () => {
    expect(judge(ask({ 'if-modified-since': HTTP_DATE }), { etag: ETAG })).toBe('send')
  })

  it('never fail to be weighed, whatever the header', () => {
    const header = fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((n) => String.fromCharCode(n)),
    })
    fc.assert(
      fc.property(header, header, (tag, date) => {
        const request = ask({ 'if-none-match': tag, 'if-unmodified-since': date })
        expect(['failed', 'unchanged', 'send']).toContain(
          judge(request, { etag: ETAG, lastModified: MODIFIED }),
        )
      }),
    )
  })
})

describe('a range', () => {
  it.each([
    ['bytes=0-0', 100, { start: 0, end: 1 }],
    ['bytes=10-19', 100, { start: 10, end: 20 }],
    ['BYTES= 10-19 ', 100, { start: 10, end: 20 }],
    ['bytes=90-', 100, { start: 90, end: 100 }],
    ['bytes=90-1000', 100, { start: 90, end: 100 }],
    ['bytes=-10', 100, { start: 90, end: 100 }],
    ['bytes=-1000', 100, { start: 0, end: 100 }],
    ['bytes=99-99', 100, { start: 99, end: 100 }],
    ['bytes=100-', 100, 'unsatisfiable'],
    ['bytes=100-200', 100, 'unsatisfiable'],
    [`bytes=${'9'.repeat(400)}-`, 100, 'unsatisfiable'],
    ['bytes=-0', 100, 'unsatisfiable'],
    ['bytes=0-', 0, 'unsatisfiable'],
    ['bytes=-5', 0, undefined],
    ['bytes=20-10', 100, undefined],
    ['bytes=0-1,5-6', 100, undefined],
    ['bytes=-', 100, undefined],
    ['bytes=a-b', 100, undefined],
    ['bytes=+1-2', 100, undefined],
    ['lines=0-1', 100, undefined],
    ['', 100, undefined],
  ] as const)('%s of %i bytes', (header, sizeBytes, want) => {
    expect(parseRange(header, sizeBytes)).toEqual(want)
  })

  it('lies within what there is, and is never empty', () => {
    const number = fc.option(fc.nat({ max: 300 }), { nil: '' })
    fc.assert(
      fc.property(number, number, fc.nat({ max: 200 }), (first, last, sizeBytes) => {
        const range = parseRange(`bytes=${first}-${last}`, sizeBytes)
        if (typeof range !== 'object') return
        expect(range.start).toBeGreaterThanOrEqual(0)
        expect(range.end).toBeGreaterThan(range.start)
        expect(range.end).toBeLessThanOrEqual(sizeBytes)
      }),
    )
  })
})

describe('an answer', () => {
  it('of the whole says its size, and that parts may be had', async () => {
    const response = await answerContent(ask(), stored(HUNDRED, { lastModified: MODIFIED }))
    expect(response.status).toBe(200)
    expect(Object.fromEntries(response.headers)).toEqual({
      'accept-ranges': 'bytes',
      'cache-control': 'no-cache',
      'content-length': '100',
      'content-type': 'text/plain',
      etag: ETAG,
      'last-modified': HTTP_DATE,
    })
    expect(await bytesOf(response)).toEqual(HUNDRED)
  })

  it('of a part has that part, its place and its own length', async () => {
    const response = await answerContent(ask({ range: 'bytes=10-29' }), stored(HUNDRED))
    expect([response.status, response.headers.get('content-range')]).toEqual([206, 'bytes 10-29/100'])
    expect(response.headers.get('content-length')).toBe('20')
    expect(await bytesOf(response)).toEqual(HUNDRED.subarray(10, 30))
  })

  it('in parts, put together, is the whole', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), fc.nat(), async (bytes, where) => {
        const cut = 1 + (where % bytes.length)
        const ranges = [`bytes=0-${cut - 1}`, ...(cut < bytes.length ? [`bytes=${cut}-`] : [])]
        const answers = ranges.map((range) => answerContent(ask({ range }), stored(bytes, {}, 4)))
        const parts = await Promise.all(answers.map(async (answer) => bytesOf(await answer)))
        expect(Buffer.concat(parts)).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it.each([
    { name: 'the same tag', ifRange: ETAG, want: 206 },
    { name: 'another tag', ifRange: '"v0"', want: 200 },
    { name: 'a weak tag (§13.1.5)', ifRange: 'W/"v1"', want: 200 },
    { name: 'the same date', ifRange: HTTP_DATE, want: 206 },
    { name: 'a later date', ifRange: 'Fri, 02 Jan 2026 03:04:06 GMT', want: 200 },
    { name: 'what is neither', ifRange: 'v1', want: 200 },
  ])('to If-Range with $name is $want', async ({ ifRange, want }) => {
    const headers = { range: 'bytes=0-4', 'if-range': ifRange }
    const response = await answerContent(ask(headers), stored(HUNDRED, { lastModified: MODIFIED }))
    expect(response.status).toBe(want)
    expect(await bytesOf(response)).toHaveLength(want === 206 ? 5 : 100)
  })

  it('to a range behind the end tells the size', async () => {
    const response = await answerContent(ask({ range: 'bytes=100-' }), stored(HUNDRED))
    expect([response.status, response.headers.get('content-range')]).toEqual([416, 'bytes */100'])
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it('to who has it already has no body, range or not (§13.2.2)', async () => {
    const response = await answerContent(ask({ range: 'bytes=0-4', 'if-none-match': ETAG }), stored(HUNDRED))
    expect([response.status, response.headers.get('etag')]).toEqual([304, ETAG])
    expect(response.headers.get('content-length')).toBeNull()
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it('to HEAD says what GET would, and reads nothing; a range is not for it (§14.2)', async () => {
    const unread = () => {
      throw new Error('read')
    }
    const response = await answerContent(
      ask({ range: 'bytes=0-4' }, 'HEAD'),
      stored(HUNDRED, { body: unread }),
    )
    expect([response.status, response.headers.get('content-length')]).toEqual([200, '100'])
    expect(await bytesOf(response)).toHaveLength(0)
  })

  it('from memory is whole: it may be compressed on its way, and parts of that are nobody’s', async () => {
    const content = contentOf(new TextEncoder().encode('page'), 'text/html', REVALIDATE)
    const response = await answerContent(ask({ range: 'bytes=0-1' }), content)
    expect([response.status, response.headers.get('accept-ranges')]).toEqual([200, null])
    expect(await response.text()).toBe('page')
  })
})

describe('a body', () => {
  async function* failing(after: number) {
    for (let count = 0; count < after; count++) yield HUNDRED.subarray(0, 10)
    throw new Error('the disk is gone')
  }

  it('that fails at its first bytes is no answer', async () => {
    const content = stored(HUNDRED, { body: () => failing(0) })
    await expect(answerContent(ask(), content)).rejects.toThrow('the disk is gone')
  })

  it('that fails later breaks', async () => {
    const response = await answerContent(ask(), stored(HUNDRED, { body: () => failing(3) }))
    await expect(response.arrayBuffer()).rejects.toThrow()
  })

  it.each([90, 110, 0])('of %i bytes where 100 were announced breaks', async (sizeBytes) => {
    const other = stored(new Uint8Array(sizeBytes))
    const answering = answerContent(ask(), { ...other, sizeBytes: 100 }).then(bytesOf)
    await expect(answering).rejects.toThrow('not of the 100 bytes')
  })

  it('is closed at its source when the asker goes away', async () => {
    let closed = false
    async function* endless() {
      try {
        for (;;) yield HUNDRED
      } finally {
        closed = true
      }
    }
    const response = await answerContent(ask(), stored(HUNDRED, { sizeBytes: 1e9, body: endless }))
    const reader = response.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    expect(closed).toBe(true)
  })
})
