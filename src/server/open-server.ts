// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { isSystemError, MillraceError } from '../base/index.ts'
import { findPortHolder } from './port-holder.ts'

export interface ServerOptions {
  readonly app: Hono
  /** An address or name of this machine; 127.0.0.1 lets in nobody else. */
  readonly host: string
  /** 0 takes any free one. */
  readonly port: number
  /** Stops the server as `close` does. */
  readonly signal: AbortSignal
}

export interface OpenServer {
  /** Such as `http://127.0.0.1:7373`, without a slash at the end. */
  readonly url: string
  /** Takes no more connections, lets open answers end for a moment, then cuts them. */
  close(): Promise<void>
}

const GRACE_MS = 1500

/** @throws MillraceError PORT_BUSY, SETTINGS_INVALID */
export async function openServer({ app, host, port, signal }: ServerOptions): Promise<OpenServer> {
  // A request without a body and with a page of headers: whoever needs longer to send it holds a place in vain.
  const serverOptions = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16 * 1024 }
  const server = createAdaptorServer({ fetch: app.fetch, serverOptions }) as Server
  try {
    const listening = once(server, 'listening')
    server.listen(port, host)
    await listening
  } catch (error) {
    throw await whyNot(error, host, port)
  }
  let closing: Promise<void> | undefined
  const close = () => {
    closing ??= closeServer(server)
    return closing
  }
  signal.addEventListener('abort', close, { once: true })
  if (signal.aborted) await close()
  return { url: urlOf(server.address() as AddressInfo | null, host, port), close }
}

async function closeServer(server: Server): Promise<void> {
  const closed = Promise.withResolvers<void>()
  server.close(() => closed.resolve())
  server.closeIdleConnections()
  await Promise.race([closed.promise, setTimeout(GRACE_MS, undefined, { ref: false })])
  server.closeAllConnections()
  await closed.promise
}

/** An address to reach it from this machine: who listens everywhere listens on loopback too. */
function urlOf(address: AddressInfo | null, host: string, port: number): string {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${name.includes(':') ? `[${name}]` : name}:${address?.port ?? port}`
}

async function whyNot(error: unknown, host: string, port: number): Promise<unknown> {
  const what = `listening on ${host}:${port}`
  if (isSystemError(error, 'EADDRINUSE')) {
    const holder = await findPortHolder(port)
    const who = holder === null ? 'another program' : `${holder.program} (process ${holder.pid})`
    const other = holder?.millrace ? 'another Millrace, ' : ''
    const next = port < 65_535 ? port + 1 : 7373
    const why = `${other}${who} listens there already`
    const fix = `stop it, or choose another port: --port ${next}`
    return new MillraceError('PORT_BUSY', { what, why, fix, cause: error })
  }
  if (isSystemError(error, 'EACCES'))
    return invalid(what, 'ports below 1024 are for root', 'choose another port: --port 7373', error)
  if (isSystemError(error, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN'))
    return invalid(what, `this machine has no address ${host}`, 'use --host 127.0.0.1', error)
  return error
}

function invalid(what: string, why: string, fix: string, cause: unknown): MillraceError {
  return new MillraceError('SETTINGS_INVALID', { what, why, fix, cause })
}
