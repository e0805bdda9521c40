// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { controlPlaces } from './cgroup.ts'

const line = (root: string, point: string, type: string, options: string) =>
  `30 20 0:26 ${root} ${point} rw,nosuid shared:9 - ${type} ${type} rw,${options}`

describe('a control group is made', () => {
  const table = [
    {
      name: 'in our own group of a version 1 hierarchy',
      mounts: [line('/', '/cg/memory', 'cgroup', 'memory'), line('/', '/cg/pids', 'cgroup', 'pids')],
      own: '9:memory:/jobs/a\n8:pids:/\n0::/x\n',
      memory: ['1 /cg/memory/jobs/a'],
      pids: ['1 /cg/pids'],
    },
    {
      name: 'in version 1 before version 2 where both are mounted',
      mounts: [line('/', '/cg/unified', 'cgroup2', ''), line('/', '/cg/pids', 'cgroup', 'cpu,pids')],
      own: '8:cpu,pids:/p\n0::/u\n',
      memory: ['2 /cg/unified/u', '2 /cg/unified'],
      pids: ['1 /cg/pids/p', '2 /cg/unified/u', '2 /cg/unified'],
    },
    {
      name: 'in version 2 in our own group, else at the top',
      mounts: [line('/', '/sys/fs/cgroup', 'cgroup2', 'nsdelegate')],
      own: '0::/user.slice/user-1000.slice/x.scope\n',
      memory: ['2 /sys/fs/cgroup/user.slice/user-1000.slice/x.scope', '2 /sys/fs/cgroup'],
      pids: ['2 /sys/fs/cgroup/user.slice/user-1000.slice/x.scope', '2 /sys/fs/cgroup'],
    },
    {
      name: 'below what a container sees of the hierarchy',
      mounts: [line('/docker/abc', '/cg/pids', 'cgroup', 'pids')],
      own: '8:pids:/docker/abc/sub\n',
      memory: [],
      pids: ['1 /cg/pids/sub'],
    },
    {
      name: 'nowhere when our own group is not in sight',
      mounts: [line('/docker/abc', '/cg/pids', 'cgroup', 'pids')],
      own: '8:pids:/docker/abcdef\n',
      memory: [],
      pids: [],
    },
    { name: 'nowhere without hierarchies', mounts: [], own: '', memory: [], pids: [] },
  ]
  for (const { name, mounts, own, memory, pids } of table)
    it(name, () => {
      const places = (controller: 'memory' | 'pids') =>
        controlPlaces(mounts.join('\n'), own, controller).map(
          ({ version, directory }) => `${version} ${directory}`,
        )
      expect(places('memory')).toEqual(memory)
      expect(places('pids')).toEqual(pids)
    })
})
