// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { bundleFromJSON } from '@sigstore/bundle'
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestOf, isMillraceError } from '../base/index.ts'
import { type SignStatementKey, type Statement, signStatement, spdxStatement, verifyBundle } from './index.ts'

function newKey(): SignStatementKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return {
    publicPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    fingerprint: digestOf(publicKey.export({ type: 'spki', format: 'der' })),
    sign: async (bytes) => sign('sha256', bytes, privateKey),
  }
}
const key = newKey()
const other = newKey()
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
  type: 'spki',
  format: 'pem',
})
const keyring = new Map([
  ['packages.rsa.pub', rsa.toString()],
  ['other.ecdsa.pub', other.publicPem],
  ['ours.ecdsa.pub', key.publicPem],
])
const statement = spdxStatement([{ name: 'a.apk', digest: digestOf('a') }], '{"name":"a","ü":["\\u2028"]}')
const bundle = await signStatement(statement, key)
interface Loose {
  mediaType: unknown
  verificationMaterial: { publicKey?: { hint: unknown }; [key: string]: unknown }
  dsseEnvelope: { payload: string; payloadType: string; signatures: { sig: string; keyid?: string }[] }
}
const edited = (edit: (bundle: Loose) => void): string => {
  const value = JSON.parse(bundle) as Loose
  edit(value)
  return JSON.stringify(value)
}
const outcome = (text: string, keys: ReadonlyMap<string, string> = keyring): unknown => {
  try {
    return verifyBundle(text, keys)
  } catch (error) {
    return error
  }
}

describe('a signed statement', () => {
  it('is verified by the key that its bundle names', () => {
    expect(verifyBundle(bundle, keyring)).toEqual({ statement, signedBy: 'ours.ecdsa.pub' })
  })

  it('is a sigstore bundle 0.3 with one signature without key id, and the key’s fingerprint for a hint', () => {
    expect(JSON.parse(bundle)).toMatchObject({
      mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
      verificationMaterial: {
        publicKey: { hint: Buffer.from(key.fingerprint.slice(7), 'hex').toString('base64') },
      },
      dsseEnvelope: {
        payloadType: 'application/vnd.in-toto+json',
        signatures: [{ sig: expect.any(String) }],
      },
    })
    expect((JSON.parse(bundle) as Loose).dsseEnvelope.signatures[0]).not.toHaveProperty('keyid')
  })

  it('is verified by sigstore’s own library', () => {
    const root = {
      mediaType: '',
      tlogs: [],
      certificateAuthorities: [],
      ctlogs: [],
      timestampAuthorities: [],
    }
    const verifierFor = (pem: string) =>
      new Verifier(
        toTrustMaterial(root, () => ({
          publicKey: createPublicKey(pem),
          validFor: () => true,
        })),
        { tlogThreshold: 0, timestampThreshold: 0, ctlogThreshold: 0 },
      )
    const entity = toSignedEntity(bundleFromJSON(JSON.parse(bundle)))
    expect(() => verifierFor(key.publicPem).verify(entity)).not.toThrow()
    expect(() => verifierFor(other.publicPem).verify(entity)).toThrow(/signature verification failed/)
  })

  it('may carry what a transparency log added', () => {
    const text = edited(({ verificationMaterial }) => {
      verificationMaterial['tlogEntries'] = [{ logIndex: '1' }]
    })
    expect(outcome(text)).toMatchObject({ signedBy: 'ours.ecdsa.pub' })
  })
})

