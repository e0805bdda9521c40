// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { type Command, Option } from 'commander'
import {
  exists,
  formatCount,
  isSystemError,
  MillraceError,
  openHttp,
  writeFileAtomic,
} from '../../base/index.ts'
import {
  isRecipePath,
  lockPathOf,
  lockWorkingPlan,
  makePlan,
  readLock,
  releaseNeeds,
} from '../../factory/index.ts'
import { archsOf, lockImage, readLockableImage, repositoriesOf } from '../../image/index.ts'
import { formatLock } from '../../plan/index.ts'
import { openRepository, readKey } from '../apk-indexes.ts'
import { type Context, type Invocation, invocationOf, withServices } from '../context.ts'

interface LockOptions {
  readonly out?: string
  readonly update?: boolean
  readonly arch?: 'x86_64' | 'aarch64'
}

export function addLock(program: Command, context: Context): void {
  program
    .command('lock')
    .description(
      'Write down by digest what a recipe is built from, or an image made of. A lock that is there and still holds is kept.',
    )
    .argument(
      '<recipe or image>',
      'a recipe of the distro, the path of a recipe file, or that of an apko image definition',
    )
    .option('--out <file>', 'where to; default: NAME.lock.json beside it, where build finds a recipe’s')
    .option('--update', 'choose everything anew')
    .addOption(
      new Option('--arch <arch>', 'of an image; default: those it names, or this machine’s').choices([
        'x86_64',
        'aarch64',
      ]),
    )
    .addHelpText('after', '\nExample:\n  millrace lock zlib\n  millrace lock ./image.yaml --arch x86_64')
    .action(async (named: string, _, command: Command) => {
      const invocation = invocationOf<LockOptions>(context, command)
      await (isRecipePath(named) && (await isImage(named))
        ? writeImageLock(invocation, named)
        : writeRecipeLock(invocation, named))
    })
}

async function writeRecipeLock(invocation: Invocation<LockOptions>, named: string): Promise<void> {
  const { options, context } = invocation
  await withServices(invocation, `millrace lock ${named}`, async (f) => {
    const { mill, recipe } = await releaseNeeds(f, named, context.signal)
    const path = options.out ?? lockPathOf(recipe)
    const there = options.update !== true && (await exists(path)) ? await readLock(path) : null
    const plan = await makePlan(f, mill.distro, recipe, mill.released, there)
    const lock = await lockWorkingPlan(mill, recipe, plan, context.signal)
    if (there === null) await writeFileAtomic(path, formatLock(lock))
    const { environment, sources } = lock
    invocation.print(
      { file: path, written: there === null, lock },
      `${path}  ${there === null ? 'written' : 'holds'}: ${formatCount(environment.length, 'package')}, ${formatCount(sources.length, 'source')}`,
    )
  })
}

async function writeImageLock(invocation: Invocation<LockOptions>, file: string): Promise<void> {
  const { options, context, settings } = invocation
  const path = options.out ?? file.replace(/\.ya?ml$/, '.lock.json')
  const image = await readLockableImage(file)
  const places = repositoriesOf(image.content)
  if (places.length === 0) throw withoutRepositories(file)
  const http = openHttp({ proxies: settings.proxies, offline: settings.offline })
  const known = options.arch === undefined ? ['x86_64', 'aarch64'] : [options.arch]
  const named =
    image.content.archs.length === 0 ? [options.arch ?? settings.arch] : archsOf(image.content, known)
  const archs = await Promise.all(
    named.map(async (arch) => ({
      arch,
      repositories: await Promise.all(
        places.map((place) => openRepository(http, place, arch, context.signal)),
      ),
    })),
  )
  const keyring = await Promise.all(
    image.content.contents.keyring.map(async (url) => ({
      url,
      pem: await readKey(http, url, context.signal),
    })),
  )
  const lock = await lockImage(image, archs, keyring)
  const before = options.update === true ? undefined : await readIfThere(path)
  if (before !== undefined && before !== lock) throw otherLock(path, file, before, lock)
  if (before === undefined) await writeFileAtomic(path, lock)
  const { packages } = (JSON.parse(lock) as { contents: { packages: unknown[] } }).contents
  invocation.print(
    { file: path, written: before === undefined, lock: JSON.parse(lock) as object },
    `${path}  ${before === undefined ? 'written' : 'holds'}: ${formatCount(packages.length, 'package')}`,
  )
}

/** Whether a YAML file is an image's and no recipe: recipes begin with `package:`, images have `contents:`. */
async function isImage(file: string): Promise<boolean> {
  const text = (await readIfThere(file)) ?? ''
  return /^contents:/m.test(text) && !/^package:/m.test(text)
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined
    throw error
  }
}

function otherLock(path: string, file: string, before: string, now: string): MillraceError {
  const [old, other] = [before.split('\n'), now.split('\n')]
  const index = Math.max(
    0,
    old.findIndex((text, place) => text !== other[place]),
  )
  return new MillraceError('LOCK_MISMATCH', {
    what: `locking ${file}`,
    why: `${path} has ${(old[index] ?? '').trim()}, and now it would be ${(other[index] ?? 'nothing').trim()}`,
    fix: `millrace lock ${file} --update`,
    at: { file: path, line: index + 1, column: 1 },
  })
}

function withoutRepositories(file: string): MillraceError {
  return new MillraceError('IMAGE_INVALID', {
    what: `locking ${file}`,
    why: 'it names no repository',
    fix: 'add contents.repositories; for what a running factory offers: http://127.0.0.1:7373/apk/edge',
    at: { file },
  })
}
