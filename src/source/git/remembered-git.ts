// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  canonicalJson,
  type Digest,
  digestHex,
  digestOf,
  isDigest,
  isMillraceError,
  isSystemError,
  type Json,
  writeFileAtomic,
} from '../../base/index.ts'
import type { BlobStore, StoredBlob } from '../../store/index.ts'
import { type GitCheckout, type GitSource, readCheckout } from './git-checkout.ts'

interface Remembering {
  readonly store: BlobStore
  readonly dataDirectory: string
}

/** Raised whenever what is stored for a checkout is laid out otherwise. */
const LAYOUT = 1

const directoryOf = (f: Remembering, kind: 'git' | 'git-trees') => join(f.dataDirectory, 'sources', kind)

/** The name of a note about a checkout: of all that says what is stored for it. */
function noteName({ url, ...rest }: GitCheckout): string {
  const asked = { layout: LAYOUT, url: url.href, ...rest }
  return digestHex(digestOf(canonicalJson(asked as unknown as Json)))
}

/** The blob that was stored for a checkout, when the store still has it. Without an expected commit nothing is remembered. */
export async function findStoredCheckout(
  f: Remembering,
  checkout: GitCheckout,
): Promise<StoredBlob | undefined> {
  const digest = await readNote(join(directoryOf(f, 'git'), noteName(checkout)))
  return digest === undefined ? undefined : f.store.stat(digest)
}

/** As {@link findStoredCheckout}; nothing was ever stored for inputs that are none. */
export async function findStoredGitSource(
  f: Remembering,
  source: GitSource,
): Promise<StoredBlob | undefined> {
  try {
    return await findStoredCheckout(f, readCheckout(source))
  } catch (error) {
    if (isMillraceError(error, 'RECIPE_INVALID')) return undefined
    throw error
  }
}

export async function rememberCheckout(f: Remembering, checkout: GitCheckout, digest: Digest): Promise<void> {
  await mkdir(directoryOf(f, 'git'), { recursive: true })
  await writeFileAtomic(join(directoryOf(f, 'git'), noteName(checkout)), digest)
}

/**
 * Notes what the files of a commit are, when nothing was known of them.
 *
 * @returns what they were before when they are something else now: two trees under one SHA-1.
 */
export async function noteTree(f: Remembering, commit: string, tree: Digest): Promise<Digest | undefined> {
  const path = join(directoryOf(f, 'git-trees'), commit)
  const known = await readNote(path)
  if (known !== undefined) return known === tree ? undefined : known
  await mkdir(directoryOf(f, 'git-trees'), { recursive: true })
  await writeFileAtomic(path, tree)
  return undefined
}

async function readNote(path: string): Promise<Digest | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    return isDigest(text) ? text : undefined
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}
