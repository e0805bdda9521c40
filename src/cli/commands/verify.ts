// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { Option } from 'commander'
import { type Verified, verifyPackage } from '../../factory/index.ts'
import { type Context, invocationOf, withFacts } from '../context.ts'

export function addVerify(program: Command, context: Context): void {
  program
    .command('verify')
    .description('Verify a published package from the signed index down to its sources, without a network.')
    .argument('<package>', 'the package’s name')
    .addOption(
      new Option('--channel <name>', 'where it is offered').choices(['edge', 'stable']).default('edge'),
    )
    .addHelpText('after', '\nExample:\n  millrace verify curl\n  millrace verify curl --channel stable')
    .action(async (name: string, _, command: Command) => {
      const invocation = invocationOf<{ channel: 'edge' | 'stable' }>(context, command)
      await withFacts(invocation, `millrace verify ${name}`, async (f) => {
        const verified: Verified[] = []
        await verifyPackage(f, name, invocation.options.channel, (one) => {
          verified.push(one)
          if (!invocation.options.json) context.stdout.write(`ok  ${one.claim}  (${one.by})\n`)
        })
        invocation.print({ package: name, channel: invocation.options.channel, verified }, '')
      })
    })
}
