// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { buildRecipe, makePlan, readLock, releaseNeeds } from '../../factory/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { recipeFailed } from '../failed.ts'
import { packageLines } from '../text.ts'

export function addBuild(program: Command, context: Context): void {
  program
    .command('build')
    .description('Build a recipe, after what it needs; what is built already is taken as it is.')
    .argument('<recipe>', 'a recipe of the distro, or the path of a recipe file')
    .option(
      '--lock <file>',
      'build with exactly what this lock names; default: NAME.lock.json beside the recipe, when it is there',
    )
    .addHelpText('after', '\nExample:\n  millrace build zlib\n  millrace build ./hello.yaml')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf<{ lock?: string }>(context, command)
      await withServices(invocation, `millrace build ${named}`, async (f) => {
        const { lock } = invocation.options
        const given = lock === undefined ? undefined : await readLock(lock)
        const { mill, recipe } = await releaseNeeds(f, named, context.signal)
        const plan = await makePlan(f, mill.distro, recipe, mill.released, given)
        await f.ledger.recordPlan(plan.key, plan.plan)
        const built = await buildRecipe(mill, recipe, plan, context.signal)
        if (built.status === 'failed') throw recipeFailed('build', 'building', recipe, plan.key, built)
        invocation.print(
          {
            key: plan.key,
            packages: built.packages.map(({ record, file }) => ({
              name: record.name,
              version: record.version,
              file,
              sizeBytes: record.sizeBytes,
            })),
          },
          packageLines(built.packages),
        )
      })
    })
}
