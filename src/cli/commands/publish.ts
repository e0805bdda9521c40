// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { assert } from '../../base/index.ts'
import { release, releaseNeeds } from '../../factory/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { recipeFailed } from '../failed.ts'
import { packageLines } from '../text.ts'

export function addPublish(program: Command, context: Context): void {
  program
    .command('publish')
    .description(
      'Release a recipe to edge: build, test, attest, publish. What was done before is taken as it is.',
    )
    .argument('<recipe>', 'a recipe of the distro')
    .addHelpText('after', '\nExample:\n  millrace publish zlib')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf(context, command)
      await withServices(invocation, `millrace publish ${named}`, async (f) => {
        const { mill, recipe } = await releaseNeeds(f, named, context.signal)
        const outcome = await release(mill, recipe, context.signal)
        if (outcome.status === 'stopped')
          throw recipeFailed(outcome.at, 'releasing', recipe, outcome.plan.key, outcome.why)
        assert(outcome.status === 'released', 'all it needs was released before')
        const { packages, plan } = outcome
        invocation.print(
          {
            key: plan.key,
            channel: 'edge',
            packages: packages.map(({ record, file }) => ({
              name: record.name,
              version: record.version,
              file,
            })),
          },
          packageLines(packages),
        )
      })
    })
}
