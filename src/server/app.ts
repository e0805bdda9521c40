// SPDX-License-Identifier: Apache-2.0
import { Hono } from 'hono'
import { compress } from 'hono/compress'
import { type Emit, isMillraceError, MillraceError, stripControls } from '../base/index.ts'
import { answerContent, answerError, contentOf, REVALIDATE } from './answer.ts'
import { apiRoutes } from './api-routes.ts'
import type { Assets } from './assets.ts'
import type { ServerServices } from './catalog.ts'
import { guard, SECURITY_HEADERS } from './guard.ts'

export interface AppOptions {
  readonly assets: Assets
  /** Host names the server is known by, besides addresses and localhost. */
  readonly names?: readonly string[]
  /** Ends the event streams, which else never end. */
  readonly stop: AbortSignal
  /** Hears of bugs: the asker is told only that there is one. */
  readonly emit: Emit
}

/** The paths that are views of the page; it finds by itself which. */
const VIEWS = ['/', '/packages', '/packages/*', '/images', '/images/*', '/builds/*', '/graph']

/** All that Millrace answers over HTTP, as one function from request to response. */
export function makeApp(services: ServerServices, { assets, names = [], stop, emit }: AppOptions): Hono {
  const known = new Set(names)
  const app = new Hono()
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.res.headers.set(name, value)
  })
  app.use(async (c, next) => {
    guard(c.req.raw, known)
    await next()
  })
  app.onError((error) => {
    if (!isMillraceError(error)) emit(bugNotice(error))
    return answerError(error)
  })
  app.notFound((c) => answerError(nothingAt(c.req.path)))

  // Packages and layers are compressed already, and their bytes are named by digest.
  app.all('/apk/*', (c) => services.apkRepository(c.req.raw))
  app.all('/v2', (c) => services.registry(c.req.raw))
  app.all('/v2/*', (c) => services.registry(c.req.raw))
  app.use(compress())
  app.route('/api', apiRoutes(services, stop))
  app.get('/keys/:name', async (c) => {
    const pem = (await services.publicKeys()).get(c.req.param('name'))
    if (pem === undefined) throw nothingAt(c.req.path)
    return answerContent(
      c.req.raw,
      contentOf(new TextEncoder().encode(pem), 'application/x-pem-file', REVALIDATE),
    )
  })
  for (const view of VIEWS) app.get(view, (c) => answerContent(c.req.raw, assets.page))
  app.get('*', (c) => {
    const content = assets.get(c.req.path)
    return content === undefined ? c.notFound() : answerContent(c.req.raw, content)
  })
  return app
}

function nothingAt(path: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `answering ${path.slice(0, 200)}`,
    why: 'there is nothing at this path',
    fix: 'begin at / or at /api/status',
  })
}

function bugNotice(error: Error): Parameters<Emit>[0] {
  const text = `answering a request failed: ${stripControls(error.stack ?? error.message)}`
  return { type: 'notice.raised', level: 'error', code: 'INTERNAL', text }
}
