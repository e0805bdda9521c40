// SPDX-License-Identifier: Apache-2.0
import type { TaskKind } from '../../src/base/events.ts'
import type { ProgressState } from '../../src/base/progress.ts'
import type { Status } from '../../src/server/api.ts'
import { buildPath, imagePath, packagePath, subjectName } from '../links.ts'

export interface ShownFailure {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly act: string
  readonly step: string | null
  readonly why: string
  readonly at: string | number
  /** Null where it has no page. */
  readonly page: string | null
  readonly log: string | null
}

/** Attempts of these are among the status's failures; a task of them needs no second mention. */
const ATTEMPTED: ReadonlySet<TaskKind> = new Set(['build', 'test', 'reproduce', 'image'])

/** What failed and was not mended: the newest failed attempt of each recipe and image, then what failed in this run outside of any attempt. */
export function failuresToShow(
  status: Pick<Status, 'failures'> | null,
  progress: Pick<ProgressState, 'failed'>,
): ShownFailure[] {
  const failures = status?.failures ?? []
  const told = new Set(failures.map(({ name }) => name))
  const attempts = failures.map((failure) => ({
    id: `${failure.purpose} ${failure.name} ${failure.at}`,
    name: failure.name,
    version: failure.version,
    act: failure.purpose,
    step: failure.step,
    why: failure.why,
    at: failure.at,
    page: failure.purpose === 'image' ? imagePath(failure.name) : packagePath(failure.name),
    log: failure.buildKey === null ? null : buildPath(failure.buildKey),
  }))
  const tasks = progress.failed
    .filter(({ kind, subject }) => !ATTEMPTED.has(kind) && !told.has(subjectName(subject)))
    .map((task) => ({
      id: task.task,
      name: task.subject,
      version: '',
      act: task.kind,
      step: null,
      why: task.summary,
      at: task.endedAtMs,
      page: null,
      log: null,
    }))
  return [...attempts, ...tasks]
}
