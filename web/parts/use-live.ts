// SPDX-License-Identifier: Apache-2.0
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { Live, LiveState } from '../live.ts'

export const LiveContext = createContext<Live | null>(null)

/** What the factory does now, drawn anew whenever it changes. */
export function useLive(): LiveState {
  const live = useContext(LiveContext)
  if (live === null) throw new Error('useLive needs a LiveContext around it')
  return useSyncExternalStore(live.subscribe, live.get)
}

/** Only whether the stream is there, so that who shows nothing else is not drawn with every event. */
export function useLink(): LiveState['link'] {
  const live = useContext(LiveContext)
  if (live === null) throw new Error('useLink needs a LiveContext around it')
  return useSyncExternalStore(live.subscribe, () => live.get().link)
}

/** The factory's time in milliseconds, drawn anew every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const live = useContext(LiveContext)
  const [nowMs, setNowMs] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return nowMs + (live?.get().skewMs ?? 0)
}
