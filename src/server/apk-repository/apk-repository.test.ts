// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { literalServices } from '../../../test/support/literal-catalog.ts'
import {
  type ApkSigner,
  openApk,
  readApkIndex,
  recordOf,
  writeApkData,
  writeApkHead,
} from '../../apk/index.ts'
import { chunksOf } from '../../archive/index.ts'
import { type Digest, digestHex, type EventBody, fixedClock, runCommand } from '../../base/index.ts'
import { type ApkRepository, type IncomingApk, openRepository } from '../../repository/index.ts'
import {
  type BlobStore,
  type Cluster,
  type Database,
  migrate,
  openBlobDirectory,
  openDatabase,
  startCluster,
} from '../../store/index.ts'
import {
  makeApkRepository,
  makeApp,
  type OpenServer,
  openAssets,
  openServer,
  type WebHandler,
} from '../index.ts'
import { parsePlace } from './place.ts'

const clock = fixedClock(Date.parse('2026-11-25T08:00:00Z'))
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const signer: ApkSigner = {
  publicKeyName: 'test.rsa.pub',
  sign: async (bytes) => sign('sha256', bytes, privateKey),
}
const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
const keyring = new Map([['test.rsa.pub', pem]])

let directory: string
let cluster: Cluster
let database: Database
let blobs: BlobStore
let repository: ApkRepository
let handler: WebHandler
let old: IncomingApk
let replaced: IncomingApk
let libstdc: IncomingApk
let bundle: Digest
const told: EventBody[] = []
const looked: string[] = []

/** A whole package in the store; each one that is made has other bytes. */
async function makeApk(name: string, version: string): Promise<IncomingApk> {
  const text = randomBytes(2000).toString('hex')
  const parts: Uint8Array[] = []
  const tree = [
    { path: 'usr', type: 'directory' as const, mode: 0o755, sizeBytes: 0, linkTarget: '', text: '' },
    { path: 'usr/x', type: 'file' as const, mode: 0o644, sizeBytes: text.length, linkTarget: '', text },
  ].map((entry) => ({ ...entry, open: () => chunksOf(Buffer.from(entry.text)) }))
  const data = await writeApkData(tree, 0, async (bytes) => void parts.push(bytes))
  const info = {
    name,
    version,
    arch: 'x86_64',
    origin: name,
    description: `The package ${name}`,
    url: '',
    commit: '',
    maintainer: '',
    buildTimeSec: 1,
    licenses: ['MIT'],
    depends: [],
    provides: [],
    replaces: [],
    installIf: [],
    providerPriority: 0,
    replacesPriority: 0,
    triggers: [],
    comments: [],
  }
  const head = await writeApkHead(info, data, [], signer)
  const { digest: file, sizeBytes } = await blobs.putBytes(Buffer.concat([head.bytes, ...parts]))
  const whole = {
    ...info,
    installedSizeBytes: data.installedSizeBytes,
    datahash: digestHex(data.datahash),
  }
  const record = recordOf(whole, head.identity, sizeBytes)
  return { file, datahash: data.datahash, record, layout: null, buildKey: null }
}

const DAY_MS = 24 * 60 * 60 * 1000

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-apk-door-'))
  cluster = await startCluster({ exec: runCommand }, directory)
  database = openDatabase(cluster.url)
  await migrate(database)
  blobs = await openBlobDirectory(directory)
  ;({ digest: bundle } = await blobs.putBytes('{"a": "bundle"}'))
  const emit = (event: EventBody) => told.push(event)
  repository = openRepository({ database, blobs, signer, clock, emit })
  ;[old, replaced, libstdc] = await Promise.all([
    makeApk('zlib', '1.3-r0'),
    makeApk('zlib', '1.3-r0'),
    makeApk('libstdc++', '14.2.0-r1'),
  ])
  await repository.publish('edge', 'x86_64', [old])
  await repository.publish('seed', 'x86_64', [await makeApk('seeded', '1-r0')])
  clock.advance(DAY_MS)
  await repository.publish('edge', 'x86_64', [replaced, libstdc])
  clock.advance(DAY_MS)
  handler = makeApkRepository({
    repository: {
      currentIndex: (...given) => repository.currentIndex(...given),
      findApk: (...given) => {
        looked.push(given[1])
        return repository.findApk(...given)
      },
    },
    blobs,
    documents: async (file) =>
      file === libstdc.file
        ? [{ kind: 'provenance', digest: bundle, mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' }]
        : [],
    keys: async () => new Map([...keyring, ['test.ecdsa.pub', 'another kind']]),
    clock,
    emit,
  })
})
afterAll(async () => {
  await database.destroy()
  await cluster.stop()
  await rm(directory, { recursive: true, force: true })
})

