// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import {
  type Command,
  type Exec,
  type Exited,
  type GitProtocol,
  type Http,
  MillraceError,
  type RunOptions,
} from '../../base/index.ts'
import type { BlobStore } from '../../store/index.ts'
import type { HostMemory } from '../host-memory.ts'
import type { GitMirror } from './git-places.ts'

/** What an operator decides about git sources. */
export interface GitSettings {
  /** By which transports recipes and their submodules may be fetched. */
  readonly protocols: readonly GitProtocol[]
  readonly mirrors: readonly GitMirror[]
  /** Proxies, certificates, an ssh agent. */
  readonly environment: Readonly<Record<string, string>>
  /** Headers that a URL's host is to be shown. */
  readonly credentialsFor: (url: URL) => Readonly<Record<string, string>>
  /** In place of the machine's `/etc/gitconfig`. */
  readonly systemConfig?: string | undefined
  readonly limits: GitLimits
}

export interface GitLimits {
  /** Of what one repository sends, packed. */
  readonly packedBytes: number
  /** Of the files of one commit, unpacked. */
  readonly treeBytes: number
  /** For one source, with its submodules. */
  readonly timeoutMs: number
  /** Submodules of a source, those of submodules included. */
  readonly submodules: number
}

export const DEFAULT_GIT_LIMITS: GitLimits = {
  packedBytes: 8 * 1024 ** 3,
  treeBytes: 16 * 1024 ** 3,
  timeoutMs: 3_600_000,
  submodules: 500,
}

export interface GitServices {
  readonly exec: Exec
  readonly store: BlobStore
  readonly http: Http
  readonly hosts: HostMemory
  readonly dataDirectory: string
  readonly git: GitSettings
}

/** One git source under way. */
export interface GitWork {
  /** For this work alone; removed with all that is in it. */
  readonly directory: string
  /** What is being done, for messages. */
  readonly what: string
  readonly at: MillraceError['at']
  /** By performance.now(). */
  readonly deadlineMs: number
  readonly onBytes: (doneBytes: number) => void
  readonly pause: (ms: number) => Promise<void>
  readonly signal: AbortSignal
}

export const homeOf = (work: GitWork) => join(work.directory, 'home')

/**
 * Runs git until the work's time is up.
 *
 * @throws MillraceError TOOL_MISSING, CANCELLED
 */
export async function runGit(
  f: Pick<GitServices, 'exec'>,
  work: GitWork,
  command: Command,
  options: RunOptions = {},
): Promise<Exited> {
  const timeoutMs = Math.max(1, work.deadlineMs - performance.now())
  const exited = await f.exec(command, { timeoutMs, signal: work.signal, ...options })
  if (!work.signal.aborted) return exited
  throw new MillraceError('CANCELLED', {
    what: work.what,
    why: 'it was cancelled',
    fix: 'run the same command again',
  })
}
