// SPDX-License-Identifier: Apache-2.0
import { type MillraceEvent, type ProgressState, stripControls } from '../../base/index.ts'
import { factOf } from './facts.ts'

/** One line a fact, with the time in UTC before it; the lines of a failure's output below it. Null for events that tell nothing. */
export function renderPlain(event: MillraceEvent, before: ProgressState): string | null {
  const fact = factOf(event, before)
  if (fact === null) return null
  const lines = [`${event.at.slice(11, 19)}  ${oneLine(`${fact.subject} ${fact.text}`)}`]
  return [...lines, ...fact.details.map((line) => `          | ${oneLine(line)}`)].join('\n')
}

function oneLine(text: string): string {
  return stripControls(text).replaceAll('\n', ' ')
}
