// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { formatBytes, INITIAL_PROGRESS, reduce } from '../../base/index.ts'
import { readDistro } from '../../factory/index.ts'
import { readNewestRun } from '../../store/index.ts'
import { type Context, invocationOf, withFacts } from '../context.ts'
import { openFactsCatalog } from '../doors.ts'
import { table } from '../text.ts'

export function addStatus(program: Command, context: Context): void {
  program
    .command('status')
    .description('Tell what there is: recipes, packages in each channel, images, what runs and what failed.')
    .addHelpText('after', '\nExample:\n  millrace status\n  millrace status --json')
    .action(async (_, command: Command) => {
      const invocation = invocationOf(context, command)
      await withFacts(invocation, 'millrace status', async (f) => {
        const { distroDirectory, arch } = f.settings
        // What the process that works here told is what it does now.
        const events = f.busy ? await readNewestRun(f.database) : []
        const progress = events.reduce(reduce, INITIAL_PROGRESS)
        const catalog = await openFactsCatalog(f, await readDistro(distroDirectory, arch), () => progress)
        const status = await catalog.status()
        const counts = [
          ['recipes', status.recipes],
          ['edge', status.edge],
          ['stable', status.stable],
          ['images', status.images],
          ['running', status.running],
          ['waiting', status.waiting],
          ['failed', status.failed],
        ] as const
        const channels = status.channels.map(
          ({ name, packages, sizeBytes, generation, publishedAt }) =>
            [
              name,
              `${packages} packages`,
              formatBytes(sizeBytes),
              `generation ${generation}`,
              publishedAt,
            ] as const,
        )
        const failures = status.failures.map(
          ({ name, version, purpose, why }) => `${name}-${version}  ${purpose}: ${why}`,
        )
        const text = [
          table(counts.map(([name, count]) => [name, String(count)])),
          ...(channels.length > 0 ? ['', table(channels)] : []),
          ...(failures.length > 0 ? ['', 'failed:', ...failures.map((line) => `  ${line}`)] : []),
        ].join('\n')
        invocation.print(status, text)
      })
    })
}
