// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { diskTree, extractTar, readTar } from '../../src/archive/index.ts'
import { type Digest, fixedClock, openHttp, runCommand } from '../../src/base/index.ts'
import { type ExpandedSource, sourceMount } from '../../src/recipe/index.ts'
import {
  DEFAULT_GIT_LIMITS,
  fetchGitSource,
  type GitFetchServices,
  openHostMemory,
} from '../../src/source/index.ts'
import { type BlobStore, openBlobDirectory } from '../../src/store/index.ts'

/** What fetches git sources from directories of this machine. */
export async function gitServices(dataDirectory: string, store?: BlobStore): Promise<GitFetchServices> {
  return {
    exec: runCommand,
    store: store ?? (await openBlobDirectory(join(dataDirectory, 'blobs'))),
    http: openHttp({ attempts: 1, proxies: {}, pause: async () => {} }),
    hosts: openHostMemory(fixedClock(0)),
    dataDirectory,
    git: {
      ...{
        protocols: ['file'],
        mirrors: [],
        environment: {},
        credentialsFor: () => ({}),
        systemConfig: '/dev/null',
      },
      limits: DEFAULT_GIT_LIMITS,
    },
  }
}

/** The blobs of a recipe's git sources, by their place in a sandbox. */
export async function fetchGitSources(
  f: GitFetchServices,
  sources: readonly ExpandedSource[],
): Promise<Map<string, Digest>> {
  const found = new Map<string, Digest>()
  for (const source of sources) {
    if (source.kind !== 'git') continue
    const asked = { repository: source.repository, inputs: source.inputs, name: source.repository }
    const { digest } = await fetchGitSource(f, asked, new AbortController().signal)
    found.set(sourceMount(source) ?? '', digest)
  }
  return found
}

/** Unpacks git sources below a directory, as they stand in a sandbox. */
export async function mountGitSources(
  f: GitFetchServices,
  sources: readonly ExpandedSource[],
  directory: string,
): Promise<void> {
  for (const [place, digest] of await fetchGitSources(f, sources)) {
    const where = join(directory, place)
    await rm(where, { recursive: true, force: true })
    await mkdir(where, { recursive: true })
    await extractTar(readTar(f.store.read(digest), place), diskTree(where), place)
  }
}
