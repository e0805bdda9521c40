// SPDX-License-Identifier: Apache-2.0
import { generateKeyPair, type KeyObject } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { digestHex, writeFileAtomic } from '../base/index.ts'
import {
  keyInvalid,
  namesIn,
  prepareDirectory,
  readPrivateKey,
  readPublicKey,
  writePrivateKey,
} from './key-files.ts'
import { APK_KEY, ATTESTATION_KEY, fingerprintOf, type KeyKind, type Signer, signerOf } from './signer.ts'

export interface FactoryKeys {
  /** RSA, for packages and indexes. */
  readonly apk: Signer
  /** ECDSA P-256, for attestations (DSSE, sigstore bundles). */
  readonly attestation: Signer
}

/**
 * The keys of a directory; made when they are not there. To change a key, move the private file away and leave its `.pub`: what it signed still verifies, and the next
 * load makes a new one. Only the holder of the data directory calls this; others need no more than {@link loadKeyring}.
 *
 * @throws MillraceError KEY_INVALID for a key of another kind, one that other users can read, or two private keys of one kind.
 */
export async function loadKeys(directory: string): Promise<FactoryKeys> {
  await prepareDirectory(directory)
  const [apk, attestation] = await Promise.all([
    loadKey(directory, APK_KEY),
    loadKey(directory, ATTESTATION_KEY),
  ])
  return { apk, attestation }
}

async function loadKey(directory: string, kind: KeyKind): Promise<Signer> {
  const found = (await namesIn(directory)).filter((name) => name.endsWith(`.${kind.extension}`))
  if (found.length > 1)
    throw keyInvalid(
      directory,
      `it has ${found.length} private keys of one kind: ${found.join(', ')}`,
      'move all but one elsewhere and leave their .pub files: what they signed still verifies',
    )
  const name = found[0] ?? (await makeKey(directory, kind))
  const signer = signerOf(name, await readPrivateKey(join(directory, name), kind))
  await writePublicHalf(directory, signer, kind)
  return signer
}

/** @returns the private key's file name, which says which key it is. */
async function makeKey(directory: string, kind: KeyKind): Promise<string> {
  const { privateKey, publicKey } = await generate(kind)
  const name = `millrace-${digestHex(fingerprintOf(publicKey)).slice(0, 8)}.${kind.extension}`
  await writePrivateKey(join(directory, name), privateKey)
  return name
}

const generatePair = promisify(generateKeyPair)

function generate(kind: KeyKind): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  return kind === APK_KEY
    ? generatePair('rsa', { modulusLength: 4096 })
    : generatePair('ec', { namedCurve: 'P-256' })
}

/** The public file beside a private key is that key's; it is written again when it is missing. */
async function writePublicHalf(directory: string, signer: Signer, kind: KeyKind): Promise<void> {
  const path = join(directory, signer.publicKeyName)
  const beside = await readPublicKey(path, kind)
  if (beside === undefined) return writeFileAtomic(path, signer.publicPem)
  if (fingerprintOf(beside) !== signer.fingerprint)
    throw keyInvalid(
      path,
      `it is not the public half of ${signer.keyName}`,
      'remove it: the right one is written at the next start',
    )
}
