// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { type Clock, isMillraceError } from '../../base/index.ts'
import { type AptServices, openAptDirectory, updateLists } from './apt-directory.ts'
import { type AptContext, catCommand, indexTargetsCommand } from './commands.ts'
import {
  findIndexed,
  type IndexedFile,
  readIndexTime,
  type SourcesList,
  writeIndexTime,
  writeSourcesIndex,
} from './sources-index.ts'

export interface DebianIndexServices extends AptServices {
  readonly clock: Clock
  readonly dataDirectory: string
}

/** Which upstream files Debian's archive has, by sha256; kept on disk, made anew when it lacks something. */
export interface DebianIndex {
  /** The apt that knows these archives, its lists in place. @throws MillraceError TOOL_MISSING, TOOL_FAILED, CANCELLED */
  apt(signal: AbortSignal): Promise<AptContext>
  find(sha256: string): Promise<IndexedFile[]>
  /** What today's archive has; empty when the index is of today already. @throws as `apt` does. */
  findFresh(sha256: string, signal: AbortSignal): Promise<IndexedFile[]>
}

/** A list that is younger than this says what today's archive has. */
const FRESH_MS = 60 * 60_000

/** @param suites in the order of preference. */
export function openDebianIndex(f: DebianIndexServices, suites: readonly string[]): DebianIndex {
  const directory = join(f.dataDirectory, 'apt', 'sources')
  const index = join(directory, 'index')
  const context = once(() => openAptDirectory(f, directory, 'deb-src', suites, 'amd64'))
  const refresh = shared(async (signal) => {
    const apt = await context()
    await updateLists(f, apt, signal)
    await writeSourcesIndex(index, await sourcesLists(f, apt, suites))
    await writeIndexTime(index, f.clock.now())
  })
  return {
    apt: async (signal) => {
      if ((await readIndexTime(index)) === null) await refresh(signal)
      return context()
    },
    find: (sha256) => findIndexed(index, sha256),
    findFresh: async (sha256, signal) => {
      if (f.clock.now() - ((await readIndexTime(index)) ?? 0) < FRESH_MS) return []
      await refresh(signal)
      return findIndexed(index, sha256)
    },
  }
}

/** The indexes apt has, in the order of the suites. */
async function sourcesLists(
  f: AptServices,
  apt: AptContext,
  suites: readonly string[],
): Promise<SourcesList[]> {
  const { stdout } = await f.exec(indexTargetsCommand(apt))
  return stdout
    .split('\n')
    .map((line) => line.split('|'))
    .filter(([kind, , suite]) => kind === 'Sources' && suites.includes(suite ?? ''))
    .sort(([, , a = ''], [, , b = '']) => suites.indexOf(a) - suites.indexOf(b))
    .map(([, archive = '', suite = '', path = '']) => ({
      archive,
      suite,
      read: async (onStdout) => void (await f.exec(catCommand(apt, path), { onStdout })),
    }))
}

/** The value of the first run that does not fail. */
function once<T>(run: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | undefined
  return () => {
    value ??= run().catch((error: unknown) => {
      value = undefined
      throw error
    })
    return value
  }
}

/** One run at a time for all who ask; who still wants it when another's wish was cancelled runs it anew. */
function shared(run: (signal: AbortSignal) => Promise<void>): (signal: AbortSignal) => Promise<void> {
  let running: Promise<void> | undefined
  return async (signal) => {
    for (;;) {
      const mine = running === undefined
      running ??= run(signal).finally(() => {
        running = undefined
      })
      try {
        return await running
      } catch (error) {
        if (mine || signal.aborted || !isMillraceError(error, 'CANCELLED')) throw error
      }
    }
  }
}
