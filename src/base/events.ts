// SPDX-License-Identifier: Apache-2.0
import type { Digest } from './digest.ts'
import type { ErrorCode } from './errors.ts'

/** What kinds of work the factory does; the order is that of the flow. */
export const TASK_KINDS = ['seed', 'fetch', 'build', 'test', 'image', 'reproduce'] as const
export type TaskKind = (typeof TASK_KINDS)[number]

export type Outcome = 'passed' | 'failed' | 'cached' | 'cancelled'

/** What happened, as a fact: `noun.verb`. Domain code emits these and never prints. */
export type EventBody =
  /** Work that is known to come, so that progress has a total. `expectedMs` is the last measured time, null when never done. */
  | {
      readonly type: 'work.expected'
      readonly tasks: readonly {
        readonly task: string
        readonly kind: TaskKind
        readonly subject: string
        readonly expectedMs: number | null
      }[]
    }
  /** `task` is unique among all work, such as `build:zlib-1.3.1-r0`; `subject` is what a person calls it, such as `zlib-1.3.1-r0`. */
  | {
      readonly type: 'task.started'
      readonly task: string
      readonly kind: TaskKind
      readonly subject: string
    }
  | {
      readonly type: 'task.progressed'
      readonly task: string
      readonly done: number
      readonly total: number | null
      readonly unit: 'bytes' | 'steps' | 'packages'
    }
  | {
      readonly type: 'task.ended'
      readonly task: string
      readonly outcome: Outcome
      readonly durationMs: number
      readonly summary: string
    }
  | {
      readonly type: 'step.started'
      readonly task: string
      readonly step: number
      readonly steps: number
      readonly label: string
    }
  | {
      readonly type: 'step.ended'
      readonly task: string
      readonly step: number
      readonly outcome: Outcome
      readonly durationMs: number
    }
  /** A line of a program's output; kept in the task's log blob, shown live, not stored as a row. */
  | {
      readonly type: 'step.line'
      readonly task: string
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }
  /** Which plan a task that runs carries out, or tests: its build key. */
  | { readonly type: 'plan.made'; readonly task: string; readonly key: string }
  | {
      readonly type: 'artifact.stored'
      readonly name: string
      readonly digest: Digest
      readonly sizeBytes: number
    }
  | {
      readonly type: 'index.published'
      readonly channel: string
      readonly arch: string
      readonly packages: number
      readonly digest: Digest
    }
  | {
      readonly type: 'image.published'
      readonly image: string
      readonly digest: Digest
      readonly tags: readonly string[]
    }
  | { readonly type: 'server.listening'; readonly url: string }
  | {
      readonly type: 'notice.raised'
      readonly level: 'info' | 'warning' | 'error'
      readonly text: string
      readonly code?: ErrorCode
    }

/** A fact with its place in the stream: `seq` grows by one within a data directory's life; `at` is an ISO 8601 time; `run` names the process's run. */
export type MillraceEvent = EventBody & { readonly seq: number; readonly at: string; readonly run: string }

/** What domain code gets to say what happens. */
export type Emit = (event: EventBody) => void

export const emitNothing: Emit = () => {}
