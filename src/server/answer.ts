// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { isMillraceError, MillraceError } from '../base/index.ts'
import type { ErrorBody } from './api.ts'

/** Bytes that are whole in memory, with what a cache needs to know of them. */
export interface Content {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly mediaType: string
  readonly cacheControl: string
  /** A strong entity tag, quotes included (RFC 9110 §8.8.3). */
  readonly etag: string
}

/** What changes at any time: caches keep it, and ask each time whether it is still so. */
export const REVALIDATE = 'no-cache'
/** What its own name or digest fixes for ever. */
export const IMMUTABLE = 'public, max-age=31536000, immutable'

export function contentOf(bytes: Uint8Array<ArrayBuffer>, mediaType: string, cacheControl: string): Content {
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`
  return { bytes, mediaType, cacheControl, etag }
}

/** 304 when the asker has it already (RFC 9110 §13.1.2: If-None-Match compares weakly), else the whole. */
export function answerContent(request: Request, { bytes, mediaType, cacheControl, etag }: Content): Response {
  const headers = { etag, 'cache-control': cacheControl }
  const known = request.headers.get('if-none-match')?.split(',') ?? []
  if (known.some((tag) => tag.trim().replace(/^W\//, '') === etag))
    return new Response(null, { status: 304, headers })
  return new Response(bytes, {
    headers: { ...headers, 'content-type': mediaType, 'content-length': String(bytes.length) },
  })
}

export function answerJson(request: Request, value: unknown): Response {
  const bytes = new TextEncoder().encode(JSON.stringify(value))
  return answerContent(request, contentOf(bytes, 'application/json', REVALIDATE))
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

function bug(): MillraceError {
  return new MillraceError('INTERNAL', {
    what: 'answering the request',
    why: 'Millrace has a bug there; its own output has the details',
    fix: 'look at the output of millrace start, and report what it says',
  })
}
