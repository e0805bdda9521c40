// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import {
  bubblewrapArguments,
  holderCommand,
  killCommand,
  measureCommand,
  removeCommand,
  runCommandLine,
} from './commands.ts'
import type { SandboxOptions } from './options.ts'

const options: SandboxOptions = {
  layers: ['/trees/a', '/trees/b'],
  workDirectory: '/data/one',
  mounts: [
    { source: '/host/src', target: '/home/build', readonly: false },
    { source: '/host/cache', target: '/var/cache/x', readonly: true },
  ],
  identity: { uid: 1001, gid: 1002, hostname: 'mill' },
  environment: { PATH: '/bin', B: '2' },
}
const words = (text: string) => text.trim().split(/\s+/)
const ENTER = '--preserve-credentials --target 77 --user --mount --pid=/proc/77/ns/pid_for_children --'

describe('the command line of', () => {
  it('bubblewrap seals first, mounts in order, and gives a sorted environment', () => {
    expect(
      bubblewrapArguments(options, { args: ['make', 'all'], directory: '/src', environment: { A: '1' } }, []),
    ).toEqual(
      words(`--unshare-user --disable-userns --uid 1001 --gid 1002
          --unshare-pid --unshare-ipc --unshare-uts --hostname mill --unshare-net --unshare-cgroup-try
          --die-with-parent --new-session --cap-drop ALL
          --bind /data/one/root / --proc /proc --ro-bind /proc/sys /proc/sys
          --dev /dev --perms 1777 --size 268435456 --tmpfs /dev/shm --remount-ro /dev
          --bind /host/src /home/build --ro-bind /host/cache /var/cache/x
          --json-status-fd 3 --chdir /src --clearenv
          --setenv A 1 --setenv B 2 --setenv PATH /bin -- make all`),
    )
  })

  it('bubblewrap hides what /proc tells about the host, closes a read-only root last, and gives scripts to sh', () => {
    const args = bubblewrapArguments(
      { ...options, readOnlyRoot: true },
      { script: 'echo "$A"', directory: '/' },
      ['/proc/keys'],
    ).join(' ')
    expect(args).toContain(
      '--proc /proc --ro-bind /proc/sys /proc/sys --ro-bind /dev/null /proc/keys --dev /dev',
    )
    expect(args).toContain('/var/cache/x --bind /data/one/tmp /tmp --remount-ro / --json-status-fd')
    expect(args).toMatch(/-- \/bin\/sh -c echo "\$A"$/)
  })

  it('the holder names layers by number, the uppermost first, and takes control groups away at its end', () => {
    const { program, args, env } = holderCommand('/data/one', 3, ['/sys/fs/cgroup/pids/x'], '')
    expect(program).toBe('sh')
    expect(args.slice(3, 12)).toEqual(
      words('--user --map-root-user --mount --propagation slave --pid --fork --kill-child --'),
    )
    expect(args.slice(-3)).toEqual([
      '/data/one',
      'lowerdir=2:1:0,upperdir=../written,workdir=../work,userxattr,volatile',
      '/sys/fs/cgroup/pids/x',
    ])
    expect(env).toMatchObject({ LIBMOUNT_FORCE_MOUNT2: 'always' })
  })

  it('a holder of as many layers as are possible has options that fit a page', () => {
    const { args } = holderCommand('/data/one', 480, [], '')
    expect((args.at(-1) ?? '').length).toBeLessThan(4096 - 1)
  })

  it('a run joins control groups before it enters, and limits itself inside', () => {
    const setting = {
      holder: 77,
      statusFile: '/data/one/status-1',
      cgroups: ['/cg/memory/x', '/cg/pids/x'],
      limits: { processes: 100, fileBytes: 5000 },
      cpus: '0-1',
    }
    const { args } = runCommandLine(setting, ['--bind', '/', '/'], undefined)
    expect(args.slice(2)).toEqual(
      words(`millrace-sandbox /data/one/status-1 2 /cg/memory/x /cg/pids/x nsenter ${ENTER}
        taskset --cpu-list 0-1 prlimit --nproc=108 --fsize=5000 --core=0 -- bwrap --bind / /`),
    )
    expect(runCommandLine({ ...setting, cpus: null }, [], undefined).args).not.toContain('taskset')
  })

  it('killing, measuring and removing act as the root of the user namespace', () => {
    expect(killCommand(77, 5)).toEqual({
      program: 'nsenter',
      args: [...words(ENTER), 'sh', '-c', 'kill -KILL "$1"', 'sh', '5'],
    })
    expect(measureCommand(77, '/w').args).toEqual([...words(ENTER), 'du', '-s', '-B1', '--', '/w'])
    const { program, args } = removeCommand(['/a', '/b'])
    expect(program).toBe('sh')
    expect(args.slice(2)).toEqual(words('sh rm -rf --one-file-system -- /a /b'))
  })
})
