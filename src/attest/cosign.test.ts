// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digestOf, HOST_ENV, runCommand } from '../base/index.ts'
import { type FactoryKeys, loadKeys } from '../keys/index.ts'
import { signStatement, slsaProvenance } from './index.ts'

/** The field's own verifier, over a bundle that a key of the factory signed. */

const PATH = process.env['PATH'] ?? ''
/** Without a root of trust, cosign asks the network for one, though a given key needs none. */
const EMPTY_ROOT = '{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}'

let directory: string
let keys: FactoryKeys
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-cosign-'))
  keys = await loadKeys(join(directory, 'keys'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

const cosign = (...args: string[]) =>
  runCommand({ program: 'cosign', args, env: { ...HOST_ENV, PATH, HOME: tmpdir() } }, { timeoutMs: 60_000 })
const isThere = await cosign('version').then(
  ({ code }) => code === 0,
  () => false,
)
if (!isThere) console.warn('skipped: cosign is not on PATH')

describe.skipIf(!isThere)('cosign', () => {
  const apk = Buffer.from('the bytes of an apk')
  const place = (name: string) => join(directory, name)
  const verify = (file: string, pem: string) =>
    cosign(
      'verify-blob-attestation',
      ...['--bundle', place('bundle.json'), '--key', place(pem), '--trusted-root', place('root.json')],
      ...['--insecure-ignore-tlog', '--type', 'slsaprovenance1', place(file)],
    )

  beforeAll(async () => {
    const statement = slsaProvenance({
      subjects: [{ name: 'zlib-1.3.1-r0.apk', digest: digestOf(apk) }],
      namespace: 'millrace',
      name: 'zlib',
      version: '1.3.1-r0',
      arch: 'x86_64',
      recipe: { path: 'packages/zlib.yaml', digest: digestOf('recipe') },
      buildKey: digestOf('plan'),
      sourceDateEpoch: 0,
      sources: [],
      files: [],
      environment: [],
      compilerOptions: { from: undefined, optOuts: [] },
      run: {
        builder: { id: 'https://millrace.dev/builder/1', version: {} },
        invocationId: '1',
        startedOn: new Date(0),
        finishedOn: new Date(0),
      },
    })
    const { publicKey: stranger } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    await Promise.all([
      writeFile(place('bundle.json'), await signStatement(statement, keys.attestation)),
      writeFile(place('ours.pem'), keys.attestation.publicPem),
      writeFile(place('stranger.pem'), stranger.export({ type: 'spki', format: 'pem' })),
      writeFile(place('root.json'), EMPTY_ROOT),
      writeFile(place('zlib-1.3.1-r0.apk'), apk),
      writeFile(place('changed.apk'), 'other bytes'),
    ])
  })

  it('verifies the provenance of the apk that it is about', async () => {
    const { code, stderr } = await verify('zlib-1.3.1-r0.apk', 'ours.pem')
    expect(stderr).toContain('Verified OK')
    expect(code).toBe(0)
  })

  it('refuses it for other bytes, and by another key', async () => {
    const forOther = await verify('changed.apk', 'ours.pem')
    expect(forOther.stderr).toContain('does not match any digest in statement')
    expect(forOther.code).not.toBe(0)
    expect((await verify('zlib-1.3.1-r0.apk', 'stranger.pem')).code).not.toBe(0)
  })
})
