// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { formatError, MillraceError, stripControls } from '../../base/index.ts'
import { findPlan } from '../../factory/index.ts'
import { shortKey } from '../../plan/index.ts'
import { type Context, invocationOf, withFacts } from '../context.ts'
import { attemptFailed } from '../failed.ts'

export function addLog(program: Command, context: Context): void {
  program
    .command('log')
    .description(
      'Print the log of the newest attempt at a build; of one that failed also what is known of it.',
    )
    .argument('<build>', 'a recipe’s name, or the first digits of a build key')
    .option('--purpose <what>', 'build, test or reproduce; default: the newest of all')
    .addHelpText('after', '\nExample:\n  millrace log nginx\n  millrace log nginx --purpose test')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf<{ purpose?: string }>(context, command)
      await withFacts(invocation, `millrace log ${named}`, async (f) => {
        const plan = await findPlan(f, named)
        const attempts = await f.ledger.attemptsOf(plan.key)
        const { purpose } = invocation.options
        const attempt = attempts.find((one) => purpose === undefined || one.purpose === purpose)
        if (attempt === undefined)
          throw new MillraceError('NOT_FOUND', {
            what: `looking for the log of ${plan.recipe}-${plan.version} (${shortKey(plan.key)})`,
            why:
              purpose === undefined
                ? 'it was planned, but not tried yet'
                : `there was no attempt to ${purpose} it yet`,
            fix: `millrace build ${plan.recipe}`,
          })
        if (invocation.options.json) {
          const { id, purpose: what, outcome, startedAt, durationMs, log, report } = attempt
          context.stdout.write(
            `${JSON.stringify({ key: plan.key, recipe: plan.recipe, version: plan.version, attempt: id, purpose: what, outcome, startedAt, durationMs, log, report })}\n`,
          )
          return
        }
        const decoder = new TextDecoder()
        for await (const chunk of f.store.read(attempt.log))
          context.stdout.write(stripControls(decoder.decode(chunk, { stream: true })))
        if (attempt.outcome === 'failed')
          context.stderr.write(`${formatError(attemptFailed(plan, attempt))}\n`)
      })
    })
}
