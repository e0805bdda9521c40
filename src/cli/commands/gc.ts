// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { formatBytes, formatCount } from '../../base/index.ts'
import { collectGarbage } from '../../factory/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'

export function addGc(program: Command, context: Context): void {
  program
    .command('gc')
    .description('Remove what no fact names: converted downloads, leftovers of failed builds, unused trees.')
    .option('--dry-run', 'only tell what would go')
    .addHelpText('after', '\nExample:\n  millrace gc --dry-run')
    .action(async (_, command: Command) => {
      const invocation = invocationOf<{ dryRun?: boolean }>(context, command)
      await withServices(invocation, 'millrace gc', async (f) => {
        const dryRun = invocation.options.dryRun ?? false
        const collected = await collectGarbage(f, { dryRun }, context.signal)
        const { blobs, bytes, trees, kept, failedBuilds } = collected
        invocation.print(
          { dryRun, ...collected },
          `${dryRun ? 'would remove' : 'removed'} ${blobs} blobs (${formatBytes(bytes)}) and ${trees} trees${failedBuilds === 0 ? '' : `, and the sandboxes of ${formatCount(failedBuilds, 'failed build')}`}; ${kept} blobs stay`,
        )
      })
    })
}