const ask = async (path: string, init?: RequestInit) =>
  handler(new Request(`http://localhost:7373${path}`, init))
const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer())
const stemsOf = async (bytes: Uint8Array) =>
  (await readApkIndex(bytes, 'the index', keyring)).map(({ name, version }) => `${name}-${version}`)

describe('beside a package', () => {
  it('is what was said of it', async () => {
    const response = await ask('/apk/edge/x86_64/libstdc++-14.2.0-r1.apk.sigstore.json')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/vnd.dev.sigstore.bundle.v0.3+json')
    expect(await response.json()).toEqual({ a: 'bundle' })
  })

  it.each([
    ['nothing was said of it', '/apk/edge/x86_64/zlib-1.3-r0.apk.sigstore.json'],
    ['the other thing was said', '/apk/edge/x86_64/libstdc++-14.2.0-r1.apk.spdx.json'],
    ['there is no such package', '/apk/edge/x86_64/nothing-1-r0.apk.sigstore.json'],
    ['it is the seed’s', '/apk/seed/x86_64/seeded-1-r0.apk.sigstore.json'],
    ['there is no such kind', '/apk/edge/x86_64/libstdc++-14.2.0-r1.apk.asc'],
  ])('is nothing where %s', async (_, path) => {
    expect((await ask(path)).status).toBe(404)
  })
})

describe('the index of a channel', () => {
  it('is the newest, signed, and asked for again each time', async () => {
    const response = await ask('/apk/edge/x86_64/APKINDEX.tar.gz')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/gzip')
    expect(response.headers.get('cache-control')).toBe('no-cache')
    expect(response.headers.get('last-modified')).toBe('Thu, 26 Nov 2026 08:00:00 GMT')
    expect(await stemsOf(await bytesOf(response))).toEqual(['libstdc++-14.2.0-r1', 'zlib-1.3-r0'])
  })

  it.each(['if-none-match', 'if-modified-since'])('is not sent again, by %s', async (condition) => {
    const { headers } = await ask('/apk/edge/x86_64/APKINDEX.tar.gz')
    const known = headers.get(condition === 'if-none-match' ? 'etag' : 'last-modified') ?? ''
    const again = await ask('/apk/edge/x86_64/APKINDEX.tar.gz', { headers: { [condition]: known } })
    expect([again.status, (await bytesOf(again)).length]).toEqual([304, 0])
  })

  it.each([
    ['@2026-11-25T08:00:00Z', ['zlib-1.3-r0']],
    ['@2026-11-26', ['zlib-1.3-r0']],
    ['%402026-11-26T07%3A59%3A59.999Z', ['zlib-1.3-r0']],
    ['@2026-11-26T08:00:00Z', ['libstdc++-14.2.0-r1', 'zlib-1.3-r0']],
    ['@2026-11-27T08:00:00Z', ['libstdc++-14.2.0-r1', 'zlib-1.3-r0']],
  ])('%s is as it was then', async (time, stems) => {
    const response = await ask(`/apk/edge${time}/x86_64/APKINDEX.tar.gz`)
    expect(await stemsOf(await bytesOf(response))).toEqual(stems)
  })

  it.each([
    ['before the first', '/apk/edge@2026-11-25/x86_64/APKINDEX.tar.gz'],
    ['of the seed', '/apk/seed/x86_64/APKINDEX.tar.gz'],
    ['of the seed once', '/apk/seed@2026-11-26/x86_64/APKINDEX.tar.gz'],
    ['of a channel that has none', '/apk/stable/x86_64/APKINDEX.tar.gz'],
    ['of a channel that is not there', '/apk/nightly/x86_64/APKINDEX.tar.gz'],
    ['of an arch that has none', '/apk/edge/aarch64/APKINDEX.tar.gz'],
    ['of a time that is yet to come', '/apk/edge@2026-11-27T08:00:01Z/x86_64/APKINDEX.tar.gz'],
    ['of a time that no calendar has', '/apk/edge@2026-02-30/x86_64/APKINDEX.tar.gz'],
    ['of a time in no zone', '/apk/edge@2026-11-26T12:00:00/x86_64/APKINDEX.tar.gz'],
  ])('%s is not there', async (_, path) => {
    const response = await ask(path)
    expect([response.status, await response.json()]).toMatchObject([404, { code: 'NOT_FOUND' }])
  })
})

