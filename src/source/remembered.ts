// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Digest, isDigest, isSystemError, writeFileAtomic } from '../base/index.ts'
import type { BlobStore, StoredBlob } from '../store/index.ts'
import type { FoundDigests, WantedDigests } from './source.ts'

interface Remembering {
  readonly store: BlobStore
  readonly dataDirectory: string
}

/** The blob that has the wanted digests, when the store has it. A source known only by sha512 is found if it was fetched here before. */
export async function findStored(f: Remembering, wanted: WantedDigests): Promise<StoredBlob | undefined> {
  const known = wanted.sha512 === null ? undefined : await readNote(f, wanted.sha512)
  // With both digests wanted, bytes that were never checked against the sha512 are fetched again.
  if (wanted.sha512 !== null && (known === undefined || (wanted.sha256 ?? known) !== known)) return undefined
  const digest = wanted.sha256 ?? known
  return digest === undefined ? undefined : f.store.stat(digest)
}

export async function rememberStored(f: Remembering, found: FoundDigests): Promise<void> {
  await mkdir(noteDirectory(f), { recursive: true })
  await writeFileAtomic(join(noteDirectory(f), found.sha512), found.sha256)
}

const noteDirectory = (f: Remembering) => join(f.dataDirectory, 'sources', 'sha512')

async function readNote(f: Remembering, sha512: string): Promise<Digest | undefined> {
  try {
    const text = await readFile(join(noteDirectory(f), sha512), 'utf8')
    return isDigest(text) ? text : undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
