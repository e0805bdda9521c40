// SPDX-License-Identifier: Apache-2.0
import type { ExpandedRecipe } from '../../recipe/index.ts'

const DEFAULT_MS = 2 * 3_600_000
const UNITS_MS: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  µs: 0.001,
  ns: 0.000001,
}

/** How long a recipe's whole build may take: its `timeout` in Go's notation (`1h30m`), or two hours. */
export function timeoutMsOf({ timeout }: Pick<ExpandedRecipe, 'timeout'>): number {
  const parts = [...timeout.matchAll(/(\d+(?:\.\d+)?)(ms|us|µs|ns|h|m|s)/g)]
  const total = parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS_MS[unit ?? ''] ?? 0), 0)
  return total > 0 ? Math.ceil(total) : DEFAULT_MS
}
