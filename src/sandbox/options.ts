// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { MillraceError } from '../base/index.ts'

/** Who a command believes to be, and where. */
export interface Identity {
  readonly uid: number
  readonly gid: number
  readonly hostname: string
}

/** A directory or file of the host that the sandbox sees. */
export interface Mount {
  /** Absolute, on the host. */
  readonly source: string
  /** Absolute, in the sandbox. */
  readonly target: string
  readonly readonly: boolean
}

/** What a sandbox may use, all its runs together. */
export interface SandboxLimits {
  readonly memoryBytes: number
  /** Tasks: processes and their threads. */
  readonly processes: number
  /** What it may add to its root. */
  readonly diskBytes: number
  /** The size of one file. */
  readonly fileBytes: number
  /** What one run may say, on both streams together. */
  readonly outputBytes: number
}

const GiB = 1024 ** 3

export const DEFAULT_LIMITS: SandboxLimits = {
  memoryBytes: 8 * GiB,
  processes: 2048,
  diskBytes: 20 * GiB,
  fileBytes: 8 * GiB,
  outputBytes: GiB / 4,
}

export interface SandboxOptions {
  /** Directories of the host that make the root, lowest first; none of them is written to. At most {@link MAX_LAYERS}. */
  readonly layers: readonly string[]
  /** A directory of the sandbox's own: it keeps what is written over the layers. What an earlier sandbox left in it is taken up again. */
  readonly workDirectory: string
  readonly mounts: readonly Mount[]
  readonly identity: Identity
  /** All the variables there are. */
  readonly environment: Readonly<Record<string, string>>
  readonly limits?: Partial<SandboxLimits>
  /** Processors it may use, as in `0-1`; null for all. */
  readonly cpus?: string | null
  /** Then only /tmp and the mounts can be written to. */
  readonly readOnlyRoot?: boolean
  /** Puts files over the layers before anything runs, by writing them below `written` as below the root. */
  readonly fill?: (written: string) => Promise<void>
}

/** A sandbox's files on the host. */
export interface Places {
  readonly directory: string
  /** Numbered links to the layers: the kernel takes mount options of one page only, so their names must be short. */
  readonly links: string
  /** What was written over the layers. */
  readonly written: string
  /** What was written to /tmp of a read-only root. */
  readonly tmp: string
  /** Where the root is mounted, in the sandbox's own mount namespace only. */
  readonly root: string
}

export function placesIn(directory: string): Places {
  const place = (name: string) => join(directory, name)
  return {
    directory,
    links: place('layers'),
    written: place('written'),
    tmp: place('tmp'),
    root: place('root'),
  }
}

/** The kernel stops at 500 (fs/overlayfs, OVL_MAX_STACK). */
const MAX_LAYERS = 480

/** @throws MillraceError SANDBOX_FAILED */
export function checkLayerCount(count: number): void {
  if (count > 0 && count <= MAX_LAYERS) return
  throw new MillraceError('SANDBOX_FAILED', {
    what: 'making the root of a sandbox',
    why: `it has ${count} layers; between 1 and ${MAX_LAYERS} are possible`,
    fix: 'name fewer packages in the environment',
  })
}
