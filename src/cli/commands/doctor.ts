// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { MillraceError, runCommand } from '../../base/index.ts'
import { probeHost } from '../../factory/index.ts'
import { makeDataDirectory } from '../../settings/index.ts'
import { type Context, invocationOf } from '../context.ts'
import { table } from '../text.ts'

const MARKS = { ready: 'ok', poor: 'poor', missing: 'MISSING' } as const

export function addDoctor(program: Command, context: Context): void {
  program
    .command('doctor')
    .description(
      'Look at this machine: what is there of what the factory needs, and what to type for the rest.',
    )
    .addHelpText('after', '\nExample:\n  millrace doctor')
    .action(async (_, command: Command) => {
      const invocation = invocationOf(context, command)
      makeDataDirectory(invocation.settings)
      const probes = await probeHost({ exec: runCommand }, invocation.settings.dataDirectory)
      invocation.print(
        { probes },
        table(
          probes.map(({ name, status, text, fix }) => [
            MARKS[status],
            name,
            fix === null ? text : `${text}\n         → ${fix}`,
          ]),
        ),
      )
      const missing = probes.filter(({ status }) => status === 'missing')
      if (missing.length > 0)
        throw new MillraceError('TOOL_MISSING', {
          what: 'looking at this machine',
          why: `it lacks ${missing.map(({ name }) => name).join(', ')}`,
          fix:
            missing
              .map(({ fix }) => fix)
              .filter((fix) => fix !== null)
              .join('; ') || 'see the lines above',
        })
    })
}
