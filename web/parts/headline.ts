// SPDX-License-Identifier: Apache-2.0
import type { Forecast } from '../../src/base/forecast.ts'
import { formatCount, formatLeft } from '../../src/base/words.ts'

export interface Headline {
  readonly tone: 'run' | 'good' | 'bad' | 'idle'
  readonly title: string
  readonly note: string
}

/** The state of the whole factory in one line. */
export function headlineOf({ total, leftMs }: Forecast): Headline {
  const { running, waiting, failed, done } = total
  if (running > 0) {
    const rest = waiting > 0 ? `, ${waiting.toLocaleString('en-US')} waiting` : ''
    const left = leftMs === null ? 'time left not known yet' : `about ${formatLeft(leftMs)} left`
    return { tone: 'run', title: `${running} running${rest}`, note: left }
  }
  if (waiting > 0)
    return { tone: 'idle', title: `${waiting.toLocaleString('en-US')} waiting`, note: 'nothing runs yet' }
  if (failed > 0)
    return { tone: 'bad', title: 'At rest, with failures', note: `${formatCount(failed, 'task')} failed` }
  if (done > 0) return { tone: 'good', title: 'All done', note: `${formatCount(done, 'task')} in this run` }
  return { tone: 'idle', title: 'At rest', note: 'no work is known' }
}
