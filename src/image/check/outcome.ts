// SPDX-License-Identifier: Apache-2.0

/** How one case of an image's tests went. */
export interface CaseResult {
  readonly name: string
  readonly outcome: 'passed' | 'failed'
  readonly durationMs: number
  /** What was seen; of a failed case, why it failed first. */
  readonly output: string
}

/** How an image's tests went. `unavailable`: they could not be tried on this machine, which proves nothing. */
export type ImageTestOutcome =
  | {
      readonly status: 'passed' | 'failed'
      /** Such as `runc 1.1.5`. */
      readonly runtime: string
      readonly cases: readonly CaseResult[]
    }
  | { readonly status: 'unavailable'; readonly why: string; readonly fix: string }
