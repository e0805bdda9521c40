// SPDX-License-Identifier: Apache-2.0
import { type Command, HOST_ENV } from '../base/index.ts'
import { placesIn, type SandboxLimits, type SandboxOptions } from './options.ts'

/** What is run in a sandbox: a program with its arguments, or a script for its /bin/sh. */
export type SandboxCommand = {
  /** Where it begins. */
  readonly directory: string
  /** Over the sandbox's own environment. */
  readonly environment?: Readonly<Record<string, string>>
  readonly stdin?: Command['stdin']
  /** For a person: on this process's terminal, with a pseudo-terminal in between. Nothing it says is heard. */
  readonly terminal?: boolean
} & ({ readonly args: readonly string[] } | { readonly script: string })

/**
 * Process 1 of the sandbox's namespaces. It mounts, then waits for the end of its input, which the kernel brings about when Millrace ends, however it ends; with process 1 the
 * kernel ends every process below it, and with the last of them the mounts are gone. Its /proc must be that of its process namespace, because bubblewrap looks up there what it starts. A volatile overlay ignores fsync: what is in it is worth nothing after a power cut.
 */
const HOLD = `set -eu
directory=$1 options=$2
shift 2
cd "$directory/layers"
rm -rf ../work
mkdir ../work
mount -t overlay -o "$options" overlay ../root
mount -t proc proc /proc
echo ready
read -r _ || :
kill -KILL -1 2>/dev/null || :
for group; do
  tries=0
  until rmdir "$group" 2>/dev/null || [ $tries -ge 200 ]; do tries=$((tries + 1)); sleep 0.01; done
done
`

/** Opens the namespaces and stays. Its lines: `holder PID`, then `ready`. */
export function holderCommand(
  directory: string,
  layerCount: number,
  cgroups: readonly string[],
  lifeline: NonNullable<Command['stdin']>,
): Command {
  // Overlayfs names the uppermost first.
  const lower = Array.from({ length: layerCount }, (_, index) => layerCount - 1 - index).join(':')
  const options = `lowerdir=${lower},upperdir=../written,workdir=../work,userxattr,volatile`
  const unshare = '--user --map-root-user --mount --propagation slave --pid --fork --kill-child --'.split(' ')
  return {
    program: 'sh',
    args: [
      ...['-c', 'umask 022; echo "holder $$"; exec unshare "$@"', 'sh', ...unshare],
      ...['sh', '-c', HOLD, 'millrace-sandbox', directory, options, ...cgroups],
    ],
    // From util-linux 2.39 on, mount prefers a system call that takes options of 255 bytes only.
    env: { ...HOST_ENV, LIBMOUNT_FORCE_MOUNT2: 'always' },
    stdin: lifeline,
  }
}

/** Into the namespaces that the holder opened; the process namespace is the one of its child. */
function enter(holder: number): string[] {
  const namespaces = ['--user', '--mount', `--pid=/proc/${holder}/ns/pid_for_children`]
  return ['--preserve-credentials', '--target', String(holder), ...namespaces, '--']
}

/** Opens the status file as descriptor 3, offers itself first to the kernel's out-of-memory killer, joins the control groups. */
const LAUNCH = `set -eu
status=$1 groups=$2
shift 2
umask 022
exec 3>"$status"
echo 1000 2>/dev/null >/proc/self/oom_score_adj || :
while [ "$groups" -gt 0 ]; do echo 0 >"$1/cgroup.procs"; shift; groups=$((groups - 1)); done
exec "$@"
`

/** Tasks of the launch itself, which a limit must not count. */
export const LAUNCH_TASKS = 8

export interface RunSetting {
  readonly holder: number
  readonly statusFile: string
  readonly cgroups: readonly string[]
  readonly limits: Pick<SandboxLimits, 'processes' | 'fileBytes'>
  readonly cpus: string | null
}

/** Runs one command: control groups, then the holder's namespaces, then what each process limits by itself, then bubblewrap. RLIMIT_NPROC counts by user namespace since Linux 5.14. */
export function runCommandLine(
  setting: RunSetting,
  bubblewrap: readonly string[],
  stdin: Command['stdin'],
): Command {
  const { holder, statusFile, cgroups, limits, cpus } = setting
  return {
    program: 'sh',
    args: [
      ...['-c', LAUNCH, 'millrace-sandbox', statusFile, String(cgroups.length), ...cgroups],
      ...['nsenter', ...enter(holder)],
      ...(cpus === null ? [] : ['taskset', '--cpu-list', cpus]),
      ...['prlimit', `--nproc=${limits.processes + LAUNCH_TASKS}`, `--fsize=${limits.fileBytes}`],
      ...['--core=0', '--', 'bwrap', ...bubblewrap],
    ],
    ...(stdin === undefined ? {} : { stdin }),
  }
}