describe('a package', () => {
  it('is the file that was published, whole and signed', async () => {
    const response = await ask('/apk/edge/x86_64/zlib-1.3-r0.apk')
    expect([response.status, response.headers.get('etag')]).toEqual([200, `"${replaced.file}"`])
    const opened = await openApk(chunksOf(await bytesOf(response)), 'zlib', keyring)
    expect(opened.info).toMatchObject({ name: 'zlib', version: '1.3-r0' })
    for await (const { body } of opened.data) for await (const _ of body);
  })

  it('is asked for again, since another build may take its place; but not in the past', async () => {
    const now = await ask('/apk/edge/x86_64/zlib-1.3-r0.apk')
    expect(now.headers.get('cache-control')).toBe('no-cache')
    const then = await ask('/apk/edge@2026-11-26/x86_64/zlib-1.3-r0.apk')
    expect([then.headers.get('etag'), then.headers.get('cache-control')]).toEqual([
      `"${old.file}"`,
      'public, max-age=31536000, immutable',
    ])
  })

  it.each(['libstdc++-14.2.0-r1.apk', 'libstdc%2B%2B-14.2.0-r1.apk'])('is found as %s', async (name) => {
    const response = await ask(`/apk/edge/x86_64/${name}`, { method: 'HEAD' })
    expect(response.headers.get('content-length')).toBe(String(libstdc.record.sizeBytes))
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 0])
  })

  it.each([
    'edge/x86_64/zlib-1.4-r0.apk',
    'edge/x86_64/libstdc++-14.2.0-r1.apk.sig',
    'edge@2026-11-26/x86_64/libstdc++-14.2.0-r1.apk',
    'stable/x86_64/zlib-1.3-r0.apk',
    'seed/x86_64/seeded-1-r0.apk',
    'edge/x86_64/seeded-1-r0.apk',
    'edge/x86_64/..%2f..%2fzlib-1.3-r0.apk',
    'edge/x86_64/%00.apk',
    'edge/x86_64/%zz.apk',
    'edge/../seed/x86_64/seeded-1-r0.apk',
    'edge/x86_64/',
    'edge/x86_64',
    'edge',
    '',
  ])('is not at %s', async (path) => {
    expect((await ask(`/apk/${path}`)).status).toBe(404)
  })

  it.each([
    ['bad', undefined],
    ['worse', 'bytes=0-9'],
  ])('whose bytes are damaged is an error that names no path of the machine: %s, %s', async (name, range) => {
    const bad = await makeApk(name, '1-r0')
    await repository.publish('edge', 'x86_64', [bad])
    const path = await blobs.localPath(bad.file)
    await chmod(path, 0o644)
    await writeFile(
      path,
      (await readFile(path)).map((byte, at) => (at === 900 ? byte ^ 1 : byte)),
    )
    const init = range === undefined ? {} : { headers: { range } }
    const response = await ask(`/apk/edge/x86_64/${name}-1-r0.apk`, init)
    const text = await response.text()
    expect([response.status, JSON.parse(text)]).toMatchObject([500, { code: 'BLOB_CORRUPT' }])
    expect(text).not.toContain(directory)
    expect(told.at(-1)).toMatchObject({ type: 'notice.raised', level: 'error', code: 'BLOB_CORRUPT' })
    expect((await ask(`/apk/edge/x86_64/${name}-1-r0.apk`, init)).status).toBe(404)
  })
})

