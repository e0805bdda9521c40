// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { lastWords, runCommand } from '../src/base/index.ts'
import { whyNoBuilds } from './support/tiny-mill.ts'

const SRC = new URL('../src/', import.meta.url).href
const directory = await mkdtemp(join(tmpdir(), 'millrace-full-'))
afterAll(() => rm(directory, { recursive: true, force: true }))

/** Runs a program where `directory` is a file system of that size and 2,000 names, which nobody else sees. */
function onSmallDisk(size: string, program: string, args: readonly string[]) {
  const script = `mount -t tmpfs -o size=${size},nr_inodes=2000 tmpfs "$1" && shift && exec "$@"`
  const unshared = ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', directory]
  return runCommand({ program: 'unshare', args: [...unshared, program, ...args] })
}

/** Evaluates the end of a module with some of Millrace at hand. @returns what it gives, or the code of what it throws */
async function evaluate(body: string, size = '512k'): Promise<unknown> {
  const module = `
    import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
    import { createServer } from 'node:http'
    const directory = ${JSON.stringify(directory)}
    const load = (path) => import(${JSON.stringify(SRC)} + path)
    const codeOf = (work) => work.then(() => 'no error', (error) => error.code ?? String(error))
    const { fixedClock, openHttp } = await load('base/index.ts')
    const { diskTree, extractTar, readTar, TAR_END, tarEntry, tarHeader } = await load('archive/index.ts')
    const { openBlobDirectory } = await load('store/index.ts')
    const { fetchSource, openHostMemory } = await load('source/index.ts')
    const { writeSourcesIndex } = await load('source/apt/sources-index.ts')
    const large = Buffer.alloc(1000 * 1024, 'x')
    async function* inPieces(of = large, size = 300 * 1024) {
      for (let at = 0; at < of.length; at += size) yield of.subarray(at, at + size)
    }
    const store = await openBlobDirectory(directory + '/store')
    const kept = async () => ({
      blobs: (await Array.fromAsync(store.list())).length,
      incoming: await readdir(directory + '/store/incoming'),
    })
    async function fetchFrom(uri) {
      const f = { store, http: openHttp({ attempts: 1 }), hosts: openHostMemory(fixedClock(0)), mirrors: [], dataDirectory: directory }
      const source = { name: 'a.tar.gz', uri, sha256: '0'.repeat(64) }
      return codeOf(fetchSource(f, source, new AbortController().signal))
    }
    const result = await (async () => { ${body} })()
    process.stdout.write(JSON.stringify(result), () => process.exit(0))`
  const exited = await onSmallDisk(size, process.execPath, ['--input-type=module', '-e', module])
  if (exited.code !== 0) throw new Error(lastWords(exited))
  return JSON.parse(exited.stdout)
}

const probe = await onSmallDisk('512k', 'true', [])
const reason = probe.code === 0 ? '' : ` (skipped: no small file system: ${lastWords(probe)})`
const noBuilds = await whyNoBuilds()
if (reason !== '') {
  console.warn(`tests of a full disk${reason}`)
  await rm(directory, { recursive: true })
}

describe.skipIf(reason !== '')(`on a disk that is full${reason}`, () => {
  it('no blob is stored that was cut off, and nothing of it stays', async () => {
    const nothing = { blobs: 0, incoming: [] }
    expect(
      await evaluate('return { bytes: await codeOf(store.putBytes(large)), ...(await kept()) }'),
    ).toEqual({ bytes: 'DISK_FULL', ...nothing })
    expect(
      await evaluate('return { stream: await codeOf(store.putStream(inPieces())), ...(await kept()) }'),
    ).toEqual({ stream: 'DISK_FULL', ...nothing })
  })

  it('there is room again for the next blob', async () => {
    expect(
      await evaluate(`
        await codeOf(store.putBytes(large))
        return { small: await codeOf(store.putBytes('small')), ...(await kept()) }`),
    ).toEqual({ small: 'no error', blobs: 1, incoming: [] })
  })

  it('a source is not taken for one with another digest', async () => {
    expect(
      await evaluate(`
        const server = createServer((_, response) => response.end(large)).listen(0, '127.0.0.1')
        await new Promise((resolve) => server.once('listening', resolve))
        return { source: await fetchFrom('http://127.0.0.1:' + server.address().port + '/a'), ...(await kept()) }`),
    ).toEqual({ source: 'DISK_FULL', blobs: 0, incoming: [] })
  })

  it('a source is told of it also when there is no room for a name', async () => {
    expect(
      await evaluate(`
        for (let n = 0; (await codeOf(writeFile(directory + '/' + n, ''))) === 'no error'; n++);
        return fetchFrom('http://127.0.0.1:1/a')`),
    ).toBe('DISK_FULL')
  })

  it('no tree is unpacked that is cut off', async () => {
    expect(
      await evaluate(`
        await mkdir(directory + '/tree')
        const tar = Buffer.concat([tarHeader(tarEntry({ path: 'a', type: 'file', sizeBytes: large.length })), large, TAR_END])
        return codeOf(extractTar(readTar(inPieces(tar, tar.length), 'a test'), diskTree(directory + '/tree'), 'a test'))`),
    ).toBe('ENOSPC')
  })

  it('no index of sources is put in place that is cut off', async () => {
    expect(
      await evaluate(`
        const text = 'Package: hello\\nVersion: 1\\nDirectory: pool\\nChecksums-Sha256:\\n'
        const files = (' ' + 'ab'.repeat(32) + ' 1 hello.tar.gz\\n').repeat(8000)
        const read = async (onChunk) => onChunk(Buffer.from(text + files))
        return codeOf(writeSourcesIndex(directory + '/index', [{ archive: 'http://a/', suite: 'x', read }]))`),
    ).toBe('ENOSPC')
  })

  it.skipIf(noBuilds !== '')(
    `a build is stopped before the last room is gone, and has not failed${noBuilds}`,
    async () => {
      expect(
        await evaluate(
          `
        process.env.TMPDIR = directory
        const { openTinyMill, tinyOutput, tinyPlan } = await load('../test/support/tiny-mill.ts')
        const { buildPackages } = await load('build/index.ts')
        const mill = await openTinyMill()
        const script = 'while :; do i=$((i + 1)); cat /bin/bash > file$i; done'
        const order = mill.order(tinyPlan(mill, [tinyOutput('tiny', [script])]))
        return { built: await codeOf(buildPackages(mill.f, order, new AbortController().signal)), left: await mill.leftovers() }`,
          '100m',
        ),
      ).toEqual({ built: 'DISK_FULL', left: [] })
    },
  )
})
