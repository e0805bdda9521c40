// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { exists, isMillraceError } from '../base/index.ts'
import type { Settings } from '../settings/index.ts'
import { openFacts } from './services.ts'

export interface BuildTimes {
  /** Recipe → how long its last good build took, in milliseconds. */
  readonly times: ReadonlyMap<string, number>
  /** Why there are none; null where there are. */
  readonly why: string | null
}

/** The build times that a data directory has measured. One in which nothing was ever made stays as it is, and its database is not started. */
export async function readBuildTimes(settings: Settings, doing: string): Promise<BuildTimes> {
  const { dataDirectory, databaseUrl } = settings
  if (databaseUrl === null && !(await exists(join(dataDirectory, 'postgres'))))
    return { times: new Map(), why: `nothing was ever built in ${dataDirectory}` }
  try {
    await using facts = await openFacts(settings, doing)
    const measured = await facts.ledger.durations()
    const times = new Map(
      [...measured].flatMap(([name, { build }]) => (build === null ? [] : [[name, build] as const])),
    )
    return { times, why: times.size > 0 ? null : `no build in ${dataDirectory} has passed yet` }
  } catch (error) {
    if (!isMillraceError(error)) throw error
    return { times: new Map(), why: `${dataDirectory} cannot be read: ${error.why}` }
  }
}
