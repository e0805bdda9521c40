// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '../base/index.ts'

/** Which hosts could not be reached a short while ago, so that a hundred sources on one dead host cost one time-out. Lives as long as the process. */
export interface HostMemory {
  /** Why the host could not be reached, when that is not long ago. */
  trouble(host: string): string | undefined
  note(host: string, why: string): void
}

const REMEMBERED_MS = 5 * 60_000

export function openHostMemory(clock: Clock): HostMemory {
  const troubles = new Map<string, { readonly why: string; readonly untilMs: number }>()
  return {
    trouble: (host) => {
      const known = troubles.get(host)
      return known !== undefined && known.untilMs > clock.now() ? known.why : undefined
    },
    note: (host, why) => void troubles.set(host, { why, untilMs: clock.now() + REMEMBERED_MS }),
  }
}
