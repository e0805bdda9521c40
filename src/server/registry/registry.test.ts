// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { LiteralShelf, OCI_INDEX, OCI_MANIFEST } from '../../../test/support/literal-shelf.ts'
import { type Digest, digestOf, type EventBody, MillraceError } from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { makeRegistry, type WebHandler } from '../index.ts'
import { accepts } from './accept.ts'
import { pageOf } from './page.ts'
import { isProblem } from './problem.ts'
import { parseRoute } from './route.ts'

let directory: string
let blobs: BlobStore
let shelf: LiteralShelf
let registry: WebHandler
let hello: Awaited<ReturnType<LiteralShelf['addImage']>>
let other: Awaited<ReturnType<LiteralShelf['addImage']>>
let sbom: Digest
let signature: Digest
const told: EventBody[] = []
const SBOM = 'application/spdx+json'
const SIGNATURE = 'application/vnd.dev.sigstore.bundle.v0.3+json'

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-registry-'))
  blobs = await openBlobDirectory(directory)
  shelf = new LiteralShelf(blobs)
  registry = makeRegistry({ images: shelf, blobs, emit: (event) => told.push(event) })
  hello = await shelf.addImage('hello', ['latest'], [{ 'bin/hello': '#!/bin/sh\n' }, { 'etc/motd': 'hi\n' }])
  other = await shelf.addImage('team/other', ['1.0'], [{ other: 'other' }])
  sbom = await shelf.addReferrer('hello', hello.index, SBOM, { 'org.opencontainers.image.created': '2026' })
  signature = await shelf.addReferrer('hello', hello.index, SIGNATURE, {})
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const ask = async (path: string, init?: RequestInit) =>
  registry(new Request(`http://localhost:7373${path}`, init))
const codesOf = async (response: Response) => {
  const body = (await response.json()) as { errors: { code: string; message: string }[] }
  return [response.status, ...body.errors.map(({ code }) => code)]
}
const NOWHERE = digestOf('nowhere')

describe('Determining Support', () => {
  it.each(['/v2/', '/v2'])('GET %s is 200', async (path) => {
    const response = await ask(path)
    expect([response.status, await response.json()]).toEqual([200, {}])
    expect(response.headers.get('docker-distribution-api-version')).toBe('registry/2.0')
  })
})

describe('Pulling manifests', () => {
  it('by tag MUST be 200, with the media type and the digest of the manifest', async () => {
    const response = await ask('/v2/hello/manifests/latest')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(OCI_INDEX)
    expect(response.headers.get('docker-content-digest')).toBe(hello.index)
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(digestOf(await response.text())).toBe(hello.index)
  })

  it('by digest MUST be that manifest, which is so for ever', async () => {
    const response = await ask(`/v2/hello/manifests/${hello.manifest}`)
    expect(response.headers.get('content-type')).toBe(OCI_MANIFEST)
    expect(response.headers.get('cache-control')).toMatch(/immutable/)
    expect(digestOf(await response.text())).toBe(hello.manifest)
  })

  it('takes the digest with its colon escaped', async () => {
    expect((await ask(`/v2/hello/manifests/${encodeURIComponent(hello.manifest)}`)).status).toBe(200)
  })

  it.each([
    ['a tag that is not there', '/v2/hello/manifests/2.0', 'MANIFEST_UNKNOWN'],
    ['a tag against the grammar', '/v2/hello/manifests/.INVALID_MANIFEST_NAME', 'MANIFEST_UNKNOWN'],
    ['a tag longer than 128', `/v2/hello/manifests/${'a'.repeat(129)}`, 'MANIFEST_UNKNOWN'],
    ['a digest that is not there', `/v2/hello/manifests/${NOWHERE}`, 'MANIFEST_UNKNOWN'],
    ['a digest of another algorithm', `/v2/hello/manifests/sha512:${'0'.repeat(128)}`, 'MANIFEST_UNKNOWN'],
    ['a repository that is not there', '/v2/nothing/manifests/latest', 'NAME_UNKNOWN'],
  ])('of %s MUST be 404', async (_, path, code) => {
    expect(await codesOf(await ask(path))).toEqual([404, code])
    expect((await ask(path, { method: 'HEAD' })).status).toBe(404)
  })

  it('of another repository is 404', async () => {
    expect(await codesOf(await ask(`/v2/hello/manifests/${other.manifest}`))).toEqual([
      404,
      'MANIFEST_UNKNOWN',
    ])
  })

  it.each(['sha256:abc', `sha256:${'A'.repeat(64)}`, 'sha512:00', ':', 'sha256:'])(
    'by the digest %s, which is none, is 400',
    async (digest) => {
      expect(await codesOf(await ask(`/v2/hello/manifests/${digest}`))).toEqual([400, 'DIGEST_INVALID'])
    },
  )

  it('is 304 to who has it', async () => {
    const etag = (await ask('/v2/hello/manifests/latest')).headers.get('etag') ?? ''
    expect(etag).toBe(`"${hello.index}"`)
    const again = await ask('/v2/hello/manifests/latest', { headers: { 'if-none-match': etag } })
    expect([again.status, again.headers.get('docker-content-digest')]).toEqual([304, hello.index])
  })

  it.each([
    ['docker', `application/json, ${OCI_MANIFEST}, ${OCI_INDEX}`, 200],
    ['curl', '*/*', 200],
    ['one that knows no index', OCI_MANIFEST, 404],
    ['one that asks for no index', `${OCI_INDEX};q=0, */*;q=0.1`, 404],
  ])('by tag for %s', async (_, accept, status) => {
    const response = await ask('/v2/hello/manifests/latest', { headers: { accept } })
    expect([response.status, response.headers.get('vary')]).toEqual([
      status,
      status === 200 ? 'accept' : null,
    ])
    if (status === 404) expect(await response.text()).toContain(OCI_INDEX)
  })

  it('by digest has one answer, whatever is accepted', async () => {
    const headers = { accept: OCI_MANIFEST }
    expect((await ask(`/v2/hello/manifests/${hello.index}`, { headers })).status).toBe(200)
  })
})

