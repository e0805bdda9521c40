// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ApkRecord, type ApkSigner, readApkIndex } from '../apk/index.ts'
import { digestOf, type EventBody, fixedClock, runCommand } from '../base/index.ts'
import {
  type BlobStore,
  type Cluster,
  type Database,
  migrate,
  openBlobDirectory,
  openDatabase,
  startCluster,
} from '../store/index.ts'
import { type ApkRepository, type IncomingApk, openRepository } from './index.ts'

const START = Date.parse('2026-01-01T00:00:00Z')
const clock = fixedClock(START)
let directory: string
let cluster: Cluster
let database: Database
let blobs: BlobStore
let repository: ApkRepository
let events: EventBody[]

function signerNamed(publicKeyName: string): ApkSigner & { readonly pem: string } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return {
    publicKeyName,
    pem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    sign: async (bytes) => sign('sha256', bytes, privateKey),
  }
}
const signer = signerNamed('test.rsa.pub')
const keyring = new Map([[signer.publicKeyName, signer.pem]])

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-repository-'))
  cluster = await startCluster({ exec: runCommand }, directory)
  database = openDatabase(cluster.url)
  await migrate(database)
  blobs = await openBlobDirectory(directory)
})
afterAll(async () => {
  await database.destroy()
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
})

const open = (as: ApkSigner = signer) =>
  openRepository({ database, blobs, signer: as, clock, emit: (event) => events.push(event) })

/** Each test has an arch of its own, and so channels of its own. */
let arch: string
let count = 0
beforeEach(() => {
  arch = `arch${++count}`
  events = []
  repository = open()
})

/** A package whose file is in the store: `zlib-1.3-r0`; `bytes` tells two builds of one version apart. */
async function apk(stem: string, bytes = '', more: Partial<ApkRecord> = {}): Promise<IncomingApk> {
  const [, name = '', version = ''] = /^(.*)-(\d[^-]*-r\d+)$/.exec(stem) ?? []
  const { digest: file, sizeBytes } = await blobs.putBytes(`${arch} ${stem} ${bytes}`)
  const record: ApkRecord = {
    name,
    version,
    arch,
    identity: `Q1${Buffer.from(file.slice(7, 27)).toString('base64')}`,
    sizeBytes,
    installedSizeBytes: 4096,
    description: `The ${name} package`,
    url: 'https://example.org/',
    license: 'MIT',
    origin: name,
    maintainer: '',
    buildTimeSec: 1,
    commit: '',
    depends: ['so:libc.so.6'],
    provides: [`cmd:${name}=${version}`],
    installIf: [],
    replaces: [],
    providerPriority: 0,
    ...more,
  }
  return { file, datahash: digestOf(`data of ${stem} ${bytes}`), record, layout: null, buildKey: null }
}

/** What a reader of the current index sees. */
async function offered(channel: 'seed' | 'edge' | 'stable', from = repository): Promise<string[]> {
  const index = await from.currentIndex(channel, arch)
  if (index === undefined) return ['no index']
  const bytes = Buffer.concat(await Array.fromAsync(blobs.read(index.digest)))
  return (await readApkIndex(bytes, 'the index', keyring)).map((one) => `${one.name}-${one.version}`)
}

