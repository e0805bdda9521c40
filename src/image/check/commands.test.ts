// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import type { Exec } from '../../base/index.ts'
import { giveOwners, inRoom, removeTree, roomCommand } from './commands.ts'
import { probeRuntime } from './room.ts'
import { type ContainerRun, processOf, runtimeConfig } from './runtime-config.ts'

const words = (text: string) => text.split(' ')

describe('a room', () => {
  it('of root needs no users of its own', () => {
    const { program, args } = roomCommand({ ownUsers: false })
    expect(program).toBe('bwrap')
    expect(args.slice(0, 5)).toEqual(
      words('--die-with-parent --unshare-net --unshare-pid --unshare-ipc --unshare-uts'),
    )
  })

  it('of an ordinary user has the users that subuid(5) gives', () => {
    const { program, args } = roomCommand({ ownUsers: true })
    expect(program).toBe('unshare')
    expect(args.slice(0, 6)).toEqual(words('--user --map-root-user --map-auto -- bwrap --die-with-parent'))
  })

  it('is entered in its users only where it has its own', () => {
    expect(inRoom({ pid: 7, ownUsers: false }, 'id', ['-u']).args).toEqual(
      words('--target 7 --net --pid --ipc --uts --mount -- id -u'),
    )
    expect(inRoom({ pid: 7, ownUsers: true }, 'id', ['-u']).args).toEqual(
      words('--target 7 --net --pid --ipc --uts --mount --user -- id -u'),
    )
  })

  it('gives and removes files by paths that are no options', () => {
    const room = { pid: 7, ownUsers: true }
    expect(removeTree(room, '-x').args.slice(-4)).toEqual(words('-rf --one-file-system -- -x'))
    const owned = [{ path: '/a "b"', uid: 1, gid: 2, mode: null }]
    expect(JSON.parse(String(giveOwners(room, 'node', owned).stdin))).toEqual(owned)
  })
})

describe('an ordinary user', () => {
  const answering =
    (refusal: string | null): Exec =>
    async ({ program }) => {
      const refused = program === 'unshare' && refusal !== null
      const [stdout, stderr] = refused ? ['', refusal] : [`${program} version 1.1.5`, '']
      const whole = { signal: null, durationMs: 1, timedOut: false, cancelled: false, truncated: false }
      return { ...whole, code: refused ? 1 : 0, stdout, stderr }
    }

  it('can try images where there are subordinate ids', async () => {
    expect(await probeRuntime({ exec: answering(null), uid: 1000 })).toEqual({ runtime: 'runc 1.1.5' })
  })

  it('is told what to type where there are none', async () => {
    expect(await probeRuntime({ exec: answering('not allowed'), uid: 1000 })).toEqual({
      why: expect.stringMatching(/subordinate ids.*not allowed/),
      fix: expect.stringMatching(/^sudo usermod --add-subuids/),
    })
    expect(await probeRuntime({ exec: answering('not allowed'), uid: 0 })).toEqual({ runtime: 'runc 1.1.5' })
  })
})

describe('a container', () => {
  const run: ContainerRun = {
    ...{ config: { User: '65532' }, argv: ['/app'], environment: {}, writable: [], rootfs: '/root' },
    cgroup: '/one',
  }

  it('is limited by a control group, or where there is none in each of its processes', () => {
    expect(runtimeConfig(run)).toMatchObject({
      linux: { cgroupsPath: '/one', resources: { pids: { limit: 256 } } },
      process: { rlimits: [{ type: 'RLIMIT_NOFILE' }] },
    })
    const without = { ...run, cgroup: null }
    expect(runtimeConfig(without)).not.toHaveProperty('linux.cgroupsPath')
    expect(runtimeConfig(without)).not.toHaveProperty('linux.resources')
    expect(processOf(without)).toMatchObject({
      rlimits: [{ type: 'RLIMIT_NOFILE' }, { type: 'RLIMIT_DATA' }, { type: 'RLIMIT_NPROC', hard: 256 }],
    })
  })
})
