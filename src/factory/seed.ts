// SPDX-License-Identifier: Apache-2.0
import { prepareSeed, SEED_TASK, type SeedPackage, type SeedSpec } from '../seed/index.ts'
import type { Services } from './services.ts'
import { tellTask } from './steps/step.ts'

/** Prepares the seed and offers it in its own channel, told as a task. @throws MillraceError SEED_FAILED, TOOL_MISSING, CANCELLED */
export function prepareSeedTold(f: Services, spec: SeedSpec, signal: AbortSignal): Promise<SeedPackage[]> {
  const task = { task: SEED_TASK, kind: 'seed', subject: `seed of Debian ${spec.suite}` } as const
  return tellTask(f, task, signal, async () => {
    const packages = await prepareSeed(f, spec, signal)
    await f.repository.publish(
      'seed',
      f.arch,
      packages.map(({ record, file, datahash, layout }) => ({
        record,
        file,
        datahash,
        layout,
        buildKey: null,
      })),
    )
    return { result: packages, outcome: 'passed', summary: `${packages.length} packages` }
  })
}
