// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildKeyOf, LITERAL_LOG, literalServices, PEM } from '../../test/support/literal-catalog.ts'
import { type EventBody, MillraceError } from '../base/index.ts'
import { type Assets, makeApp, openAssets, type ServerServices } from './index.ts'

const here = await mkdtemp(join(tmpdir(), 'millrace-page-'))
let assets: Assets

beforeAll(async () => {
  await mkdir(join(here, 'dist', 'assets'), { recursive: true })
  await writeFile(join(here, 'secret.txt'), 'not to be served')
  await writeFile(join(here, 'dist', 'index.html'), '<!doctype html><title>Millrace</title>')
  await writeFile(join(here, 'dist', 'favicon.svg'), '<svg/>')
  await writeFile(join(here, 'dist', 'assets', 'index-1a2b.js'), 'console.log(1)')
  assets = await openAssets(join(here, 'dist'))
})
afterAll(() => rm(here, { recursive: true }))

const told: EventBody[] = []
const makeTestApp = (overrides: Partial<ServerServices> = {}) =>
  makeApp(literalServices(overrides), {
    assets,
    names: ['mill.example'],
    stop: new AbortController().signal,
    emit: (event) => told.push(event),
  })
const ask = (path: string, init?: RequestInit) => makeTestApp().request(path, init)

