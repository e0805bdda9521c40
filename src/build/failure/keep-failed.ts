// SPDX-License-Identifier: Apache-2.0
import type { BuildLog } from '../build-log.ts'
import type { Failure, WorkServices } from '../order.ts'
import type { Workplace, WorkplaceOptions } from '../workplace.ts'
import { type Snapshot, saveSnapshot } from './snapshot.ts'

/** What a workplace was for, as its snapshot tells it. */
export type FailedWork = Pick<Snapshot, 'task' | 'recipe' | 'planKey' | 'testOf' | 'timeoutMs'> & {
  readonly scripts: readonly Snapshot['scripts'][number][]
}

/**
 * Keeps the sandbox of what failed, where failed builds are kept. The workplace is closed then.
 *
 * @returns the failure with the snapshot's name
 * @throws MillraceError SANDBOX_FAILED
 */
export async function keepFailed(
  f: WorkServices,
  place: Workplace,
  options: WorkplaceOptions,
  work: FailedWork,
  failure: Failure,
  log: Pick<BuildLog, 'note'>,
): Promise<Failure> {
  if (f.failedBuilds === undefined) return failure
  await place.sandbox.close()
  const { environment, sources, files, directories, variables, variation, limits } = options
  const { snapshot: _, trail, ...told } = failure
  const { id, note } = await saveSnapshot(f, f.failedBuilds, place.directory, {
    ...work,
    failure: { ...told, trail: [...trail] },
    scripts: [...work.scripts],
    workplace: {
      ...{ environment: [...environment], files: [...files], directories: [...directories] },
      sources: sources.map((source) => ({ ...source, inputs: { ...source.inputs } })),
      packageFiles: [...options.packageFiles].filter(([hash]) =>
        environment.some((one) => one.datahash === hash),
      ),
      sourceFiles: [...options.sourceFiles],
      ...{ variables: { ...variables }, variation, limits: { ...limits } },
    },
  })
  log.note(note)
  return { ...failure, snapshot: id }
}
