// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  digestOf,
  type EventBody,
  fixedClock,
  makeTempDirectory,
  openHttp,
  type TempDirectory,
} from '../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { fetchSource, type Mirror, openHostMemory, type Source, sweepDownloads } from './index.ts'
import { absent } from './mirror.ts'

const BYTES = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 253))
const sha256 = createHash('sha256').update(BYTES).digest('hex')
const sha512 = createHash('sha512').update(BYTES).digest('hex')

let temp: TempDirectory
let store: BlobStore
const closers: (() => void)[] = []
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-source')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
})
afterEach(async () => {
  for (const close of closers.splice(0)) close()
  await temp[Symbol.asyncDispose]()
})

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const events: EventBody[] = []
function fetchIt(source: Partial<Source>, mirrors: readonly Mirror[] = [], services: object = {}) {
  const http = openHttp({ attempts: 1, pause: async () => {} })
  const hosts = openHostMemory(fixedClock(0))
  const emit = (event: EventBody) => void events.push(event)
  const f = { store, http, hosts, mirrors, dataDirectory: temp.path, emit, ...services }
  return fetchSource(
    f,
    { name: 'a.tar.gz', uri: 'pypi:a=1/a.tar.gz', ...source },
    new AbortController().signal,
  )
}

/** A mirror that has these bytes, and counts how often it is asked. */
function mirrorOf(bytes: Uint8Array | null): Mirror & { asked: number } {
  const mirror = {
    kind: 'test',
    asked: 0,
    fetch: async ({ directory }: { readonly directory: string }) => {
      mirror.asked += 1
      if (bytes === null) return absent('a mirror', 'it has no such file')
      await writeFile(join(directory, 'file'), bytes)
      return { status: 'found' as const, path: join(directory, 'file'), place: 'a mirror' }
    },
  }
  return mirror
}

