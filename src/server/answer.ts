// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { isMillraceError, MillraceError } from '../base/index.ts'
import type { ByteRange } from '../store/index.ts'
import type { ErrorBody } from './api.ts'
import { openBody } from './body.ts'
import { judge } from './preconditions.ts'
import { askedRange } from './range.ts'

/** What a path answers with, and what a cache needs to know of it. */
export interface Content {
  readonly sizeBytes: number
  readonly mediaType: string
  readonly cacheControl: string
  /** A strong entity tag, quotes included (RFC 9110 §8.8.3). */
  readonly etag: string
  readonly lastModified?: Date
  /** More header fields, in lower case. */
  readonly headers?: Readonly<Record<string, string>>
  /** The bytes, or where they are read from: only then may a part of them be asked for. */
  readonly body: Uint8Array<ArrayBuffer> | ((range?: ByteRange) => AsyncIterable<Uint8Array>)
}

/** What changes at any time: caches keep it, and ask each time whether it is still so. */
export const REVALIDATE = 'no-cache'
/** What its own name or digest fixes for ever. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

export function contentOf(body: Uint8Array<ArrayBuffer>, mediaType: string, cacheControl: string): Content {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`
  return { sizeBytes: body.length, mediaType, cacheControl, etag, body }
}

export function jsonContent(value: unknown, mediaType = 'application/json'): Content {
  return contentOf(new TextEncoder().encode(JSON.stringify(value)), mediaType, REVALIDATE)
}

/**
 * GET and HEAD: 304 to who has it already, the part that is asked for, else the whole (RFC 9110 §13.2.2: preconditions come before ranges).
 *
 * @throws what reading the first bytes throws; errors behind them break the connection.
 */
export async function answerContent(request: Request, content: Content): Promise<Response> {
  const headers = describe(content)
  const verdict = judge(request, content)
  if (verdict === 'failed') return new Response(null, { status: 412, headers })
  if (verdict === 'unchanged') return new Response(null, { status: 304, headers })
  const { body, mediaType, sizeBytes } = content
  headers.set('content-type', mediaType)
  headers.set('content-length', String(sizeBytes))
  if (body instanceof Uint8Array) return new Response(request.method === 'HEAD' ? null : body, { headers })

  headers.set('accept-ranges', 'bytes')
  if (request.method === 'HEAD') return new Response(null, { headers })
  const range = askedRange(request, content)
  if (range === 'unsatisfiable') return unsatisfiable(headers, sizeBytes)
  if (range === undefined) return new Response(await openBody(body(), sizeBytes), { headers })
  const { start, end } = range
  headers.set('content-range', `bytes ${start}-${end - 1}/${sizeBytes}`)
  headers.set('content-length', String(end - start))
  return new Response(await openBody(body(range), end - start), { status: 206, headers })
}

export function answerJson(request: Request, value: unknown): Promise<Response> {
  return answerContent(request, jsonContent(value))
}

/** Any error as the four fields, with the status its code has; a bug shows neither message nor stack to the outside. */
export function answerError(error: unknown): Response {
  const shown = isMillraceError(error) ? error : bug()
  const { code, what, why, fix } = shown
  const body: ErrorBody = { code, what, why, fix }
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  if (code === 'METHOD_UNSUPPORTED') headers['allow'] = 'GET, HEAD'
  return Response.json(body, { status: shown.kind.http, headers })
}

/** What a 304 says too (RFC 9110 §15.4.5). */
function describe({ etag, cacheControl, lastModified, headers }: Content): Headers {
  const all = new Headers({ ...headers, etag, 'cache-control': cacheControl })
  if (lastModified !== undefined) all.set('last-modified', lastModified.toUTCString())
  return all
}

/** RFC 9110 §15.5.17: tells the size, so that the asker can do better. */
function unsatisfiable(headers: Headers, sizeBytes: number): Response {
  headers.delete('content-type')
  headers.set('content-range', `bytes */${sizeBytes}`)
  headers.set('content-length', '0')
  headers.set('cache-control', 'no-store')
  return new Response(null, { status: 416, headers })
}

function bug(): MillraceError {
  return new MillraceError('INTERNAL', {
    what: 'answering the request',
    why: 'Millrace has a bug there; its own output has the details',
    fix: 'look at the output of millrace start, and report what it says',
  })
}
