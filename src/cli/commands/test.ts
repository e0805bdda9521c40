// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { buildRecipe, makePlan, makeTestPlan, releaseNeeds, testRecipe } from '../../factory/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { recipeFailed } from '../failed.ts'
import { caseLines } from '../text.ts'

export function addTest(program: Command, context: Context): void {
  program
    .command('test')
    .description(
      'Run the tests of a recipe’s packages, each in a fresh environment; builds them first when needed.',
    )
    .argument('<recipe>', 'a recipe of the distro, or the path of a recipe file')
    .addHelpText('after', '\nExample:\n  millrace test nginx')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf(context, command)
      await withServices(invocation, `millrace test ${named}`, async (f) => {
        const { mill, recipe } = await releaseNeeds(f, named, context.signal)
        const plan = await makePlan(f, mill.distro, recipe, mill.released)
        await f.ledger.recordPlan(plan.key, plan.plan)
        const built = await buildRecipe(mill, recipe, plan, context.signal)
        if (built.status === 'failed') throw recipeFailed('build', 'building', recipe, plan.key, built)
        const tests = await makeTestPlan(f, mill.distro, recipe, mill.released, plan.key, built.packages)
        const tested = await testRecipe(mill, recipe, plan, tests, context.signal)
        if (tested.status === 'failed') throw recipeFailed('test', 'testing', recipe, plan.key, tested)
        const { cases } = tested
        invocation.print(
          {
            key: plan.key,
            tested: cases.map((one) => one.package),
            tests: cases.map(({ package: name, outcome, durationMs }) => ({
              package: name,
              outcome,
              durationMs,
            })),
          },
          cases.length === 0
            ? `${recipe.name}-${recipe.expanded.fullVersion} has no tests`
            : caseLines(cases),
        )
      })
    })
}