/**
 * The same command line on a pseudo-terminal of its own (script(1)), which hands on keys, signals and the window's size. What runs there can put keys into that one only (TIOCSTI), never into the
 * terminal of whoever started it.
 */
export function onTerminal(command: Command): Command {
  const line = ['exec', ...[command.program, ...command.args].map(quote)].join(' ')
  return { program: 'script', args: ['--quiet', '--flush', '--return', '--command', line, '/dev/null'] }
}

const quote = (word: string) => `'${word.replaceAll("'", "'\\''")}'`

/** Ends a run by its process 1, as numbered in the holder's process namespace: the kernel ends the rest, and its parent learns when all are gone. */
export function killCommand(holder: number, pid: number): Command {
  return { program: 'nsenter', args: [...enter(holder), 'sh', '-c', 'kill -KILL "$1"', 'sh', String(pid)] }
}

/** Counts the bytes on disk of a directory, as the root of the user namespace: modes hide nothing from it. */
export function measureCommand(holder: number, directory: string): Command {
  return { program: 'nsenter', args: [...enter(holder), 'du', '-s', '-B1', '--', directory] }
}

/** The same without a holder, for a sandbox that is closed. */
export function measureAsRootCommand(directory: string): Command {
  return {
    program: 'unshare',
    args: ['--user', '--map-root-user', '--', 'du', '-s', '-B1', '--', directory],
  }
}

/**
 * Removes directories with whatever modes a build left in them. Where an image was tried, files may belong to the user's subordinate ids (subuid(5)): then they are tried again by the root of a user
 * namespace that has these too.
 */
export function removeCommand(directories: readonly string[]): Command {
  return {
    program: 'sh',
    args: ['-c', REMOVE, 'sh', 'rm', '-rf', '--one-file-system', '--', ...directories],
  }
}

const REMOVE = `unshare --user --map-root-user -- "$@" 2>/dev/null || exec unshare --user --map-root-user --map-auto -- "$@"`

/** Shared memory is memory that no process's size shows. */
const SHM_BYTES = 256 * 1024 * 1024

/**
 * What bubblewrap is told: users, processes, network, IPC and host name of its own, a loopback that leads nowhere, no capability, no terminal. The order counts: later mounts
 * lie on earlier ones.
 *
 * @param maskedFiles files of /proc that tell about the host, where this kernel has them
 */
export function bubblewrapArguments(
  options: SandboxOptions,
  command: SandboxCommand,
  maskedFiles: readonly string[],
): string[] {
  const places = placesIn(options.workDirectory)
  const { uid, gid, hostname } = options.identity
  const environment = { ...options.environment, ...command.environment }
  return [
    ...['--unshare-user', '--disable-userns', '--uid', String(uid), '--gid', String(gid)],
    ...['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--hostname', hostname],
    ...['--unshare-net', '--unshare-cgroup-try'],
    '--die-with-parent',
    // The session of a terminal is that of the pseudo-terminal in between: job control needs it.
    ...(command.terminal ? [] : ['--new-session']),
    ...['--cap-drop', 'ALL'],
    ...['--bind', places.root, '/'],
    // A user who is root outside may write the host's kernel settings without any capability (sysctl's own rule), unless the mount forbids it.
    ...[
      '--proc',
      '/proc',
      '--ro-bind',
      '/proc/sys',
      '/proc/sys',
      ...maskedFiles.flatMap((path) => ['--ro-bind', '/dev/null', path]),
    ],
    ...['--dev', '/dev', '--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm'],
    ...['--remount-ro', '/dev'],
    ...options.mounts.flatMap(({ source, target, readonly }) => [
      readonly ? '--ro-bind' : '--bind',
      source,
      target,
    ]),
    ...(options.readOnlyRoot ? ['--bind', places.tmp, '/tmp', '--remount-ro', '/'] : []),
    ...['--json-status-fd', '3', '--chdir', command.directory, '--clearenv'],
    ...Object.keys(environment)
      .sort()
      .flatMap((name) => ['--setenv', name, environment[name] ?? '']),
    '--',
    ...('args' in command ? command.args : ['/bin/sh', '-c', command.script]),
  ]
}
