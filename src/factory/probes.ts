// SPDX-License-Identifier: Apache-2.0
import { statfs } from 'node:fs/promises'
import { type Exec, isMillraceError, lastWords } from '../base/index.ts'
import { probeRuntime } from '../image/index.ts'
import { probeSandbox } from '../sandbox/index.ts'
import { probeGit } from '../source/index.ts'

/** What the host has of what the factory needs. `missing` keeps some work from being done, `poor` makes it worse. */
export interface Probe {
  readonly name: string
  readonly status: 'ready' | 'poor' | 'missing'
  /** A version, or why not. */
  readonly text: string
  /** What to type; null when nothing is to be done. */
  readonly fix: string | null
}

/** Asks every program for its version, the host for namespaces, the disk for room. */
export async function probeHost(f: { readonly exec: Exec }, dataDirectory: string): Promise<Probe[]> {
  const sandbox = await probeSandbox(f)
  const git = await probeGit(f)
  const runtime = await probeRuntime({ ...f, uid: process.getuid?.() ?? 0 })
  const programs = await Promise.all(
    PROGRAMS.map(async ({ program, args, needed, fix }): Promise<Probe> => {
      try {
        const exited = await f.exec({ program, args })
        const version = /\d+(?:\.\d+)+/.exec(`${exited.stdout}${exited.stderr}`)?.[0]
        if (exited.code === 0) return { name: program, status: 'ready', text: version ?? 'there', fix: null }
        return { name: program, status: needed, text: lastWords(exited), fix }
      } catch (error) {
        if (!isMillraceError(error, 'TOOL_MISSING')) throw error
        return { name: program, status: needed, text: 'it is not on PATH', fix }
      }
    }),
  )
  return [
    {
      name: 'node',
      status: Number(process.versions.node.split('.')[0]) >= 24 ? 'ready' : 'missing',
      text: process.versions.node,
      fix: null,
    },
    sandbox.status === 'ready'
      ? { name: 'sandbox', status: 'ready', text: `bubblewrap ${sandbox.versions['bwrap']}`, fix: null }
      : { name: 'sandbox', status: 'missing', text: sandbox.reason, fix: sandbox.fix },
    'why' in runtime
      ? { name: 'images', status: 'poor', text: `they cannot be tried: ${runtime.why}`, fix: runtime.fix }
      : { name: 'images', status: 'ready', text: `tried in ${runtime.runtime}`, fix: null },
    git.status === 'ready'
      ? { name: 'git', status: 'ready', text: git.version, fix: null }
      : { name: 'git', status: 'poor', text: git.reason, fix: git.fix },
    ...programs,
    await probeDisk(dataDirectory),
  ]
}

const apt = (name: string) => `apt-get install -y --no-install-recommends ${name}`

const PROGRAMS = [
  {
    program: 'apt-get',
    args: ['--version'],
    needed: 'missing',
    fix: 'use a Debian or Ubuntu machine: the seed comes through its apt',
  },
  { program: 'xz', args: ['--version'], needed: 'missing', fix: apt('xz-utils') },
  { program: 'zstd', args: ['--version'], needed: 'missing', fix: apt('zstd') },
] as const

const WANTED_BYTES = 5e9

async function probeDisk(directory: string): Promise<Probe> {
  const { bavail, bsize } = await statfs(directory)
  const free = bavail * bsize
  const text = `${(free / 1e9).toFixed(1)} GB free in ${directory}`
  return free >= WANTED_BYTES
    ? { name: 'disk', status: 'ready', text, fix: null }
    : {
        name: 'disk',
        status: 'poor',
        text: `${text}; the starter distro wants ${WANTED_BYTES / 1e9} GB`,
        fix: 'give another directory with --data DIR, or run millrace gc',
      }
}
