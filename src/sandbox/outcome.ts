// SPDX-License-Identifier: Apache-2.0
import type { SandboxLimits } from './options.ts'

/** Why a run was ended before its command was done. */
export type StopReason =
  | 'timed-out'
  | 'out-of-memory'
  | 'too-many-processes'
  | 'disk-full'
  | 'output-limit'
  | 'cancelled'

export interface RunEnd {
  readonly durationMs: number
  /** The last lines of the output, at most 20. */
  readonly lastLines: readonly string[]
}

/** How a run ended; only `exited` with code 0 is a success. When it is here, every process of the run is gone. */
export type SandboxOutcome = RunEnd &
  (
    | {
        readonly status: 'exited'
        /** As a shell tells it: 128 and the signal's number when a signal ended the command. */
        readonly code: number
      }
    | { readonly status: 'timed-out'; readonly timeoutMs: number }
    | { readonly status: 'out-of-memory'; readonly limitBytes: number }
    | { readonly status: 'too-many-processes'; readonly limit: number }
    | { readonly status: 'disk-full'; readonly limitBytes: number }
    | { readonly status: 'output-limit'; readonly limitBytes: number }
    | { readonly status: 'cancelled' }
  )

/** The outcome of a run that was stopped. */
export function stoppedOutcome(
  reason: StopReason,
  end: RunEnd,
  limits: SandboxLimits & { readonly timeoutMs: number },
): SandboxOutcome {
  switch (reason) {
    case 'timed-out':
      return { ...end, status: reason, timeoutMs: limits.timeoutMs }
    case 'out-of-memory':
      return { ...end, status: reason, limitBytes: limits.memoryBytes }
    case 'too-many-processes':
      return { ...end, status: reason, limit: limits.processes }
    case 'disk-full':
      return { ...end, status: reason, limitBytes: limits.diskBytes }
    case 'output-limit':
      return { ...end, status: reason, limitBytes: limits.outputBytes }
    case 'cancelled':
      return { ...end, status: reason }
  }
}

/** The outcome as half a sentence: `ended with exit code 2`, `needed more memory than 4.0 GiB`. */
export function describeOutcome(outcome: SandboxOutcome): string {
  switch (outcome.status) {
    case 'exited':
      return `ended with exit code ${outcome.code}`
    case 'timed-out':
      return `was not done after ${Math.round(outcome.timeoutMs / 100) / 10} s`
    case 'out-of-memory':
      return `needed more memory than ${size(outcome.limitBytes)}`
    case 'too-many-processes':
      return `wanted more than ${outcome.limit} processes at once`
    case 'disk-full':
      return `wrote more than ${size(outcome.limitBytes)}`
    case 'output-limit':
      return `printed more than ${size(outcome.limitBytes)}`
    case 'cancelled':
      return 'was cancelled'
  }
}

function size(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB']
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(bytes, 1)) / 10)))
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toFixed(1)} ${units[power]}`
}