describe('a bundle is refused', () => {
  const hintOf = (one: SignStatementKey) => Buffer.from(one.fingerprint.slice(7), 'hex').toString('base64')
  const payload = (text: string) => Buffer.from(text).toString('base64')
  it.each<[string, string, string, RegExp]>([
    [
      'whose payload was changed',
      edited((b) => {
        b.dsseEnvelope.payload = payload('{}')
      }),
      'SIGNATURE_INVALID',
      /not that of ours/,
    ],
    [
      'whose signature was changed',
      edited((b) => {
        b.dsseEnvelope.signatures = [{ sig: 'AAAA' }]
      }),
      'SIGNATURE_INVALID',
      /not that of ours/,
    ],
    [
      'that has no signature bytes',
      edited((b) => {
        b.dsseEnvelope.signatures = [{ sig: '' }]
      }),
      'SIGNATURE_INVALID',
      /not that of ours/,
    ],
    [
      'that names another of our keys',
      edited((b) => {
        b.verificationMaterial.publicKey = { hint: hintOf(other) }
      }),
      'SIGNATURE_INVALID',
      /not that of other/,
    ],
    [
      'that names a key we do not have',
      edited((b) => {
        b.verificationMaterial.publicKey = { hint: 'bm9uZQ==' }
      }),
      'SIGNATURE_INVALID',
      /"bm9uZQ==", which is none of packages.rsa.pub, other/,
    ],
    [
      'that names its key by nothing',
      edited((b) => {
        b.verificationMaterial.publicKey = { hint: '' }
      }),
      'SIGNATURE_INVALID',
      /none of/,
    ],
    [
      'whose payload is of another type',
      edited((b) => {
        b.dsseEnvelope.payloadType = 'text/plain'
      }),
      'ATTESTATION_INVALID',
      /payloadType/,
    ],
    [
      'that has two signatures',
      edited((b) => {
        b.dsseEnvelope.signatures.push({ sig: 'AAAA' })
      }),
      'ATTESTATION_INVALID',
      /signatures/,
    ],
    [
      'that has none',
      edited((b) => {
        b.dsseEnvelope.signatures = []
      }),
      'ATTESTATION_INVALID',
      /signatures/,
    ],
    [
      'of another version',
      edited((b) => {
        b.mediaType = 'application/vnd.dev.sigstore.bundle+json;version=0.1'
      }),
      'ATTESTATION_INVALID',
      /mediaType/,
    ],
    [
      'with a certificate for a key',
      edited((b) => {
        b.verificationMaterial = { certificate: {} }
      }),
      'ATTESTATION_INVALID',
      /publicKey/,
    ],
    [
      'with a payload that a lenient decoder would take',
      edited((b) => {
        b.dsseEnvelope.payload += '\n'
      }),
      'ATTESTATION_INVALID',
      /expected base64/,
    ],
    ['that is no JSON', 'bundle', 'ATTESTATION_INVALID', /not JSON/],
  ])('%s', (_, text, code, why) => {
    expect(outcome(text)).toMatchObject({ code, why: expect.stringMatching(why) })
  })

  it('by an empty keyring', () => {
    expect(outcome(bundle, new Map())).toMatchObject({ code: 'SIGNATURE_INVALID', why: /empty keyring/ })
  })

  it('whose signed payload is no statement', async () => {
    const text = await signStatement({ hello: 'world' } as unknown as Statement, key)
    expect(outcome(text)).toMatchObject({ code: 'ATTESTATION_INVALID', why: expect.stringMatching(/_type/) })
  })

  it('of sixty million characters, or verified, but never more than that', async () => {
    const large = { ...statement, predicate: { text: 'x'.repeat(20_000_000) } }
    expect(outcome(await signStatement(large, key))).toMatchObject({ signedBy: 'ours.ecdsa.pub' })
    expect(outcome(' '.repeat(65 * 1024 * 1024))).toMatchObject({ code: 'ATTESTATION_INVALID' })
  })

  it('or verified as what was signed, and never more than that, whatever is changed', () => {
    const edits = fc.array(fc.tuple(fc.nat(bundle.length), fc.nat(3), fc.string({ maxLength: 3 })), {
      minLength: 1,
      maxLength: 3,
    })
    fc.assert(
      fc.property(edits, (list) => {
        const text = list.reduce(
          (now, [at, drop, put]) => now.slice(0, at) + put + now.slice(at + drop),
          bundle,
        )
        const result = outcome(text)
        if (isMillraceError(result, 'ATTESTATION_INVALID') || isMillraceError(result, 'SIGNATURE_INVALID'))
          return
        expect(result).toEqual({ statement, signedBy: 'ours.ecdsa.pub' })
      }),
      { numRuns: 2000 },
    )
  })
})