describe('Pulling blobs', () => {
  it('MUST be 200 and the bytes of the blob, with its digest', async () => {
    for (const digest of [hello.config, ...hello.layers]) {
      const response = await ask(`/v2/hello/blobs/${digest}`)
      expect([response.status, response.headers.get('docker-content-digest')]).toEqual([200, digest])
      expect(response.headers.get('cache-control')).toMatch(/immutable/)
      expect(digestOf(new Uint8Array(await response.arrayBuffer()))).toBe(digest)
    }
  })

  it.each([
    ['a blob that is not there', `/v2/hello/blobs/${NOWHERE}`, 'BLOB_UNKNOWN'],
    ['a digest of another algorithm', `/v2/hello/blobs/sha512:${'0'.repeat(128)}`, 'BLOB_UNKNOWN'],
    ['a repository that is not there', `/v2/nothing/blobs/${NOWHERE}`, 'NAME_UNKNOWN'],
  ])('of %s MUST be 404', async (_, path, code) => {
    expect(await codesOf(await ask(path))).toEqual([404, code])
    expect((await ask(path, { method: 'HEAD' })).status).toBe(404)
  })

  it('is for blobs of the repository only, be others in the store or not', async () => {
    for (const digest of other.layers)
      expect(await codesOf(await ask(`/v2/hello/blobs/${digest}`))).toEqual([404, 'BLOB_UNKNOWN'])
  })

  it('by what is no digest is 400', async () => {
    expect(await codesOf(await ask('/v2/hello/blobs/latest'))).toEqual([400, 'DIGEST_INVALID'])
  })

  it('SHOULD support ranges', async () => {
    const [digest = NOWHERE] = hello.layers
    const whole = await (await ask(`/v2/hello/blobs/${digest}`)).arrayBuffer()
    const part = await ask(`/v2/hello/blobs/${digest}`, { headers: { range: 'bytes=10-' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([
      206,
      `bytes 10-${whole.byteLength - 1}/${whole.byteLength}`,
    ])
    expect(Buffer.from(await part.arrayBuffer())).toEqual(Buffer.from(whole.slice(10)))
  })

  it('gives out no part of a blob whose bytes are damaged, wherever the damage is', async () => {
    const { layers } = await shelf.addImage('damaged', ['rotten'], [{ rotten: 'rotten' }])
    const [digest = NOWHERE] = layers
    const path = await blobs.localPath(digest)
    const bytes = await readFile(path)
    await rm(path)
    await writeFile(path, bytes.fill(1, bytes.length - 1))
    const part = await ask(`/v2/damaged/blobs/${digest}`, { headers: { range: 'bytes=0-9' } })
    expect(await codesOf(part)).toEqual([500, 'UNKNOWN'])
    expect(told.at(-1)).toMatchObject({ type: 'notice.raised', level: 'error', code: 'BLOB_CORRUPT' })
    expect(await blobs.has(digest)).toBe(false)
    const again = await ask(`/v2/damaged/blobs/${digest}`, { headers: { range: 'bytes=0-9' } })
    expect(await codesOf(again)).toEqual([404, 'BLOB_UNKNOWN'])
  })

  it('whose bytes are gone is 404, and whose bytes are damaged is 500', async () => {
    const image = await shelf.addImage('damaged', ['latest'], [{ a: 'a' }, { b: 'b' }])
    const [gone = NOWHERE, short = NOWHERE] = image.layers
    await blobs.remove(gone)
    expect(await codesOf(await ask(`/v2/damaged/blobs/${gone}`))).toEqual([404, 'BLOB_UNKNOWN'])
    const pretending = makeRegistry({
      images: shelf,
      blobs: { ...blobs, stat: async (digest) => ({ digest, sizeBytes: 1 }) },
      emit: (event) => told.push(event),
    })
    const response = await pretending(new Request(`http://localhost/v2/damaged/blobs/${short}`))
    expect(await codesOf(response)).toEqual([500, 'UNKNOWN'])
    expect(told.at(-1)).toMatchObject({ type: 'notice.raised', level: 'error', code: 'BLOB_CORRUPT' })
  })
})

describe('Checking if content exists', () => {
  it('MUST be 200 with digest and size, without a body', async () => {
    for (const path of ['manifests/latest', `manifests/${hello.manifest}`, `blobs/${hello.config}`]) {
      const got = await ask(`/v2/hello/${path}`)
      const head = await ask(`/v2/hello/${path}`, { method: 'HEAD' })
      expect(head.status).toBe(200)
      expect(head.headers.get('content-length')).toBe(String((await got.arrayBuffer()).byteLength))
      expect(head.headers.get('docker-content-digest')).toBe(got.headers.get('docker-content-digest'))
      expect(await head.text()).toBe('')
    }
  })
})

describe('Listing Tags', () => {
  const TAGS = ['10', '9', 'A', 'a', 'latest', 'v1.0', 'v1.0-r1', 'v1.0.1']
  beforeAll(async () => {
    await shelf.addImage('tagged', ['latest'], [{ a: 'a' }])
    shelf.retag('tagged', 'latest', TAGS.toReversed())
  })

  it('MUST be all tags, in the order of their bytes', async () => {
    const response = await ask('/v2/tagged/tags/list')
    expect(await response.json()).toEqual({ name: 'tagged', tags: TAGS })
    expect(response.headers.get('link')).toBeNull()
  })

  it('with n MUST be no more than n, and says where the rest is', async () => {
    const response = await ask('/v2/tagged/tags/list?n=3')
    expect(await response.json()).toEqual({ name: 'tagged', tags: ['10', '9', 'A'] })
    expect(response.headers.get('link')).toBe('</v2/tagged/tags/list?n=3&last=A>; rel="next"')
  })

  it('with n=0 MUST be empty, without a Link', async () => {
    const response = await ask('/v2/tagged/tags/list?n=0')
    expect([await response.json(), response.headers.get('link')]).toEqual([
      { name: 'tagged', tags: [] },
      null,
    ])
  })

  it.each([
    ['n=2&last=9', ['A', 'a']],
    ['last=v1.0', ['v1.0-r1', 'v1.0.1']],
    ['last=b', ['latest', 'v1.0', 'v1.0-r1', 'v1.0.1']],
    ['n=5&last=v1.0.1', []],
    ['last=', TAGS],
  ])('with %s MUST begin behind it', async (query, tags) => {
    expect(await (await ask(`/v2/tagged/tags/list?${query}`)).json()).toEqual({ name: 'tagged', tags })
  })

  it('of a repository that is not there is 404', async () => {
    expect(await codesOf(await ask('/v2/nothing/tags/list'))).toEqual([404, 'NAME_UNKNOWN'])
  })

  it.each(['n=-1', 'n=x', 'n=1e3', 'n='])('with %s is 400', async (query) => {
    expect((await ask(`/v2/tagged/tags/list?${query}`)).status).toBe(400)
  })

  it('page by page, following Link, gives every item once and in order', () => {
    const tag = fc.stringMatching(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,8}$/)
    fc.assert(
      fc.property(fc.uniqueArray(tag, { maxLength: 30 }), fc.integer({ min: 1, max: 10 }), (all, n) => {
        const seen: string[] = []
        let url: URL | undefined = new URL(`http://localhost/v2/a/tags/list?n=${n}`)
        while (url !== undefined) {
          const page = pageOf(all, url)
          if (isProblem(page)) throw new Error(page.message)
          expect(page.items.length).toBeLessThanOrEqual(n)
          seen.push(...page.items)
          const next = /^<([^>]+)>; rel="next"$/.exec(page.link ?? '')?.[1]
          url = next === undefined ? undefined : new URL(next, url)
        }
        expect(seen).toEqual(all.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      }),
    )
  })
})

describe('the catalog', () => {
  it('lists repositories, page by page', async () => {
    const first = await ask('/v2/_catalog?n=1')
    expect(await first.json()).toEqual({ repositories: ['damaged'] })
    expect(first.headers.get('link')).toBe('</v2/_catalog?n=1&last=damaged>; rel="next"')
    expect(await (await ask('/v2/_catalog?last=damaged')).json()).toEqual({
      repositories: ['hello', 'tagged', 'team/other'],
    })
  })
})

describe('Listing Referrers', () => {
  interface Index {
    readonly manifests: readonly { readonly digest: string }[]
  }

  it('MUST be an image index of descriptors, with artifactType and annotations', async () => {
    const response = await ask(`/v2/hello/referrers/${hello.index}`)
    expect([response.status, response.headers.get('content-type')]).toEqual([200, OCI_INDEX])
    expect(response.headers.get('oci-filters-applied')).toBeNull()
    const index = (await response.json()) as Index
    expect(index).toMatchObject({ schemaVersion: 2, mediaType: OCI_INDEX })
    expect(index.manifests).toEqual([
      {
        mediaType: OCI_MANIFEST,
        digest: sbom,
        size: expect.any(Number),
        artifactType: SBOM,
        annotations: { 'org.opencontainers.image.created': '2026' },
      },
      {
        mediaType: OCI_MANIFEST,
        digest: signature,
        size: expect.any(Number),
        artifactType: SIGNATURE,
        annotations: {},
      },
    ])
  })

  it('are manifests that can be pulled, of the size that is said', async () => {
    const head = await ask(`/v2/hello/manifests/${sbom}`, { method: 'HEAD' })
    const index = await (await ask(`/v2/hello/referrers/${hello.index}`)).json()
    expect(index).toMatchObject({ manifests: [{ size: Number(head.headers.get('content-length')) }, {}] })
  })

  it('with artifactType MUST say that the filter was applied', async () => {
    const query = new URLSearchParams({ artifactType: SIGNATURE })
    const response = await ask(`/v2/hello/referrers/${hello.index}?${query}`)
    expect(response.headers.get('oci-filters-applied')).toBe('artifactType')
    expect(((await response.json()) as Index).manifests.map(({ digest }) => digest)).toEqual([signature])
  })

  it.each([
    ['nothing refers to', `/v2/hello/referrers/${NOWHERE}`],
    ['of another algorithm', `/v2/hello/referrers/sha512:${'0'.repeat(128)}`],
    ['in a repository that is not there', `/v2/nothing/referrers/${NOWHERE}`],
  ])('of a digest %s MUST be an empty index, not 404', async (_, path) => {
    const response = await ask(path)
    expect([response.status, ((await response.json()) as Index).manifests]).toEqual([200, []])
  })

  it('of what is no digest MUST be 400', async () => {
    expect(await codesOf(await ask('/v2/hello/referrers/latest'))).toEqual([400, 'DIGEST_INVALID'])
  })
})

describe('Push and Content Management', () => {
  it.each([
    ['POST', '/v2/hello/blobs/uploads/'],
    ['PUT', '/v2/hello/manifests/latest'],
    ['PATCH', '/v2/hello/blobs/uploads/1'],
    ['DELETE', `/v2/hello/manifests/${NOWHERE}`],
    ['DELETE', `/v2/hello/blobs/${NOWHERE}`],
  ])('%s %s MUST be 405', async (method, path) => {
    const response = await ask(path, { method })
    expect(response.headers.get('allow')).toBe('GET, HEAD')
    expect(await codesOf(response)).toEqual([405, 'UNSUPPORTED'])
  })
})

describe('an error', () => {
  it('of the facts has the shape of the specification, and tells no bug as if it were none', async () => {
    const failing = (error: Error) =>
      makeRegistry({
        images: {
          ...shelf,
          resolve: () => {
            throw error
          },
        },
        blobs,
        emit: () => {},
      })
    const gone = new MillraceError('DATABASE_FAILED', { what: 'reading', why: 'gone', fix: 'start it' })
    const request = () => new Request('http://localhost/v2/hello/manifests/latest')
    expect(await codesOf(await failing(gone)(request()))).toEqual([503, 'UNKNOWN'])
    await expect(failing(new TypeError('bug'))(request())).rejects.toThrow('bug')
  })
})

describe('a path', () => {
  it.each([
    ['/v2/a/b/c/manifests/1', { kind: 'manifest', name: 'a/b/c', reference: '1' }],
    ['/v2/tags/list/manifests/1', { kind: 'manifest', name: 'tags/list', reference: '1' }],
    ['/v2/manifests/manifests/manifests', { kind: 'manifest', name: 'manifests', reference: 'manifests' }],
    ['/v2/a/blobs/tags/list', { kind: 'tags', name: 'a/blobs' }],
    ['/v2/a__b/c--d.e/tags/list', { kind: 'tags', name: 'a__b/c--d.e' }],
  ])('%s is read from its end', (path, want) => {
    expect(parseRoute(path)).toEqual(want)
  })

  it.each([
    'UPPER',
    'a..b',
    '-a',
    'a-',
    'a//b',
    '..',
    'a/../b',
    'a b',
    'ä',
    '%00',
    '_catalog',
    `${'a'.repeat(256)}`,
  ])('with the name %s is refused', (name) => {
    expect(parseRoute(`/v2/${name}/tags/list`)).toMatchObject({ code: 'NAME_INVALID' })
  })

  it.each([
    '/v2/hello',
    '/v2/hello/',
    '/v2/hello/tags/all',
    '/v2/hello/manifests/',
    '/v2/hello/blobs/uploads/1',
    '/v2/%zz/tags/list',
    '/v2//',
    '/v2/_catalog/',
  ])('%s names nothing: 404', async (path) => {
    expect((await codesOf(await ask(path)))[0]).toBe(404)
  })

  it('of any form gives a route with sound parts, or an error of the specification', async () => {
    const part = fc.oneof(
      fc.constantFrom('v2', 'tags', 'list', 'manifests', 'blobs', 'referrers', '_catalog', 'a', '..', '%2e'),
      fc.constantFrom('%2f', '%00', '%', NOWHERE, 'sha256:1', 'sha512:zz'),
      fc.string(),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 6 }), async (parts) => {
        const { pathname } = new URL(`http://localhost/v2/${parts.join('/')}`)
        const route = parseRoute(pathname)
        if ('name' in route) expect(route.name).toMatch(/^[a-z0-9][a-z0-9._/-]*$/)
        if ('reference' in route) expect(route.reference).toMatch(/^[\w.:-]+$/)
        expect((await ask(pathname)).status).toBeOneOf([200, 400, 404])
      }),
      { numRuns: 300 },
    )
  })

  it('with a hundred thousand dashes is refused at once', () => {
    expect(parseRoute(`/v2/a${'-'.repeat(100_000)}/tags/list`)).toMatchObject({ code: 'NAME_INVALID' })
  })
})

describe('an Accept header', () => {
  it.each([
    [null, true],
    ['', true],
    [OCI_INDEX.toUpperCase(), true],
    [`text/html, ${OCI_INDEX}; charset=utf-8`, true],
    ['application/*', true],
    ['*/*;q=0.8', true],
    ['*/*;q=0', false],
    [`*/*, ${OCI_INDEX};q=0.000`, false],
    [`*/*;q=0, ${OCI_INDEX}`, true],
    ['application/json', false],
    ['text/*', false],
  ])('%s', (header, want) => {
    expect(accepts(header, OCI_INDEX)).toBe(want)
  })
})