describe('the api', () => {
  it.each([
    ['/api/status', { recipes: 10, edge: 10, stable: 8, images: 4, failed: 1 }],
    ['/api/progress', { seq: 0, running: [] }],
    ['/api/packages/zlib', { name: 'zlib', siblings: ['zlib-dev'], channels: { edge: '1.3.1-r0' } }],
    ['/api/images/nginx', { name: 'nginx', tags: ['latest', '1.28.0'], layers: 6 }],
    [`/api/builds/${buildKeyOf('zlib')}`, { recipe: 'zlib', packages: ['zlib', 'zlib-dev'] }],
    [`/api/builds/${buildKeyOf('zlib').slice(7, 19)}`, { recipe: 'zlib' }],
  ])('answers %s', async (path, want) => {
    const response = await ask(path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toMatchObject(want)
  })

  it.each([
    ['/api/packages', 11],
    ['/api/images', 4],
  ])('lists %s', async (path, count) => {
    expect(await (await ask(path)).json()).toHaveLength(count)
  })

  it('says how to pull an image from where it was asked', async () => {
    const response = await ask('http://127.0.0.1:7373/api/images/nginx')
    expect(await response.json()).toMatchObject({
      pull: [
        { label: 'podman', command: 'podman pull --tls-verify=false 127.0.0.1:7373/nginx:latest' },
        {
          label: 'skopeo',
          command: 'skopeo copy --src-tls-verify=false docker://127.0.0.1:7373/nginx:latest oci:nginx',
        },
        { label: 'crane', command: 'crane pull 127.0.0.1:7373/nginx:latest nginx.tar' },
      ],
    })
    const behindTls = await ask('https://mill.example/api/images/nginx')
    expect(await behindTls.json()).toMatchObject({
      pull: [{ command: 'podman pull mill.example/nginx:latest' }, {}, {}],
    })
  })

  it('says what to type next, beginning with an image that passed its tests', async () => {
    const lines = (await (await ask('http://localhost:7373/api/paste')).json()) as { command: string }[]
    expect(lines.map(({ command }) => command)).toEqual([
      'podman pull --tls-verify=false localhost:7373/curl:latest',
      'skopeo copy --src-tls-verify=false docker://localhost:7373/curl:latest oci:curl',
      'crane pull localhost:7373/curl:latest curl.tar',
      'wget -P /etc/apk/keys http://localhost:7373/keys/millrace-1a2b3c.rsa.pub',
      'echo http://localhost:7373/apk/edge >> /etc/apk/repositories',
    ])
  })

  it('sends a log as plain text', async () => {
    const response = await ask(`/api/builds/${buildKeyOf('zlib')}/log?attempt=1`)
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(await response.text()).toBe(LITERAL_LOG)
  })

  it('sends a document that a package names, to be kept for ever, and no other blob', async () => {
    const detail = (await (await ask('/api/packages/zlib')).json()) as {
      versions: { sbom: { digest: string } }[]
    }
    const response = await ask(`/api/documents/${detail.versions[0]?.sbom.digest}`)
    expect(response.headers.get('cache-control')).toMatch(/immutable/)
    expect(await response.json()).toMatchObject({ spdxVersion: 'SPDX-2.3' })
    expect((await ask(`/api/documents/sha256:${'0'.repeat(64)}`)).status).toBe(404)
  })

  it('answers 304 to who has it already', async () => {
    const first = await ask('/api/status')
    const again = await ask('/api/status', { headers: { 'if-none-match': first.headers.get('etag') ?? '' } })
    expect(again.status).toBe(304)
    expect(await again.text()).toBe('')
  })
})

describe('an error', () => {
  it('names what is near when there is nothing of that name', async () => {
    const response = await ask('/api/packages/zlbi')
    expect(response.status).toBe(404)
    expect(await response.json()).toEqual({
      code: 'NOT_FOUND',
      what: 'looking for the package "zlbi"',
      why: 'there is none of that name',
      fix: 'did you mean zlib?',
    })
  })

  it('has the status of its code', async () => {
    const failing = makeTestApp({
      progress: () => {
        throw new MillraceError('DATABASE_FAILED', { what: 'reading', why: 'it is gone', fix: 'start it' })
      },
    })
    const response = await failing.request('/api/progress')
    expect([response.status, await response.json()]).toEqual([
      503,
      { code: 'DATABASE_FAILED', what: 'reading', why: 'it is gone', fix: 'start it' },
    ])
  })

  it('that is a bug is told to the factory, and shows the asker nothing of its insides', async () => {
    const broken = makeTestApp({
      progress: () => {
        throw new TypeError('secret detail')
      },
    })
    const response = await broken.request('/api/progress')
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(told.at(-1)).toMatchObject({ type: 'notice.raised', level: 'error', code: 'INTERNAL' })
  })
})

describe('the page', () => {
  it.each(['/', '/packages', '/packages/python-3.12', '/images/nginx', '/builds/0123456789ab', '/graph'])(
    'is at its view %s',
    async (path) => {
      const response = await ask(path)
      expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(response.headers.get('cache-control')).toBe('no-cache')
      expect(await response.text()).toContain('<title>Millrace</title>')
    },
  )

  it('has assets that caches keep for ever, and others that they ask for again', async () => {
    const script = await ask('/assets/index-1a2b.js')
    expect(script.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(script.headers.get('cache-control')).toMatch(/immutable/)
    const icon = await ask('/favicon.svg')
    expect(icon.headers.get('cache-control')).toBe('no-cache')
    const etag = icon.headers.get('etag') ?? ''
    expect((await ask('/favicon.svg', { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('says how to build it where it was not built', async () => {
    const empty = await openAssets(join(here, 'nowhere'))
    const stop = new AbortController().signal
    const app = makeApp(literalServices(), { assets: empty, stop, emit: () => {} })
    expect(await (await app.request('/')).text()).toContain('npx vite build web')
  })
})

describe('other doors', () => {
  it('hand the apk repository and the registry their requests with the whole path', async () => {
    expect(await (await ask('/apk/edge/x86_64/APKINDEX.tar.gz')).text()).toBe(
      'apk /apk/edge/x86_64/APKINDEX.tar.gz',
    )
    expect(await (await ask('/v2/')).text()).toBe('registry GET /v2/')
    expect(await (await ask('/v2/nginx/blobs/uploads/', { method: 'POST' })).text()).toMatch(/^registry POST/)
  })

  it('give out public keys by name', async () => {
    expect(await (await ask('/keys/millrace-1a2b3c.rsa.pub')).text()).toBe(PEM)
    expect((await ask('/keys/millrace-1a2b3c.rsa')).status).toBe(404)
  })
})

describe('a hostile request', () => {
  it.each([
    '/../secret.txt',
    '/..%2fsecret.txt',
    '/%2e%2e/secret.txt',
    '/assets/../../secret.txt',
    '/assets/..%5c..%5csecret.txt',
    '/assets//../secret.txt',
    '//etc/passwd',
    '/%00',
    '/assets/%zz',
    '/keys/..%2f..%2fetc%2fpasswd',
    '/api/packages/..%2f..%2fetc%2fpasswd',
    '/api/packages/%00',
    '/api/packages/a%27%3b--',
    `/api/packages/${'a'.repeat(5000)}`,
    '/api/builds/..%2f..',
    '/api/documents/sha256:zz',
    '/api/nothing',
    '/.env',
  ])('for %s gets a plain 404', async (path) => {
    const response = await ask(path)
    const text = await response.text()
    expect(response.status).toBe(404)
    expect(text).not.toContain('not to be served')
    expect(JSON.parse(text)).toMatchObject({ code: 'NOT_FOUND' })
    expect(text.length).toBeLessThan(1000)
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('with %s is not answered', async (method) => {
    const response = await ask('/api/status', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    expect(await response.json()).toMatchObject({ code: 'METHOD_UNSUPPORTED' })
  })

  it('with a large body is refused', async () => {
    const headers = { 'content-length': '1000000' }
    const response = await ask('/v2/x', { method: 'PUT', headers })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ code: 'REQUEST_TOO_LARGE' })
  })

  it.each([
    ['http://evil.example/api/status', 421],
    ['http://127.0.0.1.evil.example/api/status', 421],
    ['http://localhost.evil.example/', 421],
    ['http://evil.example/v2/', 421],
    ['http://localhost:7373/api/status', 200],
    ['http://127.0.0.1:7373/api/status', 200],
    ['http://[::1]:7373/api/status', 200],
    ['http://192.168.1.7/api/status', 200],
    ['http://mill.example/api/status', 200],
  ])('that names the host of %s gets %i', async (url, status) => {
    expect((await ask(url)).status).toBe(status)
  })

  it('for a strange place in the stream or a strange attempt is told what is expected', async () => {
    for (const path of ['/api/events?after=-1', `/api/builds/${'a'.repeat(12)}/log?attempt=x`]) {
      const response = await ask(path)
      expect([response.status, await response.json()]).toMatchObject([400, { code: 'USAGE' }])
    }
  })
})

describe('every answer', () => {
  it.each(['/', '/api/status', '/nothing', '/v2/', '/apk/x'])('at %s keeps browsers safe', async (path) => {
    const { headers } = await ask(path)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('access-control-allow-origin')).toBeNull()
  })

  it('to HEAD has the headers and no body', async () => {
    const response = await ask('/api/status', { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(100)
    expect(await response.text()).toBe('')
  })
})
