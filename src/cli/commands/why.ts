// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { explain } from '../../factory/index.ts'
import { shortKey } from '../../plan/index.ts'
import { type Context, invocationOf, withFacts } from '../context.ts'

export function addWhy(program: Command, context: Context): void {
  program
    .command('why')
    .description(
      'Tell why a build was made: which inputs differ from the plan before, and what keeps it from going on.',
    )
    .argument('<build>', 'a recipe’s name, or the first digits of a build key')
    .addHelpText('after', '\nExample:\n  millrace why curl')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf(context, command)
      await withFacts(invocation, `millrace why ${named}`, async (f) => {
        const { plan, before, changes, trouble } = await explain(f, named)
        const lines = [
          `${plan.recipe}-${plan.version} is build ${shortKey(plan.key)}, planned ${plan.plannedAt.toISOString()}`,
          before === null
            ? 'it is the first plan of this recipe'
            : `it differs from build ${shortKey(before.key)} of ${before.version}:`,
          ...changes.map((change) => `  ${change}`),
          ...(trouble === null ? [] : [`it does not go on: ${trouble}`]),
        ]
        invocation.print({ key: plan.key, before: before?.key ?? null, changes, trouble }, lines.join('\n'))
      })
    })
}
