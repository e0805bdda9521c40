// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, type KeyObject, sign } from 'node:crypto'
import { type Digest, digestOf } from '../base/index.ts'

/** A key that can sign. What it signs with cannot be read from it. */
export interface Signer {
  /** The private key's file name: `millrace-0f3a91c2.rsa`. */
  readonly keyName: string
  /** The public key's file name, by which signatures of packages name it: `millrace-0f3a91c2.rsa.pub`. */
  readonly publicKeyName: string
  /** PKIX, PEM. */
  readonly publicPem: string
  /** sha256 of the public key's PKIX DER; base64 of its bytes is the key hint of a sigstore bundle. */
  readonly fingerprint: Digest
  /** RSA: PKCS#1 v1.5; ECDSA: DER. Both over the SHA-256 of the bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>
}

/** What distinguishes the two kinds of key. */
export interface KeyKind {
  /** Both the end of its file names and what people call it. */
  readonly extension: 'rsa' | 'ecdsa'
  /** What an acceptable key is, for messages. */
  readonly expected: string
  accepts(key: KeyObject): boolean
}

export const APK_KEY: KeyKind = {
  extension: 'rsa',
  expected: 'an unencrypted RSA key of 2048 bits or more',
  accepts: (key) => key.asymmetricKeyType === 'rsa' && (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048,
}

export const ATTESTATION_KEY: KeyKind = {
  extension: 'ecdsa',
  expected: 'an unencrypted ECDSA key on the curve P-256',
  accepts: (key) => key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1',
}

export function signerOf(keyName: string, privateKey: KeyObject): Signer {
  const publicKey = createPublicKey(privateKey)
  return {
    keyName,
    publicKeyName: `${keyName}.pub`,
    publicPem: pemOf(publicKey),
    fingerprint: fingerprintOf(publicKey),
    sign: (bytes) =>
      new Promise((resolve, reject) =>
        sign('sha256', bytes, privateKey, (error, signature) =>
          error === null ? resolve(signature) : reject(error),
        ),
      ),
  }
}

export function pemOf(publicKey: KeyObject): string {
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

export function fingerprintOf(publicKey: KeyObject): Digest {
  return digestOf(publicKey.export({ type: 'spki', format: 'der' }))
}
