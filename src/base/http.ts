// SPDX-License-Identifier: Apache-2.0
import { MillraceError, stripControls } from './error.ts'
import { type Exchange, type ExchangeResponse, NetworkError, openExchange } from './http-exchange.ts'
import { offlineError } from './offline.ts'
import { redactText, redactUrl } from './redact.ts'

export interface HttpOptions {
  /** First byte wanted; with `end`, up to there, exclusive. The answer is 206 when the server obeys. */
  readonly range?: { readonly start: number; readonly end?: number }
  readonly headers?: Readonly<Record<string, string>>
  /** More headers, which no redirect carries to another origin. */
  readonly credentials?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
  /** A longer body is an error. Default 16 GiB. */
  readonly maxBytes?: number
  /** Longest silence. Default 60,000. */
  readonly timeoutMs?: number
  /** Default 10,000. */
  readonly connectTimeoutMs?: number
  /** Called as bytes come: how many so far, and how many in all when the server said so. */
  readonly onProgress?: (doneBytes: number, totalBytes: number | null) => void
}

/** Any status is a value; the body comes as it arrives, and goes on by itself after a broken connection where the server allows it. */
export interface HttpResponse {
  readonly status: number
  readonly headers: Headers
  /** To be read to its end or left by `break`, once. @throws MillraceError FETCH_FAILED, CANCELLED */
  readonly body: AsyncIterable<Uint8Array>
  /** Ends the connection of a body that nobody will read. */
  discard(): void
}

/** The only door to the network. */
export interface Http {
  /** @throws MillraceError FETCH_FAILED when no answer came, CANCELLED, USAGE for what is no http or https URL. */
  get(url: string, options?: HttpOptions): Promise<HttpResponse>
}

export interface HttpSettings {
  /** `http_proxy`, `https_proxy`, `no_proxy` as the environment has them. */
  readonly proxies?: Readonly<Record<string, string>>
  /** Requests in all for one answer, and resumptions in all for one body. Default 4. */
  readonly attempts?: number
  /** Waits between attempts; tests give one that does not. */
  readonly pause?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
  readonly exchange?: Exchange
  /** Every request is refused before anything is sent. */
  readonly offline?: boolean
}

/** Transient answers are asked again with growing, jittered pauses (Retry-After is heeded); a host that cannot be reached is not: who asks may know another place. */
export function openHttp(settings: HttpSettings = {}): Http {
  if (settings.offline) return { get: (url) => Promise.reject(refused(url)) }
  const wire: Wire = {
    exchange: settings.exchange ?? openExchange(settings.proxies ?? {}),
    attempts: settings.attempts ?? 4,
    pause: settings.pause ?? pause,
  }
  return {
    get: async (url, options = {}) => {
      const parsed = parseUrl(url)
      const response = await ask(wire, parsed, options, rangeHeader(options.range))
      const { status, headers, discard } = response
      return { status, headers, discard, body: resumingBody(wire, parsed, options, response) }
    },
  }
}

/** Whether an error says that no connection could be made at all. */
export function isUnreachable(error: unknown): boolean {
  return (
    error instanceof MillraceError &&
    error.cause instanceof NetworkError &&
    error.cause.kind === 'unreachable'
  )
}

