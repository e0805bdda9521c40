// SPDX-License-Identifier: Apache-2.0
import { MillraceError } from '../base/index.ts'

/**
 * The channels of the repository. `seed`: what came from outside to start with, for builds on this machine only. `edge`: built here and tested. `stable`: also built a
 * second time, to the same bytes.
 */
export const CHANNELS = ['seed', 'edge', 'stable'] as const
export type Channel = (typeof CHANNELS)[number]

/** What others may read. The seed is never published. */
export const PUBLIC_CHANNELS = ['edge', 'stable'] as const satisfies readonly Channel[]

export function isChannel(text: string): text is Channel {
  return (CHANNELS as readonly string[]).includes(text)
}

/** @throws MillraceError USAGE */
export function parseChannel(text: string): Channel {
  if (isChannel(text)) return text
  throw new MillraceError('USAGE', {
    what: `reading the channel ${JSON.stringify(text.slice(0, 100))}`,
    why: `the channels are ${CHANNELS.join(', ')}`,
    fix: 'name one of them',
  })
}

export function isPublicChannel(channel: Channel): boolean {
  return (PUBLIC_CHANNELS as readonly Channel[]).includes(channel)
}