describe('publishing', () => {
  it('offers packages in a signed index, by name, oldest version first', async () => {
    const index = await repository.publish('edge', arch, [
      await apk('zlib-1.10-r0'),
      await apk('bash-5.2-r1'),
      await apk('zlib-1.9-r3'),
    ])
    expect(await offered('edge')).toEqual(['bash-5.2-r1', 'zlib-1.9-r3', 'zlib-1.10-r0'])
    expect(index).toMatchObject({ generation: 1, packages: 3, signedBy: 'test.rsa.pub' })
    expect(await repository.currentIndex('edge', arch)).toEqual(index)
    expect(await offered('stable')).toEqual(['no index'])
    expect(events).toEqual([
      { type: 'index.published', channel: 'edge', arch, packages: 3, digest: index.digest },
    ])
  })

  it('keeps every word of a record', async () => {
    const one = await apk('odd-1-r0', '', {
      description: 'C# ; "quoted" \\ and Ünïcode: yes',
      installIf: ['a=1', 'b'],
      providerPriority: 7,
      depends: ['!x', 'y>=2', 'so:z.so.1'],
    })
    const index = await repository.publish('edge', arch, [one])
    const bytes = Buffer.concat(await Array.fromAsync(blobs.read(index.digest)))
    expect(await readApkIndex(bytes, 'the index')).toEqual([one.record])
    expect((await open().packages('edge', arch))[0]?.record).toEqual(one.record)
  })

  it('again changes nothing', async () => {
    const packages = [await apk('a-1-r0'), await apk('b-1-r0')]
    const first = await repository.publish('edge', arch, packages)
    expect(await repository.publish('edge', arch, packages.slice(1))).toEqual(first)
    expect(await open().publish('edge', arch, packages)).toEqual(first)
    expect(events).toHaveLength(1)
  })

  it('of nothing gives an empty channel its index, once', async () => {
    const index = await repository.publish('stable', arch, [])
    expect(index).toMatchObject({ generation: 1, packages: 0 })
    expect(await offered('stable')).toEqual([])
    expect(await repository.publish('stable', arch, [])).toEqual(index)
  })

  it('of nothing writes an index again that the store has lost', async () => {
    const { digest } = await repository.publish('edge', arch, [await apk('a-1-r0')])
    await rm(await blobs.localPath(digest))
    const index = await repository.publish('edge', arch, [])
    expect(index).toMatchObject({ generation: 2, packages: 1 })
    expect(await offered('edge')).toEqual(['a-1-r0'])
    expect(await blobs.has(index.digest)).toBe(true)
  })

  it('signs anew when the key has changed', async () => {
    await repository.publish('edge', arch, [await apk('a-1-r0')])
    const next = signerNamed('next.rsa.pub')
    const index = await open(next).publish('edge', arch, [])
    expect(index).toMatchObject({ generation: 2, packages: 1, signedBy: 'next.rsa.pub' })
    const bytes = Buffer.concat(await Array.fromAsync(blobs.read(index.digest)))
    expect(await readApkIndex(bytes, 'the index', new Map([['next.rsa.pub', next.pem]]))).toHaveLength(1)
  })

  it('puts another build of the same version in the place of the first', async () => {
    const [first, second] = [await apk('a-1-r0', 'first'), await apk('a-1-r0', 'second')]
    await repository.publish('edge', arch, [first])
    await repository.publish('edge', arch, [second])
    expect(await offered('edge')).toEqual(['a-1-r0'])
    expect((await repository.findApk('edge', arch, 'a-1-r0.apk'))?.file).toBe(second.file)
    await repository.publish('edge', arch, [first])
    expect((await repository.findApk('edge', arch, 'a-1-r0.apk'))?.file).toBe(first.file)
  })

  it('joins what is asked for at the same time, and readers see whole publications only', async () => {
    const packages = await Promise.all(Array.from({ length: 20 }, (_, n) => apk(`p${n}-1-r0`)))
    const seen: number[] = []
    let writing = true
    const reading = (async () => {
      while (writing) seen.push((await offered('edge')).length)
    })()
    const indexes = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        repository.publish('edge', arch, packages.slice(2 * n, 2 * n + 2)),
      ),
    )
    writing = false
    await reading
    expect(await offered('edge')).toHaveLength(20)
    expect(Math.max(...indexes.map(({ generation }) => generation))).toBeLessThan(5)
    expect(seen.every((length) => length === 1 || length % 2 === 0)).toBe(true)
  })

  it('by many processes loses nothing', async () => {
    const writers = Array.from({ length: 5 }, () => open())
    await Promise.all(
      writers.flatMap((writer, w) =>
        [0, 1, 2].map(async (n) => writer.publish('edge', arch, [await apk(`p${w}${n}-1-r0`)])),
      ),
    )
    for (const writer of writers) expect(await writer.packages('edge', arch)).toHaveLength(15)
    expect(await offered('edge')).toHaveLength(15)
  })
})

describe('a package is refused', () => {
  it.each<[string, string, Partial<ApkRecord>, RegExp]>([
    ['that is built for another arch', 'a-1-r0', { arch: 'other' }, /built for other/],
    ['whose name leaves the directory', 'a-1-r0', { name: '../../etc' }, /cannot stand in a file name/],
    ['whose version is none', 'a-1-r0', { version: 'latest' }, /"latest" is no version/],
    ['whose words would forge another entry', 'a-1-r0', { description: 'x\n\nP:evil\nV:1' }, /read back/],
    ['with a zero byte', 'a-1-r0', { description: 'x\0' }, /read back/],
    ['whose dependency has a space', 'a-1-r0', { depends: ['b c'] }, /read back/],
    ['whose file has another size', 'a-1-r0', { sizeBytes: 1 }, /its entry says 1/],
  ])('%s', async (_, stem, more, why) => {
    const good = await apk('good-1-r0')
    await expect(repository.publish('edge', arch, [good, await apk(stem, '', more)])).rejects.toMatchObject({
      code: 'ADMISSION_REFUSED',
      why: expect.stringMatching(why),
    })
    expect(await offered('edge')).toEqual(['no index'])
  })

  it('whose file is not in the store', async () => {
    const one = { ...(await apk('a-1-r0')), file: digestOf('nowhere') }
    await expect(repository.publish('edge', arch, [one])).rejects.toMatchObject({ code: 'BLOB_MISSING' })
  })

  it('when two files of one version come at once', async () => {
    const both = [await apk('a-1-r0', 'one'), await apk('a-1-r0', 'two')]
    await expect(repository.publish('edge', arch, both)).rejects.toMatchObject({ code: 'ADMISSION_REFUSED' })
  })

  it('that belongs to the seed, in every other channel', async () => {
    const one = await apk('gcc-12-r0')
    await repository.publish('seed', arch, [one])
    await expect(repository.publish('edge', arch, [one])).rejects.toMatchObject({
      code: 'ADMISSION_REFUSED',
      why: expect.stringContaining('seed'),
    })
    await expect(repository.promote('seed', 'stable', arch, [one.file])).rejects.toMatchObject({
      code: 'ADMISSION_REFUSED',
    })
    expect(await offered('seed')).toEqual(['gcc-12-r0'])
  })
})

