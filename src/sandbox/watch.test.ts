// SPDX-License-Identifier: Apache-2.0
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, type TempDirectory } from '../base/index.ts'
import type { ControlGroups } from './cgroup.ts'
import { DEFAULT_LIMITS } from './options.ts'
import { lookAll, lookAtDisk, lookAtEvents, lookAtProcesses, startWatch } from './watch.ts'

const NONE: ControlGroups = { memory: null, pids: null, directories: [] }
const group = (enforced: () => number) => ({ directory: '/cg', enforced: async () => enforced() })
let temp: TempDirectory

beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-watch')
})
afterEach(() => temp[Symbol.asyncDispose]())

/** A procfs of one's own: threads and kB of each process. */
async function fakeProc(processes: readonly { threads: number; rss: number; pss: number }[]) {
  await writeFile(join(temp.path, 'uptime'), '1 1')
  for (const [index, { threads, rss, pss }] of processes.entries()) {
    const place = join(temp.path, String(index + 1))
    await mkdir(place)
    await writeFile(join(place, 'status'), `Name:\tx\nVmRSS:\t  ${rss} kB\nThreads:\t${threads}\n`)
    await writeFile(join(place, 'smaps_rollup'), `0-1 ---p\nRss: ${rss} kB\nPss: ${pss} kB\n`)
  }
  return temp.path
}

describe('the watch', () => {
  const limits = { ...DEFAULT_LIMITS, processes: 10, memoryBytes: 1000 * 1024 }
  const small = { threads: 1, rss: 100, pss: 100 }

  it('counts threads as the kernel does', async () => {
    const looks = lookAtProcesses(await fakeProc([small, { ...small, threads: 9 }]), NONE, limits)
    expect(await lookAll(looks)).toBeNull()
    await fakeProc([]).then(() => mkdir(join(temp.path, '3')))
    await writeFile(join(temp.path, '3', 'status'), 'Threads:\t1\n')
    expect(await lookAll(looks)).toBe('too-many-processes')
  })

  it('does not count shared memory twice', async () => {
    const shared = { threads: 1, rss: 900, pss: 450 }
    expect(await lookAll(lookAtProcesses(await fakeProc([shared, shared]), NONE, limits))).toBeNull()
  })

  it('finds too much memory', async () => {
    const large = { threads: 1, rss: 900, pss: 600 }
    expect(await lookAll(lookAtProcesses(await fakeProc([large, large]), NONE, limits))).toBe('out-of-memory')
  })

  it('leaves to control groups what they hold, and hears when they had to', async () => {
    let kills = 3
    let refusals = 0
    const groups = { memory: group(() => kills), pids: group(() => refusals), directories: [] }
    expect(lookAtProcesses('/proc', groups, limits)).toEqual([])
    const looks = await lookAtEvents(groups)
    expect(await lookAll(looks)).toBeNull()
    refusals++
    expect(await lookAll(looks)).toBe('too-many-processes')
    kills++
    expect(await lookAll(looks)).toBe('out-of-memory')
  })

  it('measures a sandbox only when the disk has shrunk by what it has left', async () => {
    let measured = 0
    const look = lookAtDisk(temp.path, 1024 ** 4, async () => ++measured)
    expect([await look(), await look()]).toEqual([null, null])
    expect(measured).toBe(0)
  })

  it('blames the sandbox for what it wrote, and the host for a disk that is nearly full', async () => {
    const MiB = 1024 ** 2
    let free = 1000 * MiB
    const look = lookAtDisk(
      temp.path,
      100 * MiB,
      async () => 200 * MiB,
      async () => free,
    )
    expect(await look()).toBeNull()
    free -= 150 * MiB
    expect(await look()).toBe('disk-full')
    free = 63 * MiB
    await expect(look()).rejects.toMatchObject({
      code: 'DISK_FULL',
      what: `running a command in ${temp.path}`,
      why: 'the file system has less room left than 67.1 MB',
    })
  })

  it('is silent about a sandbox that has ended', async () => {
    await rm(temp.path, { recursive: true })
    expect(await lookAll(lookAtProcesses(temp.path, NONE, limits))).toBeNull()
  })

  it('tells trouble once, and nothing after its end', async () => {
    const heard: unknown[] = []
    const watch = startWatch([async () => 'disk-full'], 1, (reason) => heard.push(reason))
    await expect.poll(() => heard).toEqual(['disk-full'])
    await watch.stop()
    expect(heard).toEqual(['disk-full'])
  })

  it('ends the run when it cannot look, and says why', async () => {
    const heard: unknown[] = []
    const blind = async () => {
      throw new Error('blind')
    }
    const watch = startWatch([blind], 1, (reason) => heard.push(reason))
    await expect.poll(() => heard).toEqual([null])
    await expect(watch.stop()).rejects.toThrow('blind')
  })
})
