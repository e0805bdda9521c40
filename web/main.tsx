// SPDX-License-Identifier: Apache-2.0
import { QueryClientProvider } from '@tanstack/react-query'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { askProgress, makeQueryClient } from './api.ts'
import { App } from './app.tsx'
import { type LiveServices, type Stream, startLive } from './live.ts'
import { LiveContext } from './parts/use-live.ts'
import './style.css'

const queryClient = makeQueryClient()
const ASK_AGAIN_MS = 1000
let asksSoon = false

/** After these, counts, lists and states are no longer what they were. */
const ASK_AFTER = ['task.started', 'task.ended', 'plan.made', 'index.published', 'image.published'] as const

/** Many tasks begin and end at once; what is shown is asked for anew once they have. */
const onFacts: LiveServices['onFacts'] = (types) => {
  if (!ASK_AFTER.some((type) => types.has(type))) return
  if (asksSoon) return
  asksSoon = true
  setTimeout(() => {
    asksSoon = false
    for (const key of ['status', 'paste', 'packages', 'images', 'builds', 'graph'])
      void queryClient.invalidateQueries({ queryKey: [key] })
  }, ASK_AGAIN_MS)
}

const live = startLive({
  load: askProgress,
  open: (path) => new EventSource(path) as Stream,
  onFacts,
})

const root = document.getElementById('page')
if (root !== null)
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <LiveContext value={live}>
          <App />
        </LiveContext>
      </QueryClientProvider>
    </StrictMode>,
  )
