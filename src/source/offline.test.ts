// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  digestHex,
  digestOf,
  fixedClock,
  type Http,
  makeTempDirectory,
  type TempDirectory,
} from '../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../store/index.ts'
import { fetchGitSource, fetchSource, openHostMemory } from './index.ts'

/** Whatever reaches for the network fails the test. */
const forbidden = (what: string) => async (): Promise<never> => {
  throw new Error(`${what} was used`)
}
const http: Http = { get: forbidden('the network') }
const at = { file: 'a.yaml', line: 7, column: 3 }
const signal = new AbortController().signal

let temp: TempDirectory
let store: BlobStore
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-offline')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
})
afterEach(() => temp[Symbol.asyncDispose]())

const services = () => ({
  store,
  http,
  exec: forbidden('a program'),
  hosts: openHostMemory(fixedClock(0)),
  mirrors: [{ kind: 'npm', fetch: forbidden('a mirror') }],
  dataDirectory: temp.path,
  offline: true,
  git: {
    protocols: ['https' as const],
    mirrors: [],
    environment: {},
    credentialsFor: () => ({}),
    limits: { packedBytes: 1, treeBytes: 1, timeoutMs: 1000, submodules: 1 },
  },
})

describe('offline', () => {
  it('a source comes from the store', async () => {
    const { digest } = await store.putBytes(Buffer.from('source'))
    const source = { name: 'a', uri: 'https://example.org/a', sha256: digestHex(digest), at }
    expect(await fetchSource(services(), source, signal)).toMatchObject({ digest, from: 'store' })
  })

  it('a source that the store does not have is refused at its line, and nobody is asked', async () => {
    const sha256 = digestHex(digestOf('never fetched'))
    const source = { name: 'a', uri: 'https://example.org/a', sha256, at }
    await expect(fetchSource(services(), source, signal)).rejects.toMatchObject({
      code: 'OFFLINE',
      why: 'the store does not have it, and --offline forbids the network',
      at,
    })
  })

  it.each([
    [
      { 'expected-commit': 'a'.repeat(40), tag: 'v1' },
      `the store does not have the commit ${'a'.repeat(40)}`,
    ],
    [{ branch: 'main' }, 'what a name stands for is only known upstream'],
  ])('a checkout of %j is refused, and git is not started', async (inputs, why) => {
    const source = { name: 'a', repository: 'https://example.org/a.git', inputs, at }
    await expect(fetchGitSource(services(), source, signal)).rejects.toMatchObject({
      code: 'OFFLINE',
      why: expect.stringContaining(why),
      at,
    })
  })
})
