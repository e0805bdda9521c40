// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  digestFromHex,
  digestOfFile,
  makeTempDirectory,
  openHttp,
  runCommand,
  systemClock,
  type TempDirectory,
} from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { fetchSource, openHostMemory, openMirrors } from '../index.ts'

/** Debian's bzip2 of a stable release: neither the version nor the bytes change any more. */
const FILE = 'bzip2_1.0.8.orig.tar.gz'
const SHA256 = 'ab5a03176ee106d3f0fa90e381da478ddae405918153cca248e682cd0c4a2269'
const DIGEST = digestFromHex(SHA256)

let temp: TempDirectory
let store: BlobStore
let trouble: string | undefined
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-debian-sources')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
  trouble = await fetchIt(`debian-source:bzip2=1.0.8-5/${FILE}`, SHA256).then(
    () => undefined,
    (error: unknown) => String(error),
  )
  if (trouble !== undefined) console.warn(`skipped: Debian’s archive cannot be asked here: ${trouble}`)
}, 180_000)
afterAll(() => temp[Symbol.asyncDispose]())

const proxies = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    /^(https?|no)_proxy$/i.test(name) && value !== undefined ? [[name, value]] : [],
  ),
)

function fetchIt(uri: string, sha256: string | undefined, sha512?: string) {
  const f = {
    http: openHttp({ proxies }),
    clock: systemClock,
    proxies,
    dataDirectory: temp.path,
    exec: runCommand,
  }
  const mirrors = openMirrors(f, [{ kind: 'debian-sources', suites: ['bookworm'] }])
  const services = { ...f, store, hosts: openHostMemory(systemClock), mirrors }
  return fetchSource(services, { uri, name: FILE, sha256, sha512 }, new AbortController().signal)
}

describe('Debian’s archive as a mirror', () => {
  it('gave a file that was named by package and version', async ({ skip }) => {
    if (trouble !== undefined) skip(trouble)
    expect(await digestOfFile(await store.localPath(DIGEST))).toBe(DIGEST)
  })

  it('finds a file by its sha256 when upstream does not answer', async ({ skip }) => {
    if (trouble !== undefined) skip(trouble)
    await store.remove(DIGEST)
    const found = await fetchIt(`http://127.0.0.1:9/${FILE}`, SHA256)
    expect(found).toMatchObject({
      from: expect.stringMatching(/^debian-sources: bzip2 1\.0\.8-\S+ of Debian bookworm$/),
    })
  })

  it('finds a file by its name when only a sha512 is wanted, and refuses other bytes', async ({ skip }) => {
    if (trouble !== undefined) skip(trouble)
    await expect(
      fetchIt(`debian-source:bzip2=1.0.8-5+b1/${FILE}`, undefined, '00'.repeat(64)),
    ).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    await expect(
      fetchIt(`debian-source:bzip2=1.0.8-5/${FILE}`, undefined, '00'.repeat(64)),
    ).rejects.toMatchObject({
      code: 'SOURCE_DIGEST_MISMATCH',
      why: expect.stringMatching(/^expected sha512:0+, found sha512:[0-9a-f]{128}$/),
    })
  })

  it('says that no package has such a file', async ({ skip }) => {
    if (trouble !== undefined) skip(trouble)
    await expect(fetchIt('http://127.0.0.1:9/x', '00'.repeat(32))).rejects.toMatchObject({
      why: expect.stringContaining('no source package of bookworm has a file of this sha256'),
    })
  })

  it('makes its index anew when that is lost', async ({ skip }) => {
    if (trouble !== undefined) skip(trouble)
    await store.remove(DIGEST)
    await rm(join(temp.path, 'apt'), { recursive: true })
    expect(await fetchIt(`http://127.0.0.1:9/${FILE}`, SHA256)).toMatchObject({ sizeBytes: 810029 })
  })
})