describe('a source', () => {
  it('comes from its URI, with progress, and from the store the next time', async () => {
    let requests = 0
    const uri = await serve((_, response) => {
      requests += 1
      response.writeHead(200, { 'content-length': BYTES.length }).end(BYTES)
    })
    events.length = 0
    expect(await fetchIt({ uri, sha256 })).toEqual({
      digest: digestOf(BYTES),
      sizeBytes: BYTES.length,
      from: `${uri}/`,
    })
    expect(events.at(-1)).toEqual({
      ...{ type: 'task.progressed', task: 'fetch:a.tar.gz', unit: 'bytes' },
      ...{ done: BYTES.length, total: BYTES.length },
    })
    expect(await fetchIt({ uri, sha256 })).toMatchObject({ from: 'store' })
    expect(requests).toBe(1)
    expect(await readdir(join(temp.path, 'downloads'))).toEqual([])
  })

  it('that was damaged in the store is fetched anew', async () => {
    const mirror = mirrorOf(BYTES)
    const { digest } = await fetchIt({ sha256 }, [mirror])
    const path = await store.localPath(digest)
    await rm(path)
    await writeFile(path, 'damaged')
    await expect(store.verify(digest)).rejects.toMatchObject({ code: 'BLOB_CORRUPT' })
    expect(await fetchIt({ sha256 }, [mirror])).toMatchObject({ from: 'a mirror', digest })
    expect(mirror.asked).toBe(2)
    await store.verify(digest)
  })

  it('known by sha512 alone is found again as well', async () => {
    const mirror = mirrorOf(BYTES)
    expect(await fetchIt({ sha512 }, [mirror])).toMatchObject({ from: 'a mirror' })
    expect(await fetchIt({ sha512 }, [mirror])).toMatchObject({ from: 'store' })
    expect(await fetchIt({ sha512, sha256 }, [mirror])).toMatchObject({ from: 'store' })
    expect(mirror.asked).toBe(1)
  })

  it('is asked of the mirrors in their order, when its URI does not have it', async () => {
    const uri = await serve((_, response) => response.writeHead(404).end())
    const [first, second, third] = [mirrorOf(null), mirrorOf(BYTES), mirrorOf(BYTES)]
    expect(await fetchIt({ uri, sha256 }, [first, second, third])).toMatchObject({ from: 'a mirror' })
    expect([first.asked, second.asked, third.asked]).toEqual([1, 1, 0])
  })

  it('that nobody has is refused with every place asked, without credentials', async () => {
    const base = await serve((_, response) => response.writeHead(404).end())
    const uri = `${base.replace('//', '//user:secret@')}/a`
    const error = await fetchIt({ uri, sha256 }, [mirrorOf(null)]).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SOURCE_NOT_FOUND', why: expect.stringContaining('HTTP status 404') })
    expect(error).toMatchObject({ why: expect.stringContaining('a mirror: it has no such file') })
    expect(JSON.stringify(error) + String(error)).not.toContain('secret')
  })

  it.each([
    ['a scheme that no mirror knows', 'rubygems:a=1/a.gem', 'no place knows such a URI'],
    ['ftp', 'ftp://example.com/a', 'ftp is not spoken here'],
    ['no URI', 'a.tar.gz', 'it is no URI'],
  ])('says why it cannot be had: %s', async (_, uri, why) => {
    await expect(fetchIt({ uri, sha256 })).rejects.toMatchObject({
      code: 'SOURCE_NOT_FOUND',
      why: expect.stringContaining(why),
    })
  })

  it('with another digest is refused, shown with both, and kept apart', async () => {
    const at = { file: 'a.yaml', line: 7, column: 3 }
    const error = await fetchIt({ sha256, at }, [mirrorOf(Buffer.from('other'))]).catch(
      (thrown: unknown) => thrown,
    )
    const found = digestOf('other')
    expect(error).toMatchObject({
      ...{ code: 'SOURCE_DIGEST_MISMATCH', at },
      why: `expected sha256:${sha256}, found ${found}`,
      fix: expect.stringContaining(`${found.slice(7)}.source`),
    })
    expect(await readFile(join(temp.path, 'quarantine', `${found.slice(7)}.source`), 'utf8')).toBe('other')
    expect(await store.has(found)).toBe(false)
  })

  it('with a right sha256 and a wrong sha512 is refused too', async () => {
    await expect(fetchIt({ sha256, sha512: '00'.repeat(64) }, [mirrorOf(BYTES)])).rejects.toMatchObject({
      why: `expected sha512:${'00'.repeat(64)}, found sha512:${sha512}`,
    })
    expect(await store.has(digestOf(BYTES))).toBe(false)
  })

  it('whose download broke goes on from there, in another process too', async () => {
    const ranges: (string | undefined)[] = []
    const uri = await serve((request, response) => {
      const { range } = request.headers
      ranges.push(range)
      const start = Number(/\d+/.exec(range ?? '')?.[0] ?? 0)
      const head = { etag: '"one"', 'content-length': BYTES.length - start }
      const partial = { ...head, 'content-range': `bytes ${start}-${BYTES.length - 1}/${BYTES.length}` }
      response.writeHead(start > 0 ? 206 : 200, start > 0 ? partial : head)
      // The first answer ends after a third.
      if (ranges.length > 1) response.end(BYTES.subarray(start))
      else response.write(BYTES.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 50))
    })
    await expect(fetchIt({ uri, sha256 })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    expect(await fetchIt({ uri, sha256 })).toMatchObject({ digest: digestOf(BYTES) })
    expect(ranges).toEqual([undefined, 'bytes=100000-'])
  })

  it('whose file changed since the download broke comes whole', async () => {
    let requests = 0
    const uri = await serve((_, response) => {
      requests += 1
      response.writeHead(200, { etag: `"${requests}"`, 'content-length': BYTES.length })
      if (requests > 1) response.end(BYTES)
      else response.write(Buffer.alloc(1000), () => setTimeout(() => response.destroy(), 50))
    })
    await expect(fetchIt({ uri, sha256 })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    expect(await fetchIt({ uri, sha256 })).toMatchObject({ digest: digestOf(BYTES) })
  })

  it('on a host that was not reached a moment ago is not asked for again', async () => {
    const hosts = openHostMemory(fixedClock(0))
    // Nothing listens on the discard port.
    const uri = 'http://127.0.0.1:9/a'
    await expect(fetchIt({ uri, sha256 }, [], { hosts })).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    await expect(fetchIt({ uri, sha256 }, [], { hosts })).rejects.toMatchObject({
      why: expect.stringContaining('(a short while ago)'),
    })
  })

  it('without a digest is not fetched at all', async () => {
    const mirror = mirrorOf(BYTES)
    await expect(fetchIt({}, [mirror])).rejects.toMatchObject({ code: 'RECIPE_INVALID' })
    expect(mirror.asked).toBe(0)
  })
})

describe('the memory of hosts', () => {
  it('forgets after five minutes', () => {
    let now = 0
    const hosts = openHostMemory({ now: () => now })
    hosts.note('a', 'it is dead')
    expect(hosts.trouble('a')).toBe('it is dead')
    expect(hosts.trouble('b')).toBeUndefined()
    now = 5 * 60_000
    expect(hosts.trouble('a')).toBeUndefined()
  })
})

describe('what a killed process left half fetched', () => {
  it('is removed, except files, which are resumed', async () => {
    await sweepDownloads(temp.path)
    const downloads = join(temp.path, 'downloads')
    await mkdir(join(downloads, 'git-1/upstream'), { recursive: true })
    await writeFile(join(downloads, 'a.part'), 'half')
    await sweepDownloads(temp.path)
    expect(await readdir(downloads)).toEqual(['a.part'])
  })
})
