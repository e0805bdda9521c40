// SPDX-License-Identifier: Apache-2.0
import { tmpdir } from 'node:os'
import { type Command, Option } from 'commander'
import { formatPkgInfo, openApk } from '../../apk/index.ts'
import { exists, MillraceError, openHttp, runCommand } from '../../base/index.ts'
import { MELANGE_READERS, type Rescanned, rescanApks, type ScannableApk } from '../../build/index.ts'
import { type DistroRecipe, distroFor } from '../../factory/index.ts'
import { apkFile, edgeApks, type FindApk, repositoryApks } from '../apk-sources.ts'
import { type Context, type Invocation, invocationOf, withFacts } from '../context.ts'

interface ScanOptions {
  readonly repository?: string
  readonly arch?: 'x86_64' | 'aarch64'
  readonly package?: string
  readonly diff?: boolean
}

export function addScan(program: Command, context: Context): void {
  program
    .command('scan')
    .description(
      'Look again into packages that are built, and print the .PKGINFO that they would get today: what they provide and need.',
    )
    .argument('<recipe or apk...>', 'a recipe of the distro, the path of a recipe file, or .apk files')
    .option(
      '--repository <dir or url>',
      'where a recipe’s packages are, in a directory for each arch; default: the distro’s edge',
    )
    .addOption(
      new Option('--arch <arch>', 'of a recipe’s packages; default: this machine’s').choices([
        'x86_64',
        'aarch64',
      ]),
    )
    .option('--package <name>', 'print this one of the packages only')
    .option('--diff', 'print only the lines that differ, and fail when there are any')
    .addHelpText(
      'after',
      '\nExample:\n  millrace scan zlib --diff\n  millrace scan bash.yaml --repository ./packages\n  millrace scan libz-1.3-r0.apk --json',
    )
    .action(async (named: string[], _, command: Command) => {
      const invocation = invocationOf<ScanOptions>(context, command)
      const { package: only, diff = false } = invocation.options
      const scanned = (await scanNamed(invocation, named)).filter(
        ({ info }) => only === undefined || info.name === only,
      )
      if (scanned.length === 0) throw noPackage(named, only)
      const told = scanned.map((one) => ({ ...one, changes: changesOf(one) }))
      for (const { info, damage } of told)
        if (damage !== null) context.stderr.write(`warning: ${info.name}-${info.version}: ${damage}\n`)
      invocation.print(
        {
          packages: told.map(({ info, regenerated, damage, changes }) => {
            return { package: info, regenerated, damage, ...changes }
          }),
        },
        told
          .map(({ info, regenerated, changes }) =>
            diff ? diffText(`${info.name}-${info.version}`, changes) : formatPkgInfo(regenerated),
          )
          .filter((text) => text !== '')
          .join('\n')
          .trimEnd(),
      )
      const differing = told.filter(({ changes }) => changes.gone.length + changes.added.length > 0)
      if (diff && differing.length > 0) throw differs(differing.map(({ info }) => info.name))
    })
}

async function scanNamed(
  invocation: Invocation<ScanOptions>,
  named: readonly string[],
): Promise<Rescanned[]> {
  if (named.every((one) => one.endsWith('.apk'))) return scanFiles(named.map(apkFile))
  const [recipe, ...others] = named
  if (recipe === undefined || others.length > 0)
    throw new MillraceError('USAGE', {
      what: `scanning ${named.join(' ')}`,
      why: 'it takes one recipe, or files whose names end in .apk',
      fix: `millrace scan ${recipe}`,
    })
  return scanRecipe(invocation, recipe)
}

/** Files of one recipe and version are scanned together. */
async function scanFiles(files: readonly ScannableApk[]): Promise<Rescanned[]> {
  const groups = new Map<string, ScannableApk[]>()
  for (const file of files) {
    if (!(await exists(file.name))) throw noFile(file.name)
    const { info, data } = await openApk(file.open(), `scanning ${file.name}`)
    await data.return(undefined)
    const group = `${info.origin} ${info.version} ${info.arch}`
    groups.set(group, [...(groups.get(group) ?? []), file])
  }
  const scanned: Rescanned[] = []
  for (const group of groups.values())
    scanned.push(
      ...(await rescanApks({ exec: runCommand }, group, () => undefined, MELANGE_READERS, tmpdir())),
    )
  return scanned
}

async function scanRecipe({ options, settings, context }: Invocation<ScanOptions>, named: string) {
  const { repository, arch = settings.arch } = options
  const { distro, recipe } = await distroFor({ settings: { ...settings, arch } }, named)
  const scan = async (find: FindApk, where: string) => {
    const apks = await findPackages(recipe, find, where)
    const packages = new Map(recipe.expanded.packages.map((one) => [one.name, one]))
    // What others built was built for their distribution.
    const readers = repository === undefined ? distro.facts.documentationReaders : MELANGE_READERS
    return rescanApks({ exec: runCommand }, apks, (name) => packages.get(name), readers, tmpdir())
  }
  if (repository !== undefined) {
    const http = openHttp({ proxies: settings.proxies, offline: settings.offline })
    return scan(repositoryApks(http, repository, arch, context.signal), repository)
  }
  const invocation = { context, options, settings, print: () => {} }
  return withFacts(invocation, `millrace scan ${named}`, async (f) => scan(await edgeApks(f, arch), 'edge'))
}

/** The main package must be there; a subpackage may be made for other architectures or options only. */
async function findPackages({ name, expanded }: DistroRecipe, find: FindApk, where: string) {
  const apks: ScannableApk[] = []
  for (const { name: packageName, isMain } of expanded.packages) {
    const stem = `${packageName}-${expanded.fullVersion}`
    const apk = await find(stem)
    if (apk !== undefined) apks.push(apk)
    else if (isMain)
      throw new MillraceError('NOT_FOUND', {
        what: `looking for the packages of ${name}`,
        why: `${where} has no ${stem}.apk for ${expanded.arch}`,
        fix:
          where === 'edge' ? `millrace publish ${name}` : 'give --repository the directory above the arch’s',
      })
  }
  return apks
}

interface Changes {
  /** Lines of the package that it would no longer get. */
  readonly gone: readonly string[]
  readonly added: readonly string[]
}

function changesOf({ info, regenerated }: Rescanned): Changes {
  const [before, after] = [info, regenerated].map((one) => formatPkgInfo(one).trimEnd().split('\n'))
  const without = (lines: readonly string[] = [], others: readonly string[] = []) =>
    lines.filter((line) => !others.includes(line))
  return { gone: without(before, after), added: without(after, before) }
}

function diffText(stem: string, { gone, added }: Changes): string {
  if (gone.length + added.length === 0) return ''
  const lines = [...gone.map((line) => `-${line}`), ...added.map((line) => `+${line}`)]
  return [`--- ${stem}.apk`, `+++ ${stem}.apk, scanned again`, ...lines].join('\n')
}

function differs(names: readonly string[]): MillraceError {
  return new MillraceError('CHECK_FAILED', {
    what: 'comparing packages with what a scan finds in them',
    why: `${names.join(', ')} would say something else today`,
    fix: 'raise the recipe’s epoch, so that the packages are built again',
  })
}

function noFile(path: string): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `scanning ${path}`,
    why: 'there is no such file',
    fix: 'give the path of an .apk file, or the name of a recipe',
  })
}

function noPackage(named: readonly string[], only: string | undefined): MillraceError {
  return new MillraceError('NOT_FOUND', {
    what: `scanning ${named.join(' ')}`,
    why: only === undefined ? 'there are no packages' : `none of the packages is called ${only}`,
    fix: 'leave out --package to see all of them',
  })
}
