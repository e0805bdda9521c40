// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { literalServices } from '../../../test/support/literal-catalog.ts'
import { LiteralShelf } from '../../../test/support/literal-shelf.ts'
import { type Digest, digestOf, type EventBody, HOST_ENV, runCommand } from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { makeApp, makeRegistry, type OpenServer, openAssets, openServer } from '../index.ts'

let directory: string
let blobs: BlobStore
let shelf: LiteralShelf
let server: OpenServer
let host: string
let hello: Awaited<ReturnType<LiteralShelf['addImage']>>
const stop = new AbortController()
const told: EventBody[] = []

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-clients-'))
  blobs = await openBlobDirectory(join(directory, 'store'))
  shelf = new LiteralShelf(blobs)
  const registry = makeRegistry({ images: shelf, blobs, emit: (event) => told.push(event) })
  const options = { assets: await openAssets('/nowhere'), stop: stop.signal, emit: () => {} }
  const app = makeApp(literalServices({ registry }), options)
  server = await openServer({ app, host: '127.0.0.1', port: 0, signal: stop.signal })
  host = new URL(server.url).host
  // Larger than one chunk of the store, so that it is really streamed.
  const large = { 'usr/share/noise': randomBytes(600_000).toString('base64') }
  hello = await shelf.addImage(
    'hello',
    ['1.0', 'latest'],
    [{ 'bin/hello': '#!/bin/sh\necho hello\n' }, large],
  )
})
afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true, force: true })
})

/** Programs that the set-up built for tests stand on it too. */
const PATH = process.env['PATH'] ?? ''

/** @throws with what the program said, when it fails. */
async function run(program: string, ...args: string[]): Promise<string> {
  const env = { ...HOST_ENV, PATH, HOME: directory, XDG_RUNTIME_DIR: directory, TMPDIR: directory }
  const { code, stdout, stderr } = await runCommand({ program, args, env }, { timeoutMs: 50_000 })
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
  return stdout
}

async function whyNot(program: string): Promise<string> {
  const { code } = await runCommand({ program, args: ['--help'], env: { ...HOST_ENV, PATH } }).catch(() => ({
    code: null,
  }))
  return code === 0 ? '' : ` (skipped: ${program} is not on PATH)`
}
const [noSkopeo, noPodman, noCrane] = await Promise.all(['skopeo', 'podman', 'crane'].map(whyNot))

describe.skipIf(noSkopeo !== '')(`skopeo${noSkopeo}`, () => {
  it('inspects an image', async () => {
    const output = await run('skopeo', 'inspect', '--tls-verify=false', `docker://${host}/hello:1.0`)
    expect(JSON.parse(output)).toMatchObject({
      Name: `${host}/hello`,
      Digest: hello.index,
      RepoTags: ['1.0', 'latest'],
      Architecture: 'amd64',
      Layers: hello.layers,
    })
  })

  it('lists tags over more than one page', async () => {
    await shelf.addImage('many', ['latest'], [{ a: 'a' }])
    const tags = Array.from({ length: 1500 }, (_, index) => `v${String(index).padStart(4, '0')}`)
    shelf.retag('many', 'latest', tags)
    const output = await run('skopeo', 'list-tags', '--tls-verify=false', `docker://${host}/many`)
    expect(JSON.parse(output)).toMatchObject({ Tags: ['latest', ...tags] })
  })

  it.each(['hello:latest', 'by digest'])('copies an image %s with every byte', async (reference) => {
    const name = reference.includes(':') ? reference : `hello@${hello.index}`
    const target = join(directory, `layout-${reference.length}`)
    await run(
      'skopeo',
      'copy',
      '--all',
      '--src-tls-verify=false',
      `docker://${host}/${name}`,
      `oci:${target}:x`,
    )
    const copied = await readdir(join(target, 'blobs', 'sha256'))
    const all = [hello.index, hello.manifest, hello.config, ...hello.layers]
    expect(copied.sort()).toEqual(all.map((digest) => digest.slice(7)).sort())
    for (const hex of copied)
      expect(digestOf(await readFile(join(target, 'blobs', 'sha256', hex)))).toBe(`sha256:${hex}`)
  })

  it('is told that nothing is pushed here', async () => {
    const layout = join(directory, 'pushed')
    await run('skopeo', 'copy', '--src-tls-verify=false', `docker://${host}/hello:1.0`, `oci:${layout}:x`)
    const push = run(
      'skopeo',
      'copy',
      '--dest-tls-verify=false',
      `oci:${layout}:x`,
      `docker://${host}/new:1.0`,
    )
    await expect(push).rejects.toThrow(/405|not supported|unsupported/i)
  })
})

