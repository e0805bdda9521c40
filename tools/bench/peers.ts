// SPDX-License-Identifier: Apache-2.0
// The same work by other programs, when they are on PATH. They get the very packages that were measured here, as a repository of files.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { delimiter, join } from 'node:path'
import { stringify } from 'yaml'
import { type ApkSigner, formatApkRecord, writeApkIndex } from '../../src/apk/index.ts'
import { lastWords, runCommand } from '../../src/base/index.ts'
import type { ImageDefinition } from '../../src/image/index.ts'
import type { IncomingApk } from '../../src/repository/index.ts'
import type { BlobStore } from '../../src/store/index.ts'
import type { ImageMill } from '../../test/support/image-mill.ts'
import type { Workshop } from './environments.ts'
import { type Measure, measureOf, timed } from './measure.ts'

type Peer = Measure['peer']
const RUNS = 3

/** apk-tools writes an index of all files, and one more that takes what is unchanged from the first. */
export async function apkIndex(
  mill: ImageMill,
  apks: readonly IncomingApk[],
): Promise<{ readonly cold: Peer; readonly changed: Peer }> {
  if (!isThere('apk')) return { cold: null, changed: null }
  await using place = await repositoryOf(mill.directory, mill.f.blobs, apks)
  const files = apks.map(fileName)
  const index = (args: readonly string[], packages: readonly string[]) =>
    run('apk', ['index', '--allow-untrusted', '--quiet', ...args, ...packages], place.arch)
  const cold = await peer('apk', () => index(['--output', 'one.tar.gz'], files.slice(0, 1000)))
  const again = ['--index', 'one.tar.gz', '--output', 'two.tar.gz']
  return { cold, changed: await peer('apk', () => index(again, files.slice(0, 1001))) }
}

/** melange builds the trivial package in the same environment. */
export async function melangeBuild(
  { f, packages, publicKey }: Workshop,
  directory: string,
  count: number,
): Promise<Peer> {
  if (!isThere('melange')) return null
  const chosen = packages.slice(0, count)
  await using place = await repositoryOf(directory, f.store, chosen)
  const key = await writeIndex(place, chosen, f.signer, publicKey.pem)
  const recipe = await writeYaml(place, 'trivial.yaml', {
    package: {
      ...{ name: 'trivial', version: '1.0', epoch: 0, description: 'The trivial' },
      copyright: [{ license: 'MIT' }],
    },
    environment: { contents: { packages: chosen.map(({ record }) => record.name) } },
    pipeline: [{ runs: 'echo hello > ${{targets.destdir}}/hello' }],
  })
  const where = ['--repository-append', place.directory, '--keyring-append', key]
  const how = ['--arch', 'x86_64', '--runner', 'bubblewrap', '--empty-workspace', '--generate-index=false']
  const out = ['--out-dir', join(place.directory, 'out')]
  return await peer('melange', () =>
    run('melange', ['build', recipe, ...where, ...how, ...out], place.directory),
  )
}

/** melange compiles a recipe a process, as many at once as there are cores; what it refuses takes its time too. Once: it is a minute's work. */
export async function melangeCompile(recipes: string): Promise<Peer> {
  if (!isThere('melange')) return null
  const each = 'melange compile --arch x86_64 --pipeline-dir pipelines'
  const script = `ls *.yaml | xargs -P ${availableParallelism()} -I{} sh -c '${each} {} >/dev/null 2>&1; true'`
  const [value = Number.NaN] = await timed(1, () => run('sh', ['-c', script], recipes))
  return { name: 'melange', value }
}

/** melange lints all packages in one run, on every core as we do. */
export async function melangeLint(
  store: BlobStore,
  apks: readonly IncomingApk[],
  directory: string,
): Promise<Peer> {
  if (!isThere('melange')) return null
  await using place = await repositoryOf(directory, store, apks)
  return await peer('melange', () => run('melange', ['lint', ...apks.map(fileName)], place.arch))
}

