// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import {
  type ChosenPackage,
  indexRepositories,
  type SolveRepository,
  solveWorld,
  unsatisfiedError,
} from '../../apk/index.ts'
import { openHttp } from '../../base/index.ts'
import { readChannel } from '../../repository/index.ts'
import { openRepository, readIndexFile } from '../apk-indexes.ts'
import { type Context, type Invocation, invocationOf, withFacts } from '../context.ts'
import { table } from '../text.ts'

interface SolveOptions {
  readonly repository: readonly string[]
  readonly index: readonly string[]
  readonly arch?: 'x86_64' | 'aarch64'
}

export function addSolve(program: Command, context: Context): void {
  program
    .command('solve')
    .description(
      'Choose the packages that a list of names needs, in install order, and say why each is there. Nothing is fetched but indexes.',
    )
    .argument('<name...>', 'NAME, NAME>=1.2, NAME~1.2, NAME@TAG, !NAME, so:, cmd: or pc: names')
    .option(
      '--repository <place>',
      'a URL or a directory with a directory for each arch, "@TAG PLACE" for a tagged one; may be given again; default: the distro’s edge and its seed',
      collect,
      [],
    )
    .option('--index <file>', 'an APKINDEX.tar.gz or APKINDEX by itself; may be given again', collect, [])
    .addOption(
      new Option('--arch <arch>', 'which packages of a repository; default: this machine’s').choices([
        'x86_64',
        'aarch64',
      ]),
    )
    .addHelpText(
      'after',
      '\nExample:\n  millrace solve curl "nginx>=1.28"\n  millrace solve python-3.13 --repository ./packages --json',
    )
    .action(async (names: string[], _, command: Command) => {
      const invocation = invocationOf<SolveOptions>(context, command)
      const index = indexRepositories(await repositories(invocation))
      const solution = solveWorld(index, names)
      if (solution.status === 'unsatisfied')
        throw unsatisfiedError(solution.problem, `choosing packages for ${names.join(' ')}`)
      const { packages } = solution
      invocation.print(
        {
          packages: packages.map(({ record, repository, because }) => {
            const { name, version } = record
            return { name, version, repository, because }
          }),
        },
        table(packages.map(lineOf)),
      )
    })
}

function lineOf({ record, because }: ChosenPackage): string[] {
  return [`${record.name}-${record.version}`, because.join(' → ')]
}

async function repositories(invocation: Invocation<SolveOptions>): Promise<SolveRepository[]> {
  const { options, settings, context } = invocation
  const { arch = settings.arch } = options
  if (options.repository.length + options.index.length === 0)
    return withFacts(invocation, 'millrace solve', async ({ database }) => {
      const channel = async (name: 'edge' | 'seed', tier: number) => {
        const { apks } = await readChannel(database, name, arch)
        return { name, tier, packages: apks.map(({ record }) => record) }
      }
      return [await channel('edge', 0), await channel('seed', 1)]
    })
  const http = openHttp({ proxies: settings.proxies, offline: settings.offline })
  return [
    ...(await Promise.all(
      options.repository.map((named) => openRepository(http, named, arch, context.signal)),
    )),
    ...(await Promise.all(
      options.index.map(async (path) => ({ name: path, packages: await readIndexFile(path) })),
    )),
  ]
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}
