// SPDX-License-Identifier: Apache-2.0
import { isIP } from 'node:net'
import { MillraceError } from '../base/index.ts'

const MAX_BODY_BYTES = 64 * 1024

/** Sent with every answer. The page's scripts and styles are files of its own; nothing may frame it or be loaded by it from elsewhere. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}

/**
 * Refuses what no door of this server takes.
 *
 * @param names host names it is known by, besides addresses and localhost.
 * @throws MillraceError HOST_UNKNOWN, METHOD_UNSUPPORTED, REQUEST_TOO_LARGE
 */
export function guard(request: Request, names: ReadonlySet<string>): void {
  // Behind Node's server the URL's host is the Host header's, or the absolute request target's (RFC 9112 §3.2.2).
  const { host, pathname } = new URL(request.url)
  const what = `answering ${request.method} ${pathname.slice(0, 200)}`
  if (!isOwnHost(host, names)) {
    const why = `it asks for the host ${JSON.stringify(host.slice(0, 100))}, which is not this server`
    const fix = `use its address, or start it with --host ${host.replace(/:\d+$/, '').slice(0, 100) || 'NAME'}`
    throw new MillraceError('HOST_UNKNOWN', { what, why, fix })
  }
  // The registry answers for its own methods, in the words of its own specification.
  if (!['GET', 'HEAD'].includes(request.method) && !isRegistry(pathname)) {
    const why = 'nothing is changed over HTTP; only GET and HEAD are answered'
    throw new MillraceError('METHOD_UNSUPPORTED', {
      what,
      why,
      fix: 'use the millrace command to change things',
    })
  }
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY_BYTES) {
    const why = `its body is larger than ${MAX_BODY_BYTES} bytes`
    throw new MillraceError('REQUEST_TOO_LARGE', { what, why, fix: 'send it without a body' })
  }
}

/**
 * A page elsewhere can give its own name this machine's address (DNS rebinding) and then read all answers. It cannot do so for an address or for localhost: so
 * those are let in, and names only when they were told.
 */
export function isOwnHost(host: string, names: ReadonlySet<string>): boolean {
  const parsed = URL.parse(`http://${host}`)
  if (parsed === null) return false
  const name = parsed.hostname.replace(/^\[|\]$/g, '')
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || names.has(name)
}

function isRegistry(pathname: string): boolean {
  return pathname === '/v2' || pathname.startsWith('/v2/')
}
