// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { readDistro, runFactory, type Services } from '../../factory/index.ts'
import { nextLines } from '../../server/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { type Doors, openDoors } from '../doors.ts'

export function addStart(program: Command, context: Context): void {
  program
    .command('start')
    .description('Run the factory: build, test, publish and rebuild the distro, and serve it, until Ctrl-C.')
    .option('--host <address>', 'where to listen (default 127.0.0.1)')
    .option('--port <number>', 'the port to listen on (default 7373)')
    .option('--workers <number>', 'pieces of work done at once (default: one a processor)')
    .addHelpText(
      'after',
      '\nExample:\n  millrace start\n  millrace start --data /srv/millrace --host 0.0.0.0',
    )
    .action(async (_, command: Command) => {
      const invocation = invocationOf(context, command)
      await withServices(invocation, 'millrace start', async (f) => {
        const distro = await readDistro(f.settings.distroDirectory, f.arch)
        await using doors = await openDoors(f, distro, context.signal)
        await tellWhatToType(f, doors)
        await runFactory(f, distro, context.signal)
      })
    })
}

/** What a person would paste next: now when an image is there, else as soon as the first one is. */
async function tellWhatToType(f: Services, { server, catalog }: Doors): Promise<void> {
  const tell = async (): Promise<boolean> => {
    const images = await catalog.images()
    if (!images.some(({ digest }) => digest !== null)) return false
    for (const { label, command } of nextLines(server.url, images, [f.keys.apk.publicKeyName]))
      f.emit({ type: 'notice.raised', level: 'info', text: `${label}: ${command}` })
    return true
  }
  if (await tell()) return
  const stop = f.events.listen(({ type }) => {
    if (type !== 'image.published') return
    stop()
    void tell()
  })
}
