// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HOST_ENV, runCommand } from '../../src/base/index.ts'
import { findShared } from '../support/shared.ts'

const shared = findShared()
const reason =
  shared !== undefined && existsSync(join(shared, 'corpus')) ? '' : 'there is no corpus beside the checkout'
if (reason !== '') console.warn(`compatibility tests (skipped: ${reason})`)

const TOOL = join(import.meta.dirname, '../../tools/compatibility.ts')

describe.skipIf(reason !== '')('recipes of Wolfi that passed', () => {
  it(
    'pass again, unmodified: five of them, others every day',
    async () => {
      const { HOME = '', MILLRACE_DATA } = process.env
      const data = MILLRACE_DATA ?? join(HOME, '.cache', 'millrace')
      const exited = await runCommand(
        {
          program: process.execPath,
          args: [TOOL, '--sample', '5', '--data', join(data, 'tests', 'compatibility')],
          env: { ...HOST_ENV, HOME, MILLRACE_SHARED: shared ?? '' },
        },
        { timeoutMs: 30 * 60_000 },
      )
      expect(exited.stdout.split('\n').filter((line) => line.startsWith('FAILED'))).toEqual([])
      expect({ code: exited.code, told: exited.code === 0 ? '' : exited.stderr.slice(-3000) }).toEqual({
        code: 0,
        told: '',
      })
      expect(exited.stdout.match(/^passed /gm)).toHaveLength(5)
    },
    31 * 60_000,
  )
})
