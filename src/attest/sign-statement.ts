// SPDX-License-Identifier: Apache-2.0
import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle'
import { canonicalJson, type Digest, digestHex, type Json } from '../base/index.ts'
import { PAYLOAD_TYPE, preAuthEncoding } from './dsse.ts'
import type { Statement } from './statement.ts'

/** A key that signs attestations: ECDSA on P-256 over SHA-256. */
export interface SignStatementKey {
  /** sha256 of the public key's PKIX DER. */
  readonly fingerprint: Digest
  /** PKIX, PEM. */
  readonly publicPem: string
  /** DER. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** The statement in a DSSE envelope in a sigstore bundle 0.3, as JSON text. The bundle names the key by its fingerprint, in base64 as cosign does. */
export async function signStatement(statement: Statement, key: SignStatementKey): Promise<string> {
  const payload = Buffer.from(canonicalJson(statement as unknown as Json))
  const signature = await key.sign(preAuthEncoding(PAYLOAD_TYPE, payload))
  const bundle = toDSSEBundle({
    artifact: payload,
    artifactType: PAYLOAD_TYPE,
    signature: Buffer.from(signature),
    keyHint: keyHint(key.fingerprint),
    certificateChain: false,
  })
  // cosign compares a keyid with a fingerprint of another form, and then refuses the envelope; the hint beside it is enough.
  for (const signed of bundle.content.dsseEnvelope.signatures) signed.keyid = ''
  return JSON.stringify(bundleToJSON(bundle))
}

export function keyHint(fingerprint: Digest): string {
  return Buffer.from(digestHex(fingerprint), 'hex').toString('base64')
}
