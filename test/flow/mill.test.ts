// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../src/base/index.ts'
import {
  millrace,
  processesNaming,
  type RunningMill,
  someDistro,
  startMill,
  TEST_CACHE,
} from '../support/mill-process.ts'

/*
 * The whole flow as a person sees it: real sources, the real seed, the real sandbox, a real container runtime and real clients, on a distro of three recipes and two images. The data directory's
 * seed and sources are kept between runs; what is built is not.
 */

const MINUTE = 60_000
let directory = ''
let data = ''
let distro = ''
let mill: RunningMill

beforeAll(async () => {
  await mkdir(TEST_CACHE, { recursive: true })
  directory = await mkdtemp(join(TEST_CACHE, 'flow-'))
  data = join(directory, 'data')
  await takeSlowThings(data)
  distro = await someDistro(
    join(directory, 'distro'),
    ['millrace-baselayout', 'busybox', 'ca-certificates', 'tzdata'],
    ['static', 'busybox'],
  )
  mill = await startMill(data, distro)
}, 5 * MINUTE)

afterAll(async () => {
  await mill[Symbol.asyncDispose]()
  await keepSlowThings(data)
  await rm(directory, { recursive: true, force: true })
}, 5 * MINUTE)

/** The seed, keys it was signed with, and sources: they come from a network, and are the same every time. */
const SLOW = ['blobs', 'seed', 'keys', 'apt', 'sources']

async function takeSlowThings(to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const name of SLOW)
    await runCommand({ program: 'cp', args: ['-al', join(TEST_CACHE, 'slow', name), to] })
}

async function keepSlowThings(from: string): Promise<void> {
  const slow = join(TEST_CACHE, 'slow')
  await mkdir(slow, { recursive: true })
  for (const name of SLOW) await runCommand({ program: 'cp', args: ['-aln', join(from, name), slow] })
}

async function status(): Promise<Record<string, number>> {
  const { stdout } = await millrace(['--json', '--distro', distro, 'status'], data)
  return JSON.parse(stdout) as Record<string, number>
}

const ended = (task: string) => (event: { type: string; task?: string; outcome?: string }) =>
  event.type === 'task.ended' && event.task?.startsWith(task) === true && event.outcome !== 'cancelled'

