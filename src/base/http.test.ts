// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { isMillraceError } from './error.ts'
import { type HttpResponse, isUnreachable, openHttp } from './http.ts'
import { redactText, redactUrl } from './redact.ts'

const CONTENT = Buffer.from(Array.from({ length: 4000 }, (_, index) => index % 251))
const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const pauses: number[] = []
const http = openHttp({ pause: async (ms) => void pauses.push(ms) })

async function bytesOf({ body }: HttpResponse): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const chunk of body) parts.push(chunk)
  return Buffer.concat(parts)
}

const why = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  return isMillraceError(error)
    ? `${error.code} ${error.what}: ${error.why}`
    : `not refused: ${String(error)}`
}

describe('the network door', () => {
  it('opens no connection when it is told to stay offline', async () => {
    const exchange = () => Promise.reject(new Error('a connection was opened'))
    const closed = openHttp({ offline: true, exchange })
    expect(await why(closed.get('https://user:secret@example.org/a'))).toBe(
      'OFFLINE fetching https://…@example.org/a: it is on another machine, and --offline forbids the network',
    )
  })

  it('gives status, headers, body and progress', async () => {
    const url = await serve((_, response) =>
      response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT),
    )
    const seen: [number, number | null][] = []
    const response = await http.get(url, { onProgress: (...progress) => seen.push(progress) })
    expect(response.status).toBe(200)
    expect((await bytesOf(response)).equals(CONTENT)).toBe(true)
    expect(seen.at(-1)).toEqual([CONTENT.length, CONTENT.length])
  })

  it('gives a final refusal as a value, at once', async () => {
    let asked = 0
    const url = await serve((_, response) => response.writeHead(++asked === 1 ? 404 : 200).end('gone'))
    expect((await http.get(url)).status).toBe(404)
    expect(asked).toBe(1)
  })

  it('asks again after a transient answer, and waits as long as the server asks for', async () => {
    let asked = 0
    const url = await serve((_, response) =>
      ++asked < 3 ? response.writeHead(503, { 'retry-after': '7' }).end() : response.end('now'),
    )
    pauses.length = 0
    expect((await bytesOf(await http.get(url))).toString()).toBe('now')
    expect(pauses).toEqual([7000, 7000])
  })

  it('gives the last transient answer when the attempts are used up', async () => {
    let asked = 0
    const url = await serve((_, response) => response.writeHead(500).end(String(++asked)))
    expect((await http.get(url)).status).toBe(500)
    expect(asked).toBe(4)
  })

  it('goes on by Range where a body broke, and sends If-Range', async () => {
    const asked: (string | undefined)[] = []
    const url = await serve((request, response) => {
      asked.push(request.headers.range, request.headers['if-range'] as string | undefined)
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0])
      const part = CONTENT.subarray(start, start + 1500)
      response.writeHead(start === 0 ? 200 : 206, {
        etag: '"one"',
        'content-length': CONTENT.length - start,
        'content-range': `bytes ${start}-${CONTENT.length - 1}/${CONTENT.length}`,
      })
      response.write(part, () => (start + part.length < CONTENT.length ? response.destroy() : response.end()))
    })
    expect((await bytesOf(await http.get(url))).equals(CONTENT)).toBe(true)
    expect(asked).toEqual([undefined, undefined, 'bytes=1500-', '"one"', 'bytes=3000-', '"one"'])
  })

  it('never joins two versions: a body that broke and has changed since is an error', async () => {
    let asked = 0
    const url = await serve((_, response) => {
      response.writeHead(200, { etag: `"${++asked}"`, 'content-length': CONTENT.length })
      response.write(CONTENT.subarray(0, 100), () => response.destroy())
    })
    expect(await why(http.get(url).then(bytesOf))).toContain('does not go on from there')
  })

  it('refuses more bytes than the limit, said or unsaid', async () => {
    const said = await serve((_, response) =>
      response.writeHead(200, { 'content-length': CONTENT.length }).end(CONTENT),
    )
    const unsaid = await serve(
      (_, response) => void response.writeHead(200).write(CONTENT, () => response.end()),
    )
    for (const url of [said, unsaid])
      expect(await why(http.get(url, { maxBytes: 100 }).then(bytesOf))).toMatch(
        /^FETCH_FAILED.*more than 100 bytes/,
      )
  })

  it('follows redirects, but carries no credentials to another origin', async () => {
    const seen: (string | undefined)[] = []
    const target = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.end('there')
    })
    const url = await serve((request, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(302, { location: request.url === '/here' ? target : '/here' }).end()
    })
    const answer = await http.get(url.replace('//', '//me:secret@'))
    expect((await bytesOf(answer)).toString()).toBe('there')
    const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`
    expect(seen).toEqual([basic, basic, undefined])
  })

  it('gives up on a circle of redirects', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/' }).end())
    expect(await why(http.get(url))).toContain('redirects')
  })

  it('tells an unreachable host from a broken answer, without asking twice', async () => {
    const url = await serve((_, response) => response.end())
    for (const close of closers.splice(0)) await close()
    pauses.length = 0
    const error: unknown = await http.get(url).catch((thrown: unknown) => thrown)
    expect(isUnreachable(error)).toBe(true)
    expect(pauses).toEqual([])
  })

  it('ends a silent answer after its time-out', async () => {
    const url = await serve(() => {})
    expect(await why(http.get(url, { timeoutMs: 20 }))).toContain('silence for 20 ms')
  })

  it('is cancelled by its signal, before and within the body', async () => {
    const url = await serve((_, response) => void response.writeHead(200).write('begun'))
    expect(await why(http.get(url, { signal: AbortSignal.abort() }))).toMatch(/^CANCELLED/)
    const controller = new AbortController()
    const response = await http.get(url, { signal: controller.signal })
    const reading = bytesOf(response)
    controller.abort()
    expect(await why(reading)).toMatch(/^CANCELLED/)
  })

  it('goes through the proxy it is given, except to hosts that no_proxy names', async () => {
    const proxy = await serve((request, response) => response.end(`by proxy: ${request.url}`))
    const origin = await serve((_, response) => response.end('direct'))
    const proxied = openHttp({ proxies: { http_proxy: proxy } })
    expect((await bytesOf(await proxied.get('http://upstream.invalid/x'))).toString()).toBe(
      'by proxy: http://upstream.invalid/x',
    )
    const excepted = openHttp({ proxies: { http_proxy: proxy, no_proxy: '127.0.0.1' } })
    expect((await bytesOf(await excepted.get(origin))).toString()).toBe('direct')
  })

  it('refuses other schemes', async () => {
    expect(await why(http.get('file:///etc/passwd'))).toMatch(/^USAGE/)
  })

  it('shows no credential in its messages', async () => {
    const url = await serve((_, response) => response.end())
    for (const close of closers.splice(0)) await close()
    const message = await why(http.get(`${url.replace('//', '//me:hunter2@')}/f?token=hunter3&x=1`))
    expect(message).toContain('x=1')
    expect(message).not.toMatch(/hunter/)
  })
})

describe('redaction', () => {
  it.each([
    ['https://user:pw@host.test/a', 'https://…@host.test/a'],
    ['https://host.test/a?access_token=abc&page=2', 'https://host.test/a?access_token=…&page=2'],
    ['https://host.test/a?X-Amz-Signature=abc', 'https://host.test/a?X-Amz-Signature=…'],
    ['https://host.test/a?monkey=1', 'https://host.test/a?monkey=1'],
    ['//user:pw@relative', '//…@relative'],
  ])('of %s gives %s', (given, want) => expect(redactUrl(given)).toBe(want))

  it('finds URLs within a text', () => {
    expect(redactText('cannot connect to http://u:p@proxy.test:3128/, giving up')).toBe(
      'cannot connect to http://…@proxy.test:3128/, giving up',
    )
  })

  it('never lets a password through', () => {
    fc.assert(
      fc.property(
        fc.webUrl({ withQueryParameters: true }),
        fc.stringMatching(/^[a-z]{12}$/),
        (url, password) => {
          const secret = url.replace('://', `://user:${password}@`)
          return !redactText(`fetching ${secret} failed`).includes(`:${password}@`)
        },
      ),
    )
  })
})
