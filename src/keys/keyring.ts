// SPDX-License-Identifier: Apache-2.0
import { createPublicKey } from 'node:crypto'
import { join } from 'node:path'
import { canonicalJson } from '../base/index.ts'
import { namesIn, readPublicKey } from './key-files.ts'
import { APK_KEY, ATTESTATION_KEY, type KeyKind, pemOf } from './signer.ts'

/** Public keys by their file name, `NAME.rsa.pub` → PEM: those that sign now and those that did before. */
export type Keyring = ReadonlyMap<string, string>

/**
 * Every public key of a directory, by purpose; empty when there is no such directory. Nothing is made.
 *
 * @throws MillraceError KEY_INVALID for a `.pub` file of another kind.
 */
export async function loadKeyring(directory: string): Promise<{ apk: Keyring; attestation: Keyring }> {
  const [apk, attestation] = await Promise.all([
    publicKeys(directory, APK_KEY),
    publicKeys(directory, ATTESTATION_KEY),
  ])
  return { apk, attestation }
}

async function publicKeys(directory: string, kind: KeyKind): Promise<Keyring> {
  const keys = new Map<string, string>()
  for (const name of await namesIn(directory)) {
    if (!name.endsWith(`.${kind.extension}.pub`)) continue
    const key = await readPublicKey(join(directory, name), kind)
    if (key !== undefined) keys.set(name, pemOf(key))
  }
  return keys
}

/** A JSON Web Key Set of RSA keys (RFC 7517, section 5). apko saves each as `KID.rsa.pub`, so `kid` is the name before that. */
export function formatJwks(keyring: Keyring): string {
  const keys = [...keyring].map(([name, pem]) => {
    const { kty, n, e } = createPublicKey(pem).export({ format: 'jwk' })
    return { kid: name.replace(/\.rsa\.pub$/, ''), kty, n, e, alg: 'RS256', use: 'sig' }
  })
  return canonicalJson({ keys })
}