interface Wire {
  readonly exchange: Exchange
  readonly attempts: number
  readonly pause: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/** RFC 9110 §15 names them so: the same request may meet a better answer later. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504])
const MAX_BYTES = 16 * 1024 ** 3
/** A connection that brought this much before it broke has earned the full number of attempts again. */
const PROGRESS_BYTES = 1024 ** 2

async function ask(
  wire: Wire,
  url: URL,
  options: HttpOptions,
  extra: Readonly<Record<string, string>>,
): Promise<ExchangeResponse> {
  for (let attempt = 1; ; attempt++) {
    let wanted: string | null = null
    try {
      options.signal?.throwIfAborted()
      const response = await wire.exchange({
        url: withoutUser(url),
        headers: {
          'accept-encoding': 'identity',
          'user-agent': 'millrace',
          ...userOf(url),
          ...options.headers,
          ...extra,
        },
        credentials: options.credentials ?? {},
        connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
        idleTimeoutMs: options.timeoutMs ?? 60_000,
        signal: options.signal,
      })
      if (!TRANSIENT.has(response.status) || attempt === wire.attempts) return response
      wanted = response.headers.get('retry-after')
      response.discard()
    } catch (error) {
      if (!(error instanceof NetworkError)) throw asMillraceError(error, url, options)
      if (error.kind !== 'broken' || attempt === wire.attempts) throw failed(url, error.message, error)
    }
    await wire.pause(pauseMs(attempt, wanted), options.signal)
  }
}

/** The body, asked for again from where it broke, as long as the server says that it is still the same (RFC 9110 §13.1.5, If-Range). */
async function* resumingBody(
  wire: Wire,
  url: URL,
  options: HttpOptions,
  first: ExchangeResponse,
): AsyncGenerator<Uint8Array> {
  const start = first.status === 206 ? (contentRange(first)?.start ?? 0) : 0
  const validator = first.status === 200 || first.status === 206 ? validatorOf(first.headers) : null
  const total = lengthOf(first.headers)
  let response = first
  let done = 0
  let doneAtBreak = 0
  for (let attempt = 1; ; attempt++) {
    try {
      for await (const chunk of cappedBody(url, options, response, done)) {
        done += chunk.length
        options.onProgress?.(done, total)
        yield chunk
      }
      return
    } catch (error) {
      if (!(error instanceof NetworkError)) throw asMillraceError(error, url, options)
      if (done - doneAtBreak >= PROGRESS_BYTES) attempt = 1
      doneAtBreak = done
      if (validator === null || attempt === wire.attempts)
        throw failed(url, `after ${done} bytes: ${error.message}`, error)
      await wire.pause(pauseMs(attempt, null), options.signal)
      const rest = { ...options.range, start: start + done }
      response = await ask(wire, url, options, { ...rangeHeader(rest), 'if-range': validator })
      if (response.status !== 206 || contentRange(response)?.start !== start + done) {
        response.discard()
        throw failed(
          url,
          `after ${done} bytes the connection broke, and the server does not go on from there`,
          error,
        )
      }
    }
  }
}

async function* cappedBody(
  url: URL,
  { maxBytes = MAX_BYTES }: HttpOptions,
  response: ExchangeResponse,
  before = 0,
): AsyncGenerator<Uint8Array> {
  let total = before
  try {
    if (before + (lengthOf(response.headers) ?? 0) > maxBytes) throw tooLarge(url, maxBytes)
    for await (const chunk of response.body) {
      total += chunk.length
      if (total > maxBytes) throw tooLarge(url, maxBytes)
      yield chunk
    }
  } finally {
    response.discard()
  }
}

/** 0.5 s, 1 s, 2 s, … with half of it drawn by chance, or what the server asks for, at most a minute. */
function pauseMs(attempt: number, retryAfter: string | null): number {
  if (retryAfter !== null && /^\d{1,4}$/.test(retryAfter.trim()))
    return Math.min(Number(retryAfter) * 1000, 60_000)
  const full = Math.min(500 * 2 ** (attempt - 1), 20_000)
  return full / 2 + (Math.random() * full) / 2
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    const onAbort = () => {
      clearTimeout(timer)
      reject(cancelled('waiting to ask again'))
    }
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function rangeHeader(range: HttpOptions['range']): Record<string, string> {
  if (range === undefined) return {}
  return { range: `bytes=${range.start}-${range.end === undefined ? '' : range.end - 1}` }
}

function contentRange({ headers }: ExchangeResponse): { start: number } | null {
  const [, start] = /^bytes (\d+)-\d+\/(?:\d+|\*)$/.exec(headers.get('content-range') ?? '') ?? []
  return start === undefined ? null : { start: Number(start) }
}

/** A strong entity tag, else the date: what If-Range may carry. */
export function validatorOf(headers: Headers): string | null {
  const etag = headers.get('etag')
  return etag !== null && !etag.startsWith('W/') ? etag : headers.get('last-modified')
}

function lengthOf(headers: Headers): number | null {
  const length = headers.get('content-length')
  return length !== null && /^\d+$/.test(length) ? Number(length) : null
}

function refused(url: string): MillraceError {
  return offlineError(
    `fetching ${redactUrl(url)}`,
    'it is on another machine',
    'run the same command once without --offline, or put it where the command looks on this machine',
  )
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url)
  if (parsed !== null && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed
  throw new MillraceError('USAGE', {
    what: `fetching ${redactUrl(url)}`,
    why: 'it is no http or https URL',
    fix: 'give a URL that begins with https://',
  })
}

function userOf(url: URL): Record<string, string> {
  if (url.username === '' && url.password === '') return {}
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` }
}

function withoutUser(url: URL): URL {
  const plain = new URL(url)
  plain.username = ''
  plain.password = ''
  return plain
}

function asMillraceError(error: unknown, url: URL, { signal }: HttpOptions): unknown {
  return signal?.aborted && !(error instanceof MillraceError)
    ? cancelled(`fetching ${redactUrl(url.href)}`)
    : error
}

function cancelled(what: string): MillraceError {
  return new MillraceError('CANCELLED', { what, why: 'it was cancelled', fix: 'run the same command again' })
}

function tooLarge(url: URL, maxBytes: number): MillraceError {
  return new MillraceError('FETCH_FAILED', {
    what: `fetching ${redactUrl(url.href)}`,
    why: `it has more than ${maxBytes} bytes, which is the limit`,
    fix: 'check the URL; what it names is not what was expected',
  })
}

function failed(url: URL, why: string, cause: NetworkError): MillraceError {
  return new MillraceError('FETCH_FAILED', {
    what: `fetching ${redactUrl(url.href)}`,
    why: redactText(stripControls(why)),
    fix: 'check the network and the proxy settings, then run the same command again',
    cause,
  })
}
