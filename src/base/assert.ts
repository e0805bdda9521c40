// SPDX-License-Identifier: Apache-2.0

/** States what the code around it makes sure of; a false one is a bug, shown with its stack. */
export function assert(condition: unknown, claim: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${claim}`)
}

/** The value, when the code around it makes sure that there is one. */
export function present<T>(value: T | null | undefined, claim: string): T {
  assert(value !== null && value !== undefined, claim)
  return value
}