/** apko builds the image from the same packages, with a warm cache. */
export async function apkoBuild(mill: ImageMill, arch: string, { content }: ImageDefinition): Promise<Peer> {
  if (!isThere('apko')) return null
  const offered = await mill.f.repository.packages('edge', arch)
  const apks = offered.map((apk) => ({ ...apk, layout: null }))
  await using place = await repositoryOf(mill.directory, mill.f.blobs, apks)
  const key = await writeIndex(place, apks, mill.signer, mill.signer.pem)
  const image = await writeYaml(place, 'image.yaml', {
    contents: { repositories: [place.directory], keyring: [key], packages: content.contents.packages },
    layering: { strategy: 'origin', budget: 50 },
  })
  const how = ['--arch', arch, '--sbom=false', '--cache-dir', join(place.directory, 'cache')]
  const out = join(place.directory, 'image.tar')
  return await peer('apko', () => run('apko', ['build', image, 'bench:latest', out, ...how], place.directory))
}

/** apk-tools and apko read an index and choose from it; both are started anew each time, as they are used. */
export async function solvePeers(
  directory: string,
  index: Uint8Array,
  key: { readonly publicKeyName: string; readonly pem: string },
  world: readonly string[],
): Promise<{ readonly apk: Peer; readonly apko: Peer }> {
  const place = { directory, arch: join(directory, 'x86_64') }
  await mkdir(place.arch, { recursive: true })
  await writeFile(join(place.arch, 'APKINDEX.tar.gz'), index)
  const root = join(directory, 'root')
  const at = ['--root', root, '--arch', 'x86_64', '--allow-untrusted', '--no-network', '--no-interactive']
  await writeFile(join(directory, 'repositories'), `${directory}\n`)
  await writeFile(join(directory, 'none'), '')
  const ask = ['--repositories-file', join(directory, 'repositories'), '--simulate', 'add', ...world]
  const apk = isThere('apk')
    ? await peer('apk', async () => {
        if (!existsSync(root))
          await run(
            'apk',
            [...at, '--initdb', '--repositories-file', join(directory, 'none'), 'add'],
            directory,
          )
        await run('apk', [...at, ...ask], directory)
      })
    : null
  const keyFile = join(directory, key.publicKeyName)
  await writeFile(keyFile, key.pem)
  const image = await writeYaml(place, 'image.yaml', {
    contents: { repositories: [directory], keyring: [keyFile], packages: world },
    archs: ['x86_64'],
  })
  const apko = isThere('apko')
    ? await peer('apko', () => run('apko', ['show-packages', image, '--arch', 'x86_64'], directory))
    : null
  return { apk, apko }
}

interface Place extends AsyncDisposable {
  readonly directory: string
  /** Where the packages lie. */
  readonly arch: string
}

async function repositoryOf(parent: string, store: BlobStore, apks: readonly IncomingApk[]): Promise<Place> {
  const directory = await mkdtemp(join(parent, 'peer-'))
  const arch = join(directory, 'x86_64')
  await mkdir(arch)
  for (const apk of apks) await writeFile(join(arch, fileName(apk)), store.read(apk.file))
  return {
    ...{ directory, arch },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

/** @returns the file of the public key that the index is signed by. */
async function writeIndex(
  { arch, directory }: Place,
  apks: readonly IncomingApk[],
  signer: ApkSigner,
  publicPem: string,
): Promise<string> {
  const records = apks.map(({ record }) => formatApkRecord(record))
  await writeFile(join(arch, 'APKINDEX.tar.gz'), await writeApkIndex(records, 'bench', signer))
  const key = join(directory, signer.publicKeyName)
  await writeFile(key, publicPem)
  return key
}

async function writeYaml(
  { directory }: Pick<Place, 'directory'>,
  name: string,
  content: object,
): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, stringify(content))
  return path
}

function fileName({ record: { name, version } }: IncomingApk): string {
  return `${name}-${version}.apk`
}

function isThere(program: string): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((directory) => existsSync(join(directory, program)))
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { PATH = '', HOME = '' } = process.env
  const exited = await runCommand({ program, args, cwd, env: { HOME, PATH } })
  if (exited.code !== 0) throw new Error(`${program} ${args[0]} failed: ${lastWords(exited)}`)
}

/** The median of a few runs behind a first that is not counted. A peer that does not get along with what it is given is told, and left out. */
async function peer(name: string, work: () => Promise<void>): Promise<Peer> {
  try {
    await work()
    return { name, value: measureOf(name, 'ms', await timed(RUNS, work), null).value }
  } catch (error) {
    console.error(`${name} is left out: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}
