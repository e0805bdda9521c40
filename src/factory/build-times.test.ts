// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf, makeTempDirectory, type TempDirectory } from '../base/index.ts'
import { readSettings } from '../settings/index.ts'
import { readBuildTimes } from './build-times.ts'
import { openServices } from './services.ts'
import { withLedgerTables } from './tables.ts'

let temp: TempDirectory
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-build-times')
})
afterEach(() => temp[Symbol.asyncDispose]())

describe('build times', () => {
  it('of a data directory in which nothing was made are none, and none is made there', async () => {
    const data = join(temp.path, 'data')
    const settings = readSettings({ data }, {})
    expect(await readBuildTimes(settings, 'a test')).toEqual({
      times: new Map(),
      why: `nothing was ever built in ${data}`,
    })
    expect(existsSync(data)).toBe(false)
  })

  it('are those of the last good builds, and none where none was', async () => {
    const settings = readSettings({ data: join(temp.path, 'data') }, {})
    {
      await using services = await openServices(settings, 'a test')
      const database = withLedgerTables(services.database)
      const planned = { version: '1-r0', arch: settings.arch, seed_packages: 0, planned_at: new Date(0) }
      const tried = { purpose: 'build', started_at: new Date(0), report: '{}' } as const
      for (const [name, outcome, ms] of [
        ['libz', 'passed', 700],
        ['libz', 'passed', 400],
        ['app', 'failed', 90],
      ] as const) {
        const digest = digestOf(`${name} ${ms}`)
        const key = { key: digest, recipe: name, plan_digest: digest }
        await database
          .insertInto('plan')
          .values({ ...planned, ...key })
          .execute()
        await database
          .insertInto('attempt')
          .values({
            ...tried,
            plan_key: digest,
            work_key: digest,
            outcome,
            duration_ms: ms,
            log_digest: digest,
          })
          .execute()
      }
    }
    expect(await readBuildTimes(settings, 'a test')).toEqual({ times: new Map([['libz', 400]]), why: null })
  })
})
