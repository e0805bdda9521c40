// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, HOST_ENV, lastWords, runCommand } from '../../src/base/index.ts'
import { type ImageOutcome, openImageShelf, releaseImage } from '../../src/image/index.ts'
import { makeApp, makeRegistry, type OpenServer, openAssets, openServer } from '../../src/server/index.ts'
import { defineImage, type ImageMill, openImageMill } from '../support/image-mill.ts'
import { literalServices } from '../support/literal-catalog.ts'

/** Images whose layers are nowhere but in packages, as clients pull them over HTTP. */

const on = async (program: string) =>
  (await runCommand({ program: 'sh', args: ['-c', `command -v ${program}`] })).code === 0
const why = [
  ...(process.getuid?.() === 0 && (await on('runc')) ? [] : ['images are published where runc runs as root']),
  ...((await on('skopeo')) ? [] : ['skopeo is not on PATH']),
]
if (why.length > 0) console.log(`skipped: pulling stitched images, because ${why.join(', and ')}`)

describe.skipIf(why.length > 0)('a stitched image', () => {
  let mill: ImageMill
  let server: OpenServer
  let outcome: ImageOutcome
  const stop = new AbortController()
  const skopeo = (...args: string[]) =>
    runCommand({
      program: 'skopeo',
      args,
      env: { ...HOST_ENV, HOME: mill.directory, TMPDIR: mill.directory },
    })

  beforeAll(async () => {
    mill = await openImageMill()
    const noise = (seed: string) => Array.from({ length: 9000 }, (_, n) => digestOf(`${seed}${n}`)).join('\n')
    await mill.publish('x86_64', {
      'base-1-r0': { files: { 'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n', tmp: { directory: 0o1777 } } },
      'one-1-r0': { files: { 'usr/share/one': noise('one'), 'usr/bin/one': '1' } },
      'two-1-r0': { files: { 'usr/share/two': noise('two'), 'usr/bin/two': '2' } },
      'large-1-r0': { files: { 'usr/share/large': noise('large').repeat(3) } },
    })
    const yaml = 'contents: {packages: [base, one, two, large]}\nlayering: {strategy: origin, budget: 2}\n'
    outcome = await releaseImage(mill.f, defineImage(yaml, 'stitched', SHEET), 'x86_64', stop.signal)
    const shelf = openImageShelf(mill.f)
    const registry = makeRegistry({ images: shelf, blobs: shelf.blobs, emit: () => {} })
    const options = { assets: await openAssets('/nowhere'), stop: stop.signal, emit: () => {} }
    const app = makeApp(literalServices({ registry }), options)
    server = await openServer({ app, host: '127.0.0.1', port: 0, signal: stop.signal })
  })
  afterAll(async () => {
    await server.close()
    await mill[Symbol.asyncDispose]()
  })

  it('is pulled by skopeo by its tag, every digest checked', async () => {
    expect(outcome.status).toBe('published')
    expect(outcome.image.layers.map(({ filling }) => filling.map(({ name }) => name))).toEqual([
      ['large'],
      ['one', 'two', 'base'],
      ['accounts, apk’s database, links'],
    ])
    const source = `docker://${new URL(server.url).host}/stitched:latest`
    const args = [
      '--insecure-policy',
      'copy',
      '--all',
      '--src-tls-verify=false',
      source,
      `dir:${join(mill.directory, 'pulled')}`,
    ]
    const copied = await skopeo(...args)
    expect(copied.code, lastWords(copied)).toBe(0)
  })

  it('gives any part of a layer, as a client that goes on where it was cut off asks for it', async () => {
    const [, stitched] = outcome.image.layers
    const url = new URL(`/v2/stitched/blobs/${stitched?.descriptor.digest}`, server.url)
    const whole = Buffer.from(await (await get(url)).arrayBuffer())
    expect(digestOf(whole)).toBe(stitched?.descriptor.digest)
    for (const [start, end] of [
      [0, 9],
      [5, 4000],
      [whole.length - 30, whole.length - 1],
      [4000, whole.length - 1],
    ] as const) {
      const part = await get(url, { range: `bytes=${start}-${end}` })
      expect(part.status).toBe(206)
      expect(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(start, end + 1))).toBe(true)
    }
  })

  it('leads to what is said of it', async () => {
    if (outcome.status === 'stopped') return expect.unreachable()
    for (const { digest } of [outcome.index, outcome.image]) {
      const answer = await get(new URL(`/v2/stitched/referrers/${digest}`, server.url))
      const { manifests } = (await answer.json()) as { manifests: { artifactType: string }[] }
      expect(manifests.map((one) => one.artifactType)).toContain('application/spdx+json')
      expect(manifests).toHaveLength(3)
    }
  })
})

const SHEET =
  'description: x\ntags: [latest]\ntests:\n  - {name: has its files, present: [/usr/bin/one, /usr/bin/two]}\n'

const get = (url: URL, headers: Record<string, string> = {}) => globalThis.fetch(url, { headers })
