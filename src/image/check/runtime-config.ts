// SPDX-License-Identifier: Apache-2.0
import type { RunConfig } from '../../oci/index.ts'

/** How a container of an image is run for a test. */
export interface ContainerRun {
  readonly config: RunConfig
  readonly argv: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  /** Absolute directories that may be written to; they begin with what the image has there. */
  readonly writable: readonly string[]
  readonly rootfs: string
  /** Of the control group; null for an ordinary user, who may have none: then limits of each process stand for those of all. */
  readonly cgroup: string | null
}

const MEMORY_BYTES = 1024 ** 3
const PROCESSES = 256

const RESOURCES = {
  devices: [{ allow: false, access: 'rwm' }],
  memory: { limit: MEMORY_BYTES },
  pids: { limit: PROCESSES },
}

/**
 * The configuration of a container by the OCI runtime specification: read-only but for what may be written, no capability, no way to get one, limits on memory and processes. The network, process and
 * IPC namespaces are those of the room it runs in.
 */
export function runtimeConfig(run: ContainerRun): object {
  const { rootfs, cgroup } = run
  return {
    ociVersion: '1.0.2',
    hostname: 'millrace',
    process: processOf(run),
    root: { path: rootfs, readonly: true },
    mounts: mountsOf(run),
    linux: {
      ...(cgroup === null ? {} : { cgroupsPath: cgroup, resources: RESOURCES }),
      namespaces: [{ type: 'pid' }, { type: 'ipc' }, { type: 'uts' }, { type: 'mount' }],
      maskedPaths: [
        '/proc/acpi',
        '/proc/kcore',
        '/proc/keys',
        '/proc/latency_stats',
        '/proc/sched_debug',
        '/proc/scsi',
        '/proc/timer_list',
        '/sys/firmware',
      ],
      readonlyPaths: ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'],
    },
  }
}

const limit = (type: string, most: number) => ({ type, soft: most, hard: most })
const OF_EACH_PROCESS = [limit('RLIMIT_DATA', MEMORY_BYTES), limit('RLIMIT_NPROC', PROCESSES)]

/** A process of the container, its first or another one (runtime spec, config.md "Process"). */
export function processOf({
  config,
  argv,
  environment,
  cgroup,
}: Pick<ContainerRun, 'config' | 'argv' | 'environment' | 'cgroup'>): object {
  const variables = Object.fromEntries((config.Env ?? []).map((line) => split(line)))
  const none: string[] = []
  return {
    terminal: false,
    user: userOf(config),
    args: argv,
    env: Object.entries({ ...variables, ...environment })
      .map(([name, value]) => `${name}=${value}`)
      .sort(),
    cwd: config.WorkingDir || '/',
    noNewPrivileges: true,
    capabilities: { bounding: none, effective: none, inheritable: none, permitted: none, ambient: none },
    rlimits: [limit('RLIMIT_NOFILE', 4096), ...(cgroup === null ? OF_EACH_PROCESS : [])],
  }
}

/** `65532` or `65532:65532`. A group that is not said is the user's own, by which images here make their users. */
export function userOf({ User = '' }: RunConfig): { readonly uid: number; readonly gid: number } {
  const [uid = '', gid = ''] = User.split(':')
  return { uid: Number(uid || 0), gid: Number(gid || uid || 0) }
}

function mountsOf({ config, writable }: ContainerRun): object[] {
  const { uid, gid } = userOf(config)
  const volumes = Object.keys(config.Volumes ?? {})
  const own = [...new Set([...volumes, ...writable])].sort()
  const memory = (destination: string, ...options: string[]) => ({
    destination,
    type: 'tmpfs',
    source: 'tmpfs',
    options: ['nosuid', 'nodev', ...options],
  })
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    {
      destination: '/dev',
      type: 'tmpfs',
      source: 'tmpfs',
      options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'],
    },
    {
      destination: '/dev/pts',
      type: 'devpts',
      source: 'devpts',
      options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620'],
    },
    memory('/dev/shm', 'noexec', 'mode=1777', 'size=65536k'),
    { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', 'ro'] },
    memory('/tmp', 'mode=1777', 'size=256m'),
    memory('/run', 'mode=755', `uid=${uid}`, `gid=${gid}`, 'size=64m', 'tmpcopyup'),
    // tmpcopyup is runc's: the mount begins with what is below it.
    ...own
      .filter((path) => path !== '/tmp' && path !== '/run')
      .map((path) => memory(path, 'mode=755', `uid=${uid}`, `gid=${gid}`, 'size=256m', 'tmpcopyup')),
  ]
}

function split(line: string): readonly [string, string] {
  const equals = line.indexOf('=')
  return [line.slice(0, equals), line.slice(equals + 1)]
}
