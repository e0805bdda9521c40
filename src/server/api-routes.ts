// SPDX-License-Identifier: Apache-2.0
import { Hono } from 'hono'
import { isDigest, MillraceError, nearestName } from '../base/index.ts'
import { answerJson, IMMUTABLE } from './answer.ts'
import type { ImageAnswer } from './api.ts'
import type { Catalog, ServerServices, StoredText } from './catalog.ts'
import { answerEvents } from './event-stream.ts'
import { nextLines, pullLines } from './paste.ts'

/** What answers below `/api`. Shapes are those of api.ts. */
export function apiRoutes(services: ServerServices, stop: AbortSignal): Hono {
  const { catalog, events, progress, publicKeys } = services
  const api = new Hono()
  api.get('/status', async (c) => answerJson(c.req.raw, await catalog.status()))
  api.get('/progress', (c) => answerJson(c.req.raw, progress()))
  api.get('/paste', async (c) => {
    const [images, keys] = await Promise.all([catalog.images(), publicKeys()])
    return answerJson(c.req.raw, nextLines(originOf(c.req.url), images, [...keys.keys()]))
  })
  api.get('/packages', async (c) => answerJson(c.req.raw, await catalog.packages()))
  api.get('/packages/:name', async (c) => {
    const name = c.req.param('name')
    const found = isName(name) ? await catalog.package(name) : null
    if (found === null) throw await noPackage(catalog, name)
    return answerJson(c.req.raw, found)
  })
  api.get('/images', async (c) => answerJson(c.req.raw, await catalog.images()))
  api.get('/images/:name', async (c) => {
    const name = c.req.param('name')
    const found = isName(name) ? await catalog.image(name) : null
    if (found === null) throw await noImage(catalog, name)
    const tag = found.tags[0]
    const pull = tag === undefined ? [] : pullLines(originOf(c.req.url), `${found.name}:${tag}`)
    const answer: ImageAnswer = { ...found, pull }
    return answerJson(c.req.raw, answer)
  })
  api.get('/builds/:key', async (c) => {
    const key = c.req.param('key')
    const found = isBuildKey(key) ? await catalog.build(key) : null
    if (found === null) throw notFound(`the build ${shown(key)}`, 'millrace status lists what was built')
    return answerJson(c.req.raw, found)
  })
  api.get('/builds/:key/log', async (c) => {
    const [key, attempt] = [c.req.param('key'), attemptOf(c.req.query('attempt'))]
    const found = isBuildKey(key) ? await catalog.log(key, attempt) : null
    if (found === null)
      throw notFound(`the log of the build ${shown(key)}`, `look at /api/builds/${shown(key)}`)
    return answerStored(found, attempt === null ? 'no-store' : 'private, max-age=3600')
  })
  api.get('/graph', async (c) => answerJson(c.req.raw, await catalog.graph()))
  api.get('/documents/:digest', async (c) => {
    const digest = c.req.param('digest')
    const found = isDigest(digest) ? await catalog.document(digest) : null
    if (found === null)
      throw notFound(`the document ${shown(digest)}`, 'packages and images name theirs by digest')
    return answerStored(found, IMMUTABLE)
  })
  api.get('/events', (c) => {
    // A browser that comes back tells the last id it saw; that is newer than what its address says.
    const after = seqOf(c.req.header('last-event-id') ?? c.req.query('after'))
    return answerEvents(events, { after, signal: stop })
  })
  return api
}

/** Text of any kind, shown as JSON or as plain text: never as something that a browser would run. */
function answerStored({ mediaType, sizeBytes, body }: StoredText, cacheControl: string): Response {
  const type = /[/+]json($|;)/.test(mediaType) ? 'application/json' : 'text/plain; charset=utf-8'
  return new Response(ReadableStream.from(body), {
    headers: { 'content-type': type, 'content-length': String(sizeBytes), 'cache-control': cacheControl },
  })
}

const isName = (text: string) => /^[A-Za-z0-9][A-Za-z0-9+._-]{0,199}$/.test(text)
const isBuildKey = (text: string) => /^(sha256:)?[0-9a-f]{12,64}$/.test(text)
const shown = (text: string) => JSON.stringify(text.slice(0, 100))
const originOf = (url: string) => new URL(url).origin

/** @throws MillraceError USAGE */
function seqOf(text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new MillraceError('USAGE', {
    what: 'reading where the event stream shall resume',
    why: `expected the number of an event, found ${shown(text)}`,
    fix: 'give the id of the last event seen, or none',
  })
}

/** @throws MillraceError USAGE */
function attemptOf(text: string | undefined): number | null {
  if (text === undefined) return null
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new MillraceError('USAGE', {
    what: 'reading which attempt of a build is asked for',
    why: `expected a number, found ${shown(text)}`,
    fix: 'give an id that /api/builds/KEY lists, or none for the newest',
  })
}

async function noPackage(catalog: Catalog, name: string): Promise<MillraceError> {
  const near = nearestName(
    name,
    (await catalog.packages()).map((one) => one.name),
  )
  return notFound(
    `the package ${shown(name)}`,
    near === undefined ? 'look at /api/packages' : `did you mean ${near}?`,
  )
}

async function noImage(catalog: Catalog, name: string): Promise<MillraceError> {
  const near = nearestName(
    name,
    (await catalog.images()).map((one) => one.name),
  )
  return notFound(
    `the image ${shown(name)}`,
    near === undefined ? 'look at /api/images' : `did you mean ${near}?`,
  )
}

function notFound(thing: string, fix: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `looking for ${thing}`,
    why: 'there is none of that name',
    fix,
  })
}
