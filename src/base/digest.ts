// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { MillraceError } from './error.ts'

/** A content address: `sha256:` and 64 lower-case hex digits (OCI image spec, descriptor.md "Digests"). */
export type Digest = `sha256:${string}` & { readonly __brand: 'Digest' }

const FORM = /^sha256:[0-9a-f]{64}$/

export function isDigest(text: string): text is Digest {
  return FORM.test(text)
}

/** @throws MillraceError DIGEST_INVALID */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text
  throw new MillraceError('DIGEST_INVALID', {
    what: `reading the digest ${JSON.stringify(text.slice(0, 100))}`,
    why: 'expected sha256: and 64 lower-case hexadecimal digits',
    fix: 'give the digest as printed by sha256sum, with sha256: before it',
  })
}

/** @param hex 64 hexadecimal digits. @throws MillraceError DIGEST_INVALID */
export function digestFromHex(hex: string): Digest {
  return parseDigest(`sha256:${hex.toLowerCase()}`)
}

export function digestHex(digest: Digest): string {
  return digest.slice('sha256:'.length)
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return digestFromHex(createHash('sha256').update(bytes).digest('hex'))
}

export async function digestOfFile(path: string): Promise<Digest> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  return digestFromHex(hash.digest('hex'))
}
