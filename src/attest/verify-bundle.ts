// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { digestOf, MillraceError } from '../base/index.ts'
import { PAYLOAD_TYPE, preAuthEncoding } from './dsse.ts'
import { attestationInvalid, parseForm } from './invalid.ts'
import { keyHint } from './sign-statement.ts'
import { parseStatement, type Statement } from './statement.ts'

export interface VerifiedBundle {
  readonly statement: Statement
  /** The key's name in the keyring. */
  readonly signedBy: string
}

const MAX_BUNDLE_CHARS = 64 * 1024 * 1024

/** With padding and without anything a decoder would skip. The pattern that zod has for it runs out of stack on long texts. */
const base64 = (text: string) => Buffer.from(text, 'base64').toString('base64') === text
const Base64 = z.string().refine(base64, 'expected base64')

/** Bundles as we write them. What a transparency log or a clock adds may be there, but is not judged here. */
const Bundle = z.strictObject({
  mediaType: z.literal('application/vnd.dev.sigstore.bundle.v0.3+json'),
  verificationMaterial: z.strictObject({
    publicKey: z.strictObject({ hint: z.string().max(1024) }),
    tlogEntries: z.array(z.unknown()).optional(),
    timestampVerificationData: z.unknown().optional(),
  }),
  dsseEnvelope: z.strictObject({
    payload: Base64,
    payloadType: z.literal(PAYLOAD_TYPE),
    // The bundle format allows exactly one.
    signatures: z.tuple([z.strictObject({ sig: Base64.max(1024), keyid: z.string().max(1024).optional() })]),
  }),
})

/**
 * The statement of a bundle, when a key of the keyring signed it: the one that the bundle names by its fingerprint.
 *
 * @param keyring PEM by name
 * @param what the act, for messages
 * @throws MillraceError ATTESTATION_INVALID when the text is no bundle or its payload no statement; SIGNATURE_INVALID when no key of the keyring signed these bytes.
 */
export function verifyBundle(
  text: string,
  keyring: ReadonlyMap<string, string>,
  what = 'verifying an attestation',
): VerifiedBundle {
  if (text.length > MAX_BUNDLE_CHARS)
    throw attestationInvalid(what, `it has ${text.length} characters; at most ${MAX_BUNDLE_CHARS} are taken`)
  const { verificationMaterial, dsseEnvelope } = parseForm(Bundle, text, what)
  const { name, key } = keyOf(verificationMaterial.publicKey.hint, keyring, what)

  const payload = Buffer.from(dsseEnvelope.payload, 'base64')
  const signature = Buffer.from(dsseEnvelope.signatures[0].sig, 'base64')
  const signed = preAuthEncoding(dsseEnvelope.payloadType, payload)
  if (!verify('sha256', signed, { key, dsaEncoding: 'der' }, signature))
    throw signatureInvalid(
      what,
      `the signature is not that of ${name} over these bytes`,
      'get the attestation again from where the artefact comes; its bytes were changed, or another key signed them',
    )
  return { statement: parseStatement(decoded(payload, what), what), signedBy: name }
}

function keyOf(
  hint: string,
  keyring: ReadonlyMap<string, string>,
  what: string,
): { name: string; key: KeyObject } {
  for (const [name, pem] of keyring) {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') continue
    if (keyHint(digestOf(key.export({ type: 'spki', format: 'der' }))) === hint) return { name, key }
  }
  const names = [...keyring.keys()]
  throw signatureInvalid(
    what,
    `it names the key ${JSON.stringify(hint.slice(0, 100))}, which is none of ${names.length === 0 ? 'an empty keyring' : names.join(', ')}`,
    'add the public key of who signed it to the keyring, if you trust it',
  )
}

function decoded(payload: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch (cause) {
    throw attestationInvalid(what, 'its payload is not UTF-8', cause)
  }
}

function signatureInvalid(what: string, why: string, fix: string): MillraceError {
  return new MillraceError('SIGNATURE_INVALID', { what, why, fix })
}
