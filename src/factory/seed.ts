// SPDX-License-Identifier: Apache-2.0
import { prepareSeed, SEED_TASK, type SeedPackage, type SeedSpec } from '../seed/index.ts'
import type { Services } from './services.ts'
import { tellTask } from './steps/step.ts'

/** Prepares the seed and offers it in its own channel, told as a task. @throws MillraceError SEED_FAILED, TOOL_MISSING, CANCELLED */
export function prepareSeedTold(f: Services, spec: SeedSpec, signal: AbortSignal): Promise<SeedPackage[]> {
  const task = { task: SEED_TASK, kind: 'seed', subject: `Debian ${spec.suite}` } as const
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
    await withdrawOthers(f, packages)
    return { result: packages, outcome: 'passed', summary: `${packages.length} packages` }
  })
}

/** A description that changed leaves packages behind that no build uses any more. */
async function withdrawOthers(f: Services, packages: readonly SeedPackage[]): Promise<void> {
  const files = new Set(packages.map(({ file }) => file))
  const others = (await f.repository.packages('seed', f.arch)).filter(({ file }) => !files.has(file))
  const stems = others.map(({ record }) => `${record.name}-${record.version}`)
  if (stems.length > 0) await f.repository.withdraw('seed', f.arch, stems, 'the seed no longer has it')
}
