// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { readDistro } from '../../factory/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { openDoors } from '../doors.ts'

export function addServe(program: Command, context: Context): void {
  program
    .command('serve')
    .description(
      'Serve what is there, without building: the page, the API, the apk repository and the registry.',
    )
    .option('--host <address>', 'where to listen (default 127.0.0.1)')
    .option('--port <number>', 'the port to listen on (default 7373)')
    .addHelpText('after', '\nExample:\n  millrace serve --port 8080')
    .action(async (_, command: Command) => {
      const invocation = invocationOf(context, command)
      await withServices(invocation, 'millrace serve', async (f) => {
        const distro = await readDistro(f.settings.distroDirectory, f.arch)
        await using doors = await openDoors(f, distro, context.signal)
        await doors.closed
      })
    })
}
