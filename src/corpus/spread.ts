// SPDX-License-Identifier: Apache-2.0
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { MillraceError } from '../base/index.ts'
import {
  type ExpandedFile,
  type ExpansionSettings,
  type FailedFile,
  FileExpander,
  type UsedPipeline,
} from './expand-files.ts'

/** What threads of one expansion share. */
export interface SharedWork {
  readonly files: readonly string[]
  readonly settings: ExpansionSettings
  /** One whole number: the index of the next file that nobody has taken. */
  readonly next: SharedArrayBuffer
}

/** What one thread did; errors as their plain fields, since a class does not cross threads. */
export interface ThreadResult {
  readonly expanded: readonly ExpandedFile[]
  readonly failed: readonly { readonly file: string; readonly error: ReturnType<MillraceError['toJSON']> }[]
  readonly used: readonly UsedPipeline[]
}

/** What all threads did: by file, in no order. */
export interface SpreadResult {
  readonly files: ReadonlyMap<string, ExpandedFile | FailedFile>
  readonly used: readonly UsedPipeline[]
}

const BATCH = 16
/** Fewer are done before another thread has started. */
const WORTH_A_THREAD = 200
/** Recipes leave little behind and much on the way: a larger nursery spares the collector most of its work. */
const NURSERY_MB = 64

/** Expands files on every core. This thread works too; it takes batches like the others, and lets other work in between. */
export async function spreadExpansion(
  files: readonly string[],
  settings: ExpansionSettings,
): Promise<SpreadResult> {
  const work: SharedWork = { files, settings, next: new SharedArrayBuffer(4) }
  const threads = Math.min(availableParallelism(), Math.ceil(files.length / WORTH_A_THREAD)) - 1
  const others = Array.from({ length: Math.max(threads, 0) }, () => inThread(work))
  const results = await Promise.all([takeBatches(work), ...others])
  const done = new Map<string, ExpandedFile | FailedFile>()
  for (const { expanded, failed } of results) {
    for (const one of expanded) done.set(one.file, one)
    for (const { file, error } of failed)
      done.set(file, { file, error: new MillraceError(error.code, error) })
  }
  return { files: done, used: results.flatMap(({ used }) => used) }
}

/** Takes and expands batches until none is left. */
export async function takeBatches({ files, settings, next }: SharedWork): Promise<ThreadResult> {
  const expander = new FileExpander(settings)
  const taken = new Int32Array(next)
  const expanded: ExpandedFile[] = []
  const failed: ThreadResult['failed'][number][] = []
  for (let from = 0; ; ) {
    from = Atomics.add(taken, 0, BATCH)
    if (from >= files.length) return { expanded, failed, used: expander.used() }
    for (const file of files.slice(from, from + BATCH)) {
      const one = expander.expand(file)
      if ('recipe' in one) expanded.push(one)
      else failed.push({ file, error: one.error.toJSON() })
    }
    await setImmediate()
  }
}

function inThread(work: SharedWork): Promise<ThreadResult> {
  const { promise, resolve, reject } = Promise.withResolvers<ThreadResult>()
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: work,
    resourceLimits: { maxYoungGenerationSizeMb: NURSERY_MB },
  })
  thread.once('message', resolve)
  thread.once('error', reject)
  // After an answer this changes nothing.
  thread.once('exit', (code) => reject(new Error(`a thread that expands recipes ended with ${code}`)))
  return promise
}