describe('promotion', () => {
  it('offers the same file in the other channel', async () => {
    const [a, b] = [await apk('a-1-r0'), await apk('b-1-r0')]
    await repository.publish('edge', arch, [a, b])
    await repository.promote('edge', 'stable', arch, [a.file])
    expect(await offered('stable')).toEqual(['a-1-r0'])
    expect((await repository.findApk('stable', arch, 'a-1-r0.apk'))?.file).toBe(a.file)
  })

  it('of what the first channel does not offer is refused', async () => {
    const [old, now] = [await apk('a-1-r0', 'old'), await apk('a-1-r0', 'now')]
    await repository.publish('edge', arch, [old])
    await repository.publish('edge', arch, [now])
    await expect(repository.promote('edge', 'stable', arch, [old.file])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })
})

describe('the past', () => {
  it('stays: withdrawn and replaced packages are found at their time', async () => {
    const [first, second] = [await apk('a-1-r0', 'first'), await apk('a-1-r0', 'second')]
    const b = await apk('b-2-3-r0')
    const times: Date[] = []
    const tick = () => {
      clock.advance(60_000)
      times.push(new Date(clock.now()))
      clock.advance(60_000)
    }
    tick()
    await repository.publish('edge', arch, [first, b])
    tick()
    await repository.publish('edge', arch, [second])
    tick()
    await repository.withdraw('edge', arch, ['a-1-r0'], 'it has a hole')
    tick()
    await repository.publish('edge', arch, [first])
    tick()
    const at = (index: number) => repository.findApk('edge', arch, 'a-1-r0.apk', times[index])
    expect(await at(0)).toBeUndefined()
    expect((await at(1))?.file).toBe(first.file)
    expect((await at(2))?.file).toBe(second.file)
    expect(await at(3)).toBeUndefined()
    expect((await at(4))?.file).toBe(first.file)
    expect((await repository.findApk('edge', arch, 'b-2-3-r0.apk', times[3]))?.record).toEqual(b.record)
    const generations = await Promise.all(
      times.map(async (time) => (await repository.currentIndex('edge', arch, time))?.generation),
    )
    expect(generations).toEqual([undefined, 1, 2, 3, 4])
    const why = await database
      .withTables<{ channel_apk: { withdrawn_why: string | null; arch: string } }>()
      .selectFrom('channel_apk')
      .select('withdrawn_why')
      .where('arch', '=', arch)
      .where('withdrawn_why', 'is not', null)
      .execute()
    expect(why.map(({ withdrawn_why }) => withdrawn_why).sort()).toEqual([
      'it has a hole',
      `replaced by ${second.file}`,
    ])
  })

  it('is in order even when the clock goes back', async () => {
    const late = fixedClock(START + 10_000)
    const early = fixedClock(START)
    const at = (clockOf: typeof late) =>
      openRepository({ database, blobs, signer, clock: clockOf, emit: () => {} })
    await at(late).publish('edge', arch, [await apk('a-1-r0')])
    const index = await at(early).publish('edge', arch, [await apk('b-1-r0')])
    expect(index.publishedAt.getTime()).toBe(START + 10_001)
  })

  it('cannot be withdrawn from: a name that is not offered is refused with the nearest', async () => {
    await repository.publish('edge', arch, [await apk('openssl-3-r0')])
    await expect(repository.withdraw('edge', arch, ['opensll-3-r0'], 'x')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      why: expect.stringContaining('openssl-3-r0'),
    })
  })
})

describe('reading', () => {
  it('gives the same array as long as nothing is published, and sees what others publish', async () => {
    await repository.publish('edge', arch, [await apk('a-1-r0'), await apk('b-1-r0')])
    const first = await repository.packages('edge', arch)
    expect(await repository.packages('edge', arch)).toBe(first)
    const other = open()
    await other.publish('edge', arch, [await apk('c-1-r0')])
    await other.withdraw('edge', arch, ['a-1-r0'], 'old')
    const names = async (from: ApkRepository) =>
      (await from.packages('edge', arch)).map(({ record }) => record.name)
    expect(await names(repository)).toEqual(['b', 'c'])
    expect(await names(open())).toEqual(['b', 'c'])
  })

  it('gives back layouts of the packages that have one', async () => {
    const layout = {
      datahash: digestOf('data'),
      sizeBytes: 5,
      installedSizeBytes: 6,
      diffId: digestOf('tar'),
      directories: [{ path: 'usr', mode: 0o755, mtimeSec: 1 }],
      rest: { start: 10, end: 20, crc32: 3, lengthBytes: 4 },
    }
    const [a, b] = [{ ...(await apk('a-1-r0')), layout }, await apk('b-1-r0')]
    await repository.publish('edge', arch, [a, b])
    expect(await repository.layouts([a.file, b.file])).toEqual(new Map([[a.file, layout]]))
    expect(await repository.layouts([])).toEqual(new Map())
  })
})
