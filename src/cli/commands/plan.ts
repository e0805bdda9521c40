// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { makePlan, releaseNeeds } from '../../factory/index.ts'
import { formatPlan } from '../../plan/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'

export function addPlan(program: Command, context: Context): void {
  program
    .command('plan')
    .description(
      'Print a recipe’s build plan as canonical JSON: every input by digest. Releases what it needs first.',
    )
    .argument('<recipe>', 'a recipe of the distro, or the path of a recipe file')
    .option('--key', 'print only the build key, the sha256 of the plan')
    .addHelpText('after', '\nExample:\n  millrace plan zlib\n  millrace plan zlib --key')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf<{ key?: boolean }>(context, command)
      await withServices(
        { ...invocation, options: { ...invocation.options, json: false } },
        `millrace plan ${named}`,
        async (f) => {
          const { mill, recipe } = await releaseNeeds(f, named, context.signal)
          const { plan, key } = await makePlan(f, mill.distro, recipe, mill.released)
          await f.ledger.recordPlan(key, plan)
          context.stdout.write(`${invocation.options.key ? key : formatPlan(plan)}\n`)
        },
      )
    })
}
