// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someDistro } from '../../test/support/mill-process.ts'
import { type Digest, digestOf, MillraceError } from '../base/index.ts'
import type { Work, WorkQueue } from '../queue/index.ts'
import { Factory } from './daemon.ts'
import { readDistro } from './distro.ts'
import type { ImageShop } from './images.ts'
import type { Mill } from './mill.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-remake-'))
  await someDistro(directory, [], [])
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** A factory that released a recipe and made an image before. */
async function doneFactory() {
  await writeFile(
    join(directory, 'packages', 'one.yaml'),
    'package: {name: one, version: "1.0", epoch: 0}\nenvironment: {contents: {packages: []}}\npipeline: [{runs: "true"}]\n',
  )
  const [file, sbom] = [digestOf('package'), digestOf('sbom')]
  const lost = new Set<Digest>()
  const added: Work[] = []
  const seen = { forgets: 0, indexes: [] as string[] }
  let take: Parameters<WorkQueue['take']>[1] = async () => {}
  const ledger = {
    keepRecipes: async () => {},
    durations: async () => new Map(),
    passed: async () => ({ report: { packages: [{ file, sbom: { digest: sbom } }] } }),
    forget: async () => {},
    recordRecipe: async () => {},
  }
  const repository = {
    packages: async () => [{ file }],
    promote: async () => {},
    currentIndex: async (channel: string) => (channel === 'edge' ? {} : undefined),
    publish: async (channel: string, _: string, apks: unknown[]) =>
      void seen.indexes.push(`${channel} ${apks.length}`),
  }
  const store = { has: async (digest: Digest) => !lost.has(digest) }
  const mill = {
    f: { ledger, repository, store, settings: { workers: 1 }, emit: () => {} },
    distro: { ...(await readDistro(directory, 'x86_64')), images: ['image'] },
    released: { seed: [], packagesOf: () => undefined },
    sources: { prefetch: () => {}, fetch: async () => new Map() },
  } as unknown as Mill
  const images: ImageShop = {
    wants: () => [],
    look: async () => ({ status: 'make', key: digestOf('image') }),
    make: () =>
      Promise.reject(
        new MillraceError('BLOB_MISSING', { what: 'making it', why: 'it is gone', fix: 'wait' }),
      ),
    forget: () => {
      seen.forgets += 1
    },
  }
  const queue: WorkQueue = {
    add: async (work) => void added.push(...work),
    take: (_, handler) => {
      take = handler
    },
    counts: async () => ({ waiting: 0, running: 0 }),
    [Symbol.asyncDispose]: async () => {},
  }
  const factory = new Factory(mill, new Map(), images, queue, new AbortController().signal)
  await factory.begin()
  const begun = (kind: string) => added.filter((work) => work.kind === kind)
  return {
    ...{ file, sbom, seen, begun },
    carryOut: (work: Work) => take(work, new AbortController().signal),
    lose: async (digest: Digest, put = false) => {
      if (!put) lost.add(digest)
      factory.remake(digest)
      await factory.end()
    },
  }
}

describe('a blob that was found corrupt while the factory runs', () => {
  it.each(['file', 'sbom'] as const)('has its recipe begun again when it is a package’s %s', async (kind) => {
    const { lose, begun, seen, ...digests } = await doneFactory()
    expect(begun('release')).toEqual([])
    await lose(digests[kind])
    expect(begun('release')).toMatchObject([{ data: { name: 'one' } }])
    await lose(digests[kind])
    expect([begun('release').length, seen.forgets]).toEqual([1, 0])
  })

  it('has every image looked at, and the indexes there are, when it is no package’s', async () => {
    const { lose, begun, seen } = await doneFactory()
    await lose(digestOf('a manifest'))
    expect([begun('release'), seen]).toEqual([[], { forgets: 1, indexes: ['edge 0'] }])
  })

  it('has an image tried again that met its recipe without packages', async () => {
    const { lose, begun, carryOut, file } = await doneFactory()
    const [image] = begun('image')
    await carryOut(image as Work)
    expect(begun('image')).toHaveLength(1)
    await lose(file, true)
    expect(begun('image')).toHaveLength(2)
  })
})
