// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { isSystemError, MillraceError, writeFileAtomic } from '../base/index.ts'
import type { KeyKind } from './signer.ts'

/** Makes the directory, or sees that nobody but its owner may write to it. @throws MillraceError KEY_INVALID */
export async function prepareDirectory(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { mode } = await stat(directory)
  if ((mode & 0o022) !== 0)
    throw keyInvalid(
      directory,
      `other users may write to it (mode ${octal(mode)})`,
      `run chmod 700 ${directory}, and check that the keys in it are yours`,
    )
}

/** Names in order; none when there is no such directory. */
export async function namesIn(directory: string): Promise<string[]> {
  try {
    return (await readdir(directory)).sort()
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}

/** Written as PKCS#1 for RSA, which is what other signers of packages read, and as PKCS#8 otherwise. */
export async function writePrivateKey(path: string, key: KeyObject): Promise<void> {
  const type = key.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'pkcs8'
  await writeFileAtomic(path, key.export({ type, format: 'pem' }), 0o600)
}

/** @throws MillraceError KEY_INVALID; its text never repeats the file's. */
export async function readPrivateKey(path: string, kind: KeyKind): Promise<KeyObject> {
  const pem = await readOwnFile(path)
  return readKey(path, kind, () => createPrivateKey(pem))
}

/** Undefined when there is no such file. @throws MillraceError KEY_INVALID */
export async function readPublicKey(path: string, kind: KeyKind): Promise<KeyObject | undefined> {
  let pem: Buffer
  try {
    pem = await readRegularFile(path, () => {})
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
  if (pem.includes('PRIVATE KEY'))
    throw keyInvalid(
      path,
      'a private key is in the file of a public one',
      'take it away: .pub files are shown to everyone',
    )
  return readKey(path, kind, () => createPublicKey(pem))
}

export function keyInvalid(path: string, why: string, fix: string): MillraceError {
  return new MillraceError('KEY_INVALID', { what: `reading the keys in ${path}`, why, fix })
}

/** OpenSSL's reasons are left out: "expected … " says more, and no byte of a key can get into a message. */
function readKey(path: string, kind: KeyKind, read: () => KeyObject): KeyObject {
  let key: KeyObject | undefined
  try {
    key = read()
  } catch {
    key = undefined
  }
  if (key !== undefined && kind.accepts(key)) return key
  const found =
    key === undefined
      ? 'something that is none'
      : `a key of type ${key.asymmetricKeyType ?? 'unknown'} that is none`
  throw keyInvalid(
    path,
    `expected ${kind.expected} in PEM, found ${found}`,
    'put the right file there, or move it away: a new key is made when there is none',
  )
}

function readOwnFile(path: string): Promise<Buffer> {
  return readRegularFile(path, (mode) => {
    if ((mode & 0o077) !== 0)
      throw keyInvalid(
        path,
        `other users may read it (mode ${octal(mode)})`,
        `run chmod 600 ${path}; if others could log in here, make a new key`,
      )
  })
}

/** The file that was checked is the file that is read: both through one handle. O_NONBLOCK: opening a pipe must not hang. */
async function readRegularFile(path: string, check: (mode: number) => void): Promise<Buffer> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await handle.stat()
    if (!found.isFile() || found.size > MAX_KEY_BYTES)
      throw keyInvalid(path, 'it is not a small regular file', 'put the key itself there')
    check(found.mode)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

const MAX_KEY_BYTES = 64 * 1024

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}
