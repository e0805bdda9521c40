// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { MillraceError, nearestName } from '../../base/index.ts'
import { imageServices, makeImage, readDefinition, readDistro } from '../../factory/index.ts'
import { openImageShelf, writeImageLayout } from '../../image/index.ts'
import { type Context, invocationOf, withServices } from '../context.ts'
import { imageFailed } from '../failed.ts'

export function addImage(program: Command, context: Context): void {
  program
    .command('image')
    .description('Make an image of what edge offers now, test it, and offer it in the registry.')
    .argument('<image>', 'the name of a definition in the distro’s images/')
    .option('--output <dir>', 'also write it as an OCI image layout, for skopeo copy oci:DIR')
    .addHelpText('after', '\nExample:\n  millrace image nginx\n  millrace image nginx --output nginx.oci')
    .action(async (name: string, _, command: Command) => {
      const invocation = invocationOf<{ output?: string }>(context, command)
      await withServices(invocation, `millrace image ${name}`, async (f) => {
        const distro = await readDistro(f.settings.distroDirectory, f.arch)
        if (!distro.images.includes(name)) throw unknownImage(name, distro.images)
        const definition = await readDefinition(distro, name)
        const outcome = await makeImage(f, imageServices(f, distro), definition, context.signal)
        if (outcome.status === 'stopped') throw imageFailed(name, outcome.why)
        const { output } = invocation.options
        if (output !== undefined)
          await writeImageLayout(
            openImageShelf({ database: f.database, blobs: f.store }).blobs,
            outcome.index,
            [outcome.image],
            outcome.tags[0] ?? 'latest',
            output,
          )
        invocation.print(
          {
            image: name,
            digest: outcome.index.digest,
            tags: outcome.tags,
            sizeBytes: outcome.image.sizeBytes,
          },
          `${name}@${outcome.index.digest}  ${outcome.tags.join(', ')}`,
        )
      })
    })
}

function unknownImage(name: string, known: readonly string[]): MillraceError {
  const near = nearestName(name, known)
  return new MillraceError('NOT_FOUND', {
    what: `looking for the image ${name}`,
    why: `the distro defines ${known.length === 0 ? 'no images' : known.join(', ')}`,
    fix: near === undefined ? 'name one of them' : `millrace image ${near}`,
  })
}
