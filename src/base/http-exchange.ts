// SPDX-License-Identifier: Apache-2.0
import type { Agent, IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

// An import of it would read all it has, its WebSocket among that, which is as much code as the rest of Node's network.
const { Agent: HttpAgent, request: requestHttp } = process.getBuiltinModule('node:http')

/** One request and the head of its answer, redirects followed. The network's own errors come out as {@link NetworkError}. */
export type Exchange = (request: ExchangeRequest) => Promise<ExchangeResponse>

export interface ExchangeRequest {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** More headers, which are for the origin of the URL alone. */
  readonly credentials?: Readonly<Record<string, string>>
  /** Until the connection stands, TLS included. */
  readonly connectTimeoutMs: number
  /** Longest silence, before the head and within the body. */
  readonly idleTimeoutMs: number
  readonly signal?: AbortSignal | undefined
}

export interface ExchangeResponse {
  /** Where the redirects ended. */
  readonly url: URL
  readonly status: number
  readonly headers: Headers
  readonly body: AsyncIterable<Uint8Array>
  discard(): void
}

/** Why no whole answer came. `unreachable`: no connection was made; `broken`: a connection ended, or fell silent, too early; `refused`: the answer may not be followed. */
export class NetworkError extends Error {
  readonly kind: 'unreachable' | 'broken' | 'refused'

  constructor(kind: NetworkError['kind'], message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'NetworkError'
    this.kind = kind
  }
}

/** @param proxies `http_proxy`, `https_proxy`, `no_proxy`, in either case. */
export function openExchange(proxies: Readonly<Record<string, string>>): Exchange {
  const options = { keepAlive: true, maxSockets: 8, proxyEnv: { ...proxies } }
  const agents = { 'http:': new HttpAgent(options), 'https:': new HttpsAgent(options) }

  return async (first) => {
    let request = first
    for (let redirects = 0; ; redirects++) {
      const response = await exchangeOnce(request, agents)
      const location = response.headers.get('location')
      if (!REDIRECTS.has(response.status) || location === null) return response
      response.discard()
      if (redirects === MAX_REDIRECTS)
        throw new NetworkError('refused', `more than ${MAX_REDIRECTS} redirects`)
      request = redirected(request, location)
    }
  }
}

const REDIRECTS = new Set([301, 302, 303, 307, 308])
const MAX_REDIRECTS = 10

/** RFC 9110 §15.4: a header that is meant for one origin is not carried to another; a secure channel is not left. */
function redirected(request: ExchangeRequest, location: string): ExchangeRequest {
  const url = URL.parse(location, request.url.href)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new NetworkError('refused', 'it redirects to what is no http or https URL')
  if (request.url.protocol === 'https:' && url.protocol === 'http:')
    throw new NetworkError('refused', 'it redirects from https to http')
  if (url.origin === request.url.origin) return { ...request, url }
  const headers = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => !/^(authorization|cookie)$/i.test(name)),
  )
  return { ...request, url, headers, credentials: {} }
}

type Agents = { readonly 'http:': Agent; readonly 'https:': HttpsAgent }

function exchangeOnce(request: ExchangeRequest, agents: Agents): Promise<ExchangeResponse> {
  return new Promise((resolve, reject) => {
    const { url, signal } = request
    const secure = url.protocol === 'https:'
    const sent = (secure ? requestHttps : requestHttp)(url, {
      headers: { ...request.headers, ...request.credentials },
      agent: secure ? agents['https:'] : agents['http:'],
      timeout: request.idleTimeoutMs,
      ...(signal === undefined ? {} : { signal }),
    })
    let connected = false
    const connectTimer = setTimeout(
      () => sent.destroy(new Error(`no connection within ${request.connectTimeoutMs} ms`)),
      request.connectTimeoutMs,
    )
    const onConnected = () => {
      connected = true
      clearTimeout(connectTimer)
    }
    sent.on('socket', (socket) => {
      if (sent.reusedSocket) onConnected()
      else socket.once(secure ? 'secureConnect' : 'connect', onConnected)
    })
    sent.on('timeout', () => sent.destroy(new Error(`silence for ${request.idleTimeoutMs} ms`)))
    sent.on('error', (error) => {
      clearTimeout(connectTimer)
      reject(
        signal?.aborted
          ? error
          : new NetworkError(connected ? 'broken' : 'unreachable', messageOf(error), error),
      )
    })
    sent.on('response', (message) => {
      onConnected()
      resolve({
        url,
        status: message.statusCode ?? 0,
        headers: headersOf(message),
        body: bodyOf(message, signal),
        discard: () => message.destroy(),
      })
    })
    sent.end()
  })
}

async function* bodyOf(
  message: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of message) yield chunk as Uint8Array
  } catch (error) {
    throw signal?.aborted ? error : new NetworkError('broken', messageOf(error), error)
  }
}

function headersOf(message: IncomingMessage): Headers {
  const headers = new Headers()
  for (let index = 0; index + 1 < message.rawHeaders.length; index += 2)
    headers.append(message.rawHeaders[index] ?? '', message.rawHeaders[index + 1] ?? '')
  return headers
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return messageOf(error.errors[0])
  return error instanceof Error ? error.message || error.name : String(error)
}