describe.skipIf(noPodman !== '')(`podman${noPodman}`, () => {
  it('pulls an image', async () => {
    const places = ['--root', join(directory, 'podman'), '--runroot', join(directory, 'podman-run')]
    const podman = (...args: string[]) => run('podman', ...places, '--storage-driver', 'vfs', ...args)
    await podman('pull', '--tls-verify=false', `${host}/hello:1.0`)
    const [image] = JSON.parse(await podman('image', 'inspect', `${host}/hello:1.0`)) as [
      { RepoDigests: string[]; Config: object; RootFS: { Layers: string[] } },
    ]
    expect(image.RepoDigests).toContain(`${host}/hello@${hello.index}`)
    expect(image.Config).toMatchObject({ Entrypoint: ['/bin/hello'] })
    expect(image.RootFS.Layers).toHaveLength(2)
  })
})

describe.skipIf(noCrane !== '')(`crane${noCrane}`, () => {
  it('reads digests, tags and the catalog, and pulls an image', async () => {
    expect((await run('crane', 'digest', `${host}/hello:1.0`)).trim()).toBe(hello.index)
    expect((await run('crane', 'ls', `${host}/hello`)).trim().split('\n')).toEqual(['1.0', 'latest'])
    expect((await run('crane', 'catalog', host)).split('\n')).toContain('hello')
    await mkdir(join(directory, 'crane'))
    await run('crane', 'pull', `${host}/hello:1.0`, join(directory, 'crane', 'hello.tar'))
  })
})

describe('a layer whose bytes went bad', () => {
  /** What node:http prints of a body that fails is for the operator's eyes. */
  const quiet = vi.spyOn(console, 'error').mockImplementation(() => {})
  afterEach(() => quiet.mockClear())

  async function damage(name: string, size: number, at: number): Promise<Digest> {
    const { layers } = await shelf.addImage(
      name,
      ['latest'],
      [{ noise: randomBytes(size).toString('base64') }],
    )
    const [layer = hello.config] = layers
    const path = await blobs.localPath(layer)
    const bytes = await readFile(path)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await chmod(path, 0o644)
    await writeFile(path, bytes)
    return layer
  }

  it('breaks the connection before its last bytes', async () => {
    const layer = await damage('bad', 900_000, 5000)
    const response = await globalThis.fetch(`${server.url}/v2/bad/blobs/${layer}`)
    let received = 0
    const reading = async () => {
      for await (const chunk of response.body ?? []) received += chunk.length
    }
    await expect(reading()).rejects.toThrow()
    expect(received).toBeLessThan(Number(response.headers.get('content-length')))
    expect(told.at(-1)).toMatchObject({ level: 'error', code: 'BLOB_CORRUPT' })
    expect((await globalThis.fetch(`${server.url}/v2/bad/blobs/${layer}`)).status).toBe(404)
  })

  it.each([{}, { range: 'bytes=0-' }])(
    'is an error when it is small, and shows no path: %o',
    async (headers) => {
      const layer = await damage(`small${Object.keys(headers).length}`, 1000, 500)
      const name = `small${Object.keys(headers).length}`
      const response = await globalThis.fetch(`${server.url}/v2/${name}/blobs/${layer}`, { headers })
      expect(response.status).toBe(500)
      const text = await response.text()
      expect(text).toContain(layer)
      expect(text).not.toContain(directory)
    },
  )

  it.skipIf(noSkopeo !== '')('is not taken by skopeo', async () => {
    await damage('worse', 900_000, 700_000)
    const target = `oci:${join(directory, 'worse')}:x`
    const copy = run('skopeo', 'copy', '--src-tls-verify=false', `docker://${host}/worse:latest`, target)
    await expect(copy).rejects.toThrow()
  })
})
