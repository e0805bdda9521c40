// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someDistro } from '../../test/support/mill-process.ts'
import { type EventBody, isMillraceError } from '../base/index.ts'
import type { Work, WorkQueue } from '../queue/index.ts'
import { Factory } from './daemon.ts'
import { readDistro } from './distro.ts'
import type { ImageShop } from './images.ts'
import type { Mill } from './mill.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-daemon-'))
  await someDistro(directory, [], [])
})
afterEach(() => rm(directory, { recursive: true, force: true }))

type Handler = Parameters<WorkQueue['take']>[1]

const systemError = (code: string) => Object.assign(new Error(`${code}: write`), { code })

/** A factory of two recipes, the second of which needs the first, and one image. Releases and images end with an error. */
async function brokenFactory(error: Error, planning: Error | null = null) {
  const recipe = (name: string, needs: string) =>
    writeFile(
      join(directory, 'packages', `${name}.yaml`),
      `package: {name: ${name}, version: "1.0", epoch: 0}\nenvironment: {contents: {packages: [${needs}]}}\npipeline: [{runs: "true"}]\n`,
    )
  await recipe('one', '')
  await recipe('two', 'one')
  const added: Work[] = []
  const events: EventBody[] = []
  const troubles: Record<string, string | null> = {}
  const stopping = new AbortController()
  let handler: Handler = async () => {}
  const fail = () => Promise.reject(error)
  const ledger = {
    keepRecipes: async () => {},
    durations: async () => new Map(),
    passed: () => (planning === null ? Promise.resolve(undefined) : Promise.reject(planning)),
    recordPlan: fail,
    recordRecipe: async ({ name, trouble }: { name: string; trouble: string | null }) => {
      troubles[name] = trouble
    },
  }
  const mill = {
    f: { ledger, settings: { workers: 1 }, emit: (event: EventBody) => void events.push(event) },
    distro: { ...(await readDistro(directory, 'x86_64')), images: ['image'] },
    released: { seed: [], packagesOf: () => undefined },
    sources: { prefetch: () => {}, fetch: fail },
  } as unknown as Mill
  const images = {
    wants: () => [],
    look: async () => ({ status: 'make', key: 'sha256:0' }),
    make: fail,
  } as unknown as ImageShop
  const queue = {
    add: async (work: readonly Work[]) => void added.push(...work),
    take: (_: number, given: Handler) => {
      handler = given
    },
    counts: async () => ({ waiting: 0, running: 0 }),
    [Symbol.asyncDispose]: async () => {},
  }
  const factory = new Factory(mill, new Map(), images, queue, stopping.signal)
  await factory.begin()
  const work = (kind: string) => added.find((one) => one.kind === kind) as Work
  const notices = () => events.flatMap((event) => (event.type === 'notice.raised' ? [event.code] : []))
  return {
    carryOut: (kind: string) => handler(work(kind), stopping.signal),
    added,
    troubles,
    notices,
    stopping,
  }
}

describe('work that ends with an error nobody foresaw', () => {
  it('fails its recipe, told once, and blocks what needs it', async () => {
    const { carryOut, troubles, notices } = await brokenFactory(new TypeError('x is not a function'))
    await carryOut('release')
    expect(troubles).toEqual({
      one: 'TypeError: x is not a function',
      two: 'it needs one, which was not released',
    })
    expect(notices()).toEqual(['INTERNAL'])
  })

  it('fails its recipe when it cannot even be begun', async () => {
    const { added, troubles } = await brokenFactory(new Error('unused'), new Error('a bug'))
    expect(added.map(({ kind }) => kind)).toEqual(['image'])
    expect(troubles['one']).toBe('Error: a bug')
  })

  it('fails its image, which is not begun again', async () => {
    const { carryOut, added, notices } = await brokenFactory(new TypeError('x is not a function'))
    await carryOut('image')
    expect(notices()).toEqual(['INTERNAL'])
    expect(added.filter(({ kind }) => kind === 'image')).toHaveLength(1)
  })

  it('leaves everything as it was when the factory is to stop', async () => {
    const { carryOut, troubles, notices, stopping } = await brokenFactory(new Error('cut off'))
    stopping.abort()
    await expect(carryOut('release')).rejects.toThrow('cut off')
    expect([troubles['one'], notices()]).toEqual([null, []])
  })
})

describe('work for which the disk has no room', () => {
  it('is tried again, and told as what it is when that does not help', async () => {
    const { carryOut, troubles, notices } = await brokenFactory(systemError('ENOSPC'))
    for (let tries = 1; tries < 3; tries++)
      await expect(carryOut('release')).rejects.toSatisfy((error) => isMillraceError(error, 'DISK_FULL'))
    expect([troubles['one'], notices()]).toEqual([null, []])
    await carryOut('release')
    expect(troubles['one']).toContain('the file system has no room left')
    expect(notices()).toEqual(['DISK_FULL'])
  })
})