describe('npm start', () => {
  it(
    'serves before anything is built',
    async () => {
      await mill.until(({ type }) => type === 'server.listening', 'it listened', MINUTE)
      const answer = await runCommand({ program: 'curl', args: ['-sf', `${mill.url()}/v2/_catalog`] })
      expect(JSON.parse(answer.stdout)).toEqual({ repositories: [] })
    },
    2 * MINUTE,
  )

  it('is refused for a data directory that another one uses, by exit code 2 and with its process named', async () => {
    const second = await millrace(['gc'], data)
    expect(second.code).toBe(2)
    expect(second.stderr).toContain('DATA_LOCKED')
    expect(second.stderr).toContain(String(mill.pid))
  })

  it(
    'goes on after kill -9 in the middle of a build: nothing of it is left running, and nothing finished is done again',
    async () => {
      await mill.until(ended('build:millrace-baselayout'), 'the first package was built', 10 * MINUTE)
      await mill.until(
        ({ type, ...event }) => type === 'step.started' && 'task' in event && event.task.startsWith('build:'),
        'a build was running',
        10 * MINUTE,
      )
      await mill.stop('SIGKILL')
      await expect.poll(() => processesNaming(data), { timeout: 10_000 }).toEqual([])
      const mounts = await readFile('/proc/self/mounts', 'utf8')
      expect(mounts).not.toContain(data)

      mill = await startMill(data, distro)
      await mill.until(ended('image:busybox'), 'the image busybox was made', 15 * MINUTE)
      expect(
        mill.events.filter(
          (event) => event.type === 'task.started' && event.task.startsWith('build:millrace-baselayout'),
        ),
      ).toEqual([])
    },
    40 * MINUTE,
  )

  it(
    'brings every package to edge, every image into the registry, and to stable what a second build gave again',
    async () => {
      await mill.until(
        ({ type, ...event }) =>
          type === 'index.published' &&
          'channel' in event &&
          event.channel === 'stable' &&
          event.packages >=
            (
              mill.events.findLast((one) => one.type === 'index.published' && one.channel === 'edge') as {
                packages: number
              }
            ).packages,
        'stable had all of edge',
        20 * MINUTE,
      )
      const counts = await status()
      expect(counts).toMatchObject({ recipes: 4, images: 2, failed: 0 })
      expect(counts['stable']).toBe(counts['edge'])
      const catalog = await runCommand({ program: 'curl', args: ['-sf', `${mill.url()}/v2/_catalog`] })
      expect(JSON.parse(catalog.stdout)).toEqual({ repositories: ['busybox', 'static'] })
    },
    30 * MINUTE,
  )

  it(
    'gives images that skopeo copies',
    async () => {
      const to = join(directory, 'busybox.oci')
      const reference = `docker://${new URL(mill.url()).host}/busybox:latest`
      const copied = await runCommand({
        program: 'skopeo',
        args: ['copy', '--src-tls-verify=false', reference, `oci:${to}`],
      })
      expect(copied.stderr + copied.stdout).toContain('Writing manifest')
      expect(copied.code).toBe(0)
    },
    2 * MINUTE,
  )

  it(
    'gives packages that verify down to their sources',
    async () => {
      const verified = await millrace(['--distro', distro, 'verify', 'tzdata', '--channel', 'stable'], data)
      expect(verified.stderr).toBe('')
      expect(verified.stdout).toContain('its provenance is signed and names these bytes')
      expect(verified.stdout).toContain('byte for byte')
    },
    2 * MINUTE,
  )

  it(
    'stops within five seconds of Ctrl-C, by exit code 130, and leaves nothing running',
    async () => {
      // A terminal gives it to the whole process group, and npm gives it on: it comes twice.
      process.kill(mill.pid, 'SIGINT')
      const { code, afterMs } = await mill.stop('SIGINT')
      expect(code).toBe(130)
      expect(afterMs).toBeLessThan(5000)
      await expect.poll(() => processesNaming(data), { timeout: 5000 }).toEqual([])
    },
    MINUTE,
  )

  it(
    'locks a recipe, finds its lock wherever it plans, and builds nothing that the lock does not name',
    async () => {
      const at = (...args: string[]) => millrace(['--offline', '--distro', distro, ...args], data)
      const unlocked = await at('plan', 'tzdata', '--key')
      const written = await at('lock', 'tzdata')
      expect(written.stdout).toMatch(/tzdata\.lock\.json {2}written: \d+ packages, 1 source\n$/)
      expect((await at('lock', 'tzdata')).stdout).toContain('holds')
      expect((await at('plan', 'tzdata', '--key')).stdout).toBe(unlocked.stdout)

      const path = join(distro, 'packages', 'tzdata.lock.json')
      const text = await readFile(path, 'utf8')
      const [, digest = ''] = text.match(/"datahash": "(sha256:\w+)"/) ?? []
      await writeFile(path, text.replace(digest, `sha256:${'0'.repeat(64)}`))
      const refused = await at('build', 'tzdata')
      const line = text.slice(0, text.indexOf(digest)).split('\n').length
      expect(refused.stderr).toMatch(new RegExp(`^error LOCK_MISMATCH .*tzdata\\.lock\\.json:${line}:`, 'm'))
      expect(refused.stderr).toContain(digest)
      expect(refused.code).toBe(5)

      const [, source = ''] = text.match(/"digest": "(sha256:\w+)"/) ?? []
      await writeFile(path, text.replace(source, `sha256:${'0'.repeat(64)}`))
      expect(await at('build', 'tzdata')).toMatchObject({ code: 5, stderr: expect.stringContaining(source) })

      const updated = await at('lock', 'tzdata', '--update')
      expect(updated.stdout).toContain('written')
      expect(await readFile(path, 'utf8')).toBe(text)
      expect((await at('build', 'tzdata')).code).toBe(0)
      await rm(path)
    },
    4 * MINUTE,
  )

  it(
    'started again, finds everything done: it builds nothing',
    async () => {
      mill = await startMill(data, distro)
      await mill.until(ended('image:static'), 'the image static was looked at', 2 * MINUTE)
      const counts = await status()
      expect(counts['stable']).toBe(counts['edge'])
      const begun = mill.events
        .filter((event) => event.type === 'task.started')
        .map((event) => ('kind' in event ? event.kind : ''))
      expect(begun.filter((kind) => ['build', 'test', 'reproduce', 'fetch'].includes(kind))).toEqual([])
    },
    4 * MINUTE,
  )
})
