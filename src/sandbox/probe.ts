// SPDX-License-Identifier: Apache-2.0
import { type Exec, isMillraceError, lastWords } from '../base/index.ts'

/** Whether this host can seal builds. */
export type SandboxProbe =
  | { readonly status: 'ready'; readonly versions: Readonly<Record<string, string>> }
  | { readonly status: 'missing'; readonly reason: string; readonly fix: string }

const PROGRAMS = ['bwrap', 'unshare', 'nsenter', 'prlimit', 'mount'] as const

/** Asks every program for its version, and makes a user namespace to see that the host lets us. */
export async function probeSandbox(f: { readonly exec: Exec }): Promise<SandboxProbe> {
  const versions: Record<string, string> = {}
  for (const program of PROGRAMS) {
    const version = await versionOf(f, program)
    if (version === null)
      return {
        status: 'missing',
        reason: `${program} is not on PATH`,
        fix: 'apt-get install bubblewrap util-linux mount',
      }
    versions[program] = version
  }
  const trial = await f.exec({
    program: 'unshare',
    args: ['--user', '--map-root-user', '--mount', '--pid', '--fork', 'mount', '-t', 'tmpfs', 'none', '/tmp'],
  })
  if (trial.code === 0) return { status: 'ready', versions }
  return {
    status: 'missing',
    reason: `no user namespaces: ${lastWords(trial)}`,
    fix: 'sysctl -w user.max_user_namespaces=15000; on Debian also kernel.unprivileged_userns_clone=1, on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0',
  }
}

async function versionOf(f: { readonly exec: Exec }, program: string): Promise<string | null> {
  try {
    const { stdout } = await f.exec({ program, args: ['--version'] })
    return /\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'unknown'
  } catch (error) {
    if (isMillraceError(error, 'TOOL_MISSING')) return null
    throw error
  }
}