describe('the repository', () => {
  it.each(['POST', 'PUT', 'DELETE'])('takes no %s', async (method) => {
    const response = await ask('/apk/edge/x86_64/zlib-1.3-r0.apk', { method })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('is not made to look for archs that it has no index of', async () => {
    for (let count = 0; count < 20; count++) await ask(`/apk/edge/arch${count}/zlib-1.3-r0.apk`)
    expect(looked.filter((arch) => arch.startsWith('arch'))).toEqual([])
  })
})

describe('the keys', () => {
  it.each(['edge', 'stable', 'edge@2026-11-26'])('are found through %s, as apko does', async (channel) => {
    const configuration = await ask(`/apk/${channel}/apk-configuration`)
    const { jwks_uri } = (await configuration.json()) as { jwks_uri: string }
    expect(jwks_uri).toBe('http://localhost:7373/apk/keys.json')
    const { keys } = (await (await ask(new URL(jwks_uri).pathname)).json()) as {
      keys: { kid: string; kty: string; n: string; e: string; alg: string; use: string }[]
    }
    expect(keys).toHaveLength(1)
    const [key] = keys
    expect(key).toMatchObject({ kid: 'test', kty: 'RSA', alg: 'RS256' })
    const read = createPublicKey({ key: { ...key }, format: 'jwk' })
    expect(read.export({ type: 'spki', format: 'pem' })).toBe(pem)
  })

  it('of the seed are not there', async () => {
    expect((await ask('/apk/seed/apk-configuration')).status).toBe(404)
  })
})

describe('a path', () => {
  it('of any form names a public place with sound parts, or nothing', () => {
    const part = fc.oneof(
      fc.constantFrom(
        'apk',
        'edge',
        'stable',
        'seed',
        'x86_64',
        'APKINDEX.tar.gz',
        'a-1-r0.apk',
        'keys.json',
      ),
      fc.constantFrom('edge@2026-11-26', 'edge@', 'edge@2026-13-45', 'seed@2026-11-26', '..', '%2f', '%00'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const place = parsePlace(new URL(`http://localhost/apk/${parts.join('/')}`).pathname)
        if (place === undefined || place.kind === 'keys') return
        expect(place.at?.getTime()).not.toBeNaN()
        if (place.kind === 'configuration') return
        expect(place.channel).toBeOneOf(['edge', 'stable'])
        expect(place.arch).toMatch(/^[a-z0-9_]+$/)
        if (place.kind === 'apk') expect(place.fileName).toMatch(/^[\w.+~-]+\.apk$/)
      }),
      { numRuns: 500 },
    )
  })
})

const run = (program: string, ...args: string[]) => runCommand({ program, args }, { timeoutMs: 30_000 })
async function whyNot(program: string): Promise<string> {
  const { code } = await run(program, '--version').catch(() => ({ code: null }))
  return code === 0 ? '' : ` (skipped: ${program} is not on PATH)`
}
const [noCurl, noApk, noPython] = await Promise.all(['curl', 'apk', 'python3'].map(whyNot))

describe('over HTTP', () => {
  let server: OpenServer
  let url: string
  beforeAll(async () => {
    const stop = new AbortController().signal
    const options = { assets: await openAssets('/nowhere'), stop, emit: () => {} }
    const app = makeApp(literalServices({ apkRepository: handler }), options)
    server = await openServer({ app, host: '127.0.0.1', port: 0, signal: stop })
    url = `${server.url}/apk/edge/x86_64`
  })
  afterAll(() => server.close())

  it('an index is read as it was written, without another compression on its way', async () => {
    const response = await globalThis.fetch(`${url}/APKINDEX.tar.gz`)
    expect(response.headers.get('content-encoding')).toBeNull()
    expect(response.headers.get('transfer-encoding')).toBeNull()
    expect(await stemsOf(await bytesOf(response))).toContain('zlib-1.3-r0')
  })

  it.skipIf(noCurl !== '')(`curl resumes a package where it stopped${noCurl}`, async () => {
    const target = join(directory, 'zlib.apk')
    const first = await run('curl', '-sf', '-r', '0-999', '-o', target, `${url}/zlib-1.3-r0.apk`)
    expect([first.code, (await readFile(target)).length]).toEqual([0, 1000])
    const rest = await run(
      'curl',
      '-sf',
      '-C',
      '-',
      '-w',
      '%{http_code}',
      '-o',
      target,
      `${url}/zlib-1.3-r0.apk`,
    )
    expect([rest.code, rest.stdout]).toEqual([0, '206'])
    const whole = Buffer.concat(await Array.fromAsync(blobs.read(replaced.file)))
    expect(await readFile(target)).toEqual(whole)
  })

  it.skipIf(noCurl !== '')(`curl is told that it has everything, or asks too far${noCurl}`, async () => {
    const status = (...args: string[]) =>
      run('curl', '-s', '-o', join(directory, 'unused'), '-w', '%{http_code}', ...args)
    const etags = join(directory, 'etag')
    await run('curl', '-sf', '--etag-save', etags, '-o', join(directory, 'unused'), `${url}/zlib-1.3-r0.apk`)
    expect(await status('--etag-compare', etags, `${url}/zlib-1.3-r0.apk`)).toMatchObject({ stdout: '304' })
    expect(await status('-r', '99999999-', `${url}/zlib-1.3-r0.apk`)).toMatchObject({ stdout: '416' })
    expect(await status('-I', `${url}/zlib-1.3-r0.apk`)).toMatchObject({ code: 0, stdout: '200' })
    expect(await status('-z', '01 Dec 2026 00:00:00 GMT', `${url}/APKINDEX.tar.gz`)).toMatchObject({
      stdout: '304',
    })
    expect(await status('-X', 'PUT', `${url}/APKINDEX.tar.gz`)).toMatchObject({ stdout: '405' })
  })

  it.skipIf(noPython !== '')(`python reads the index, its two members and all${noPython}`, async () => {
    const script = [
      'import io, sys, tarfile, urllib.request',
      'bytes = urllib.request.urlopen(sys.argv[1]).read()',
      'print(*tarfile.open(fileobj=io.BytesIO(bytes), mode="r:gz").getnames())',
    ].join('\n')
    const { stdout } = await run('python3', '-c', script, `${url}/APKINDEX.tar.gz`)
    expect(stdout.trim()).toBe('.SIGN.RSA256.test.rsa.pub APKINDEX DESCRIPTION')
  })

  it.skipIf(noApk !== '')(`apk lists what is offered${noApk}`, async () => {
    const root = join(directory, 'root')
    const keys = join(directory, 'keys')
    await run('mkdir', '-p', root, keys)
    await writeFile(join(keys, 'test.rsa.pub'), pem)
    const places = [
      '--root',
      root,
      '--keys-dir',
      keys,
      '--arch',
      'x86_64',
      '--repository',
      url.replace(/\/x86_64$/, ''),
    ]
    await run('apk', ...places, 'add', '--initdb', '--no-scripts')
    expect((await run('apk', ...places, 'search', '--no-cache', 'zlib')).stdout).toContain('zlib-1.3-r0')
  })
})
