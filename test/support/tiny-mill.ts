// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApkContent, openApk, writeApkData, writeApkHead } from '../../src/apk/index.ts'
import { chunksOf, collectBytes } from '../../src/archive/index.ts'
import {
  type Digest,
  type EventBody,
  fixedClock,
  makeTempDirectory,
  runCommand,
} from '../../src/base/index.ts'
import { type BuildOrder, type BuildServices, type BuiltApk, FIRST } from '../../src/build/index.ts'
import type { BuildPlan, PlannedOutput, PlannedPackage, PlannedScript } from '../../src/plan/index.ts'
import { OUTPUT } from '../../src/recipe/index.ts'
import { openTreeStore, probeSandbox } from '../../src/sandbox/index.ts'
import { openBlobDirectory } from '../../src/store/index.ts'

/** A place to build in: a store, package trees, and an environment of the host's own shell and small programs. */
export interface TinyMill extends AsyncDisposable {
  readonly f: BuildServices
  readonly events: EventBody[]
  readonly environment: readonly PlannedPackage[]
  readonly packageFiles: Map<Digest, Digest>
  /** An order for a plan, with nothing unusual. */
  order(plan: BuildPlan, more?: Partial<BuildOrder>): BuildOrder
  /** Names left where sandboxes are. */
  leftovers(): Promise<string[]>
  /** Path → text, link target with `-> ` before it, or `mode/` for directories. */
  filesOf(apk: Pick<BuiltApk, 'file'>): Promise<Record<string, string>>
  text(digest: Digest): Promise<string>
}

const PROGRAMS =
  'bash cat chmod cp date hostname id ln ls mkdir mkfifo mv nproc rm sleep sort sha256sum stat tail touch uname'.split(
    ' ',
  )

/** Why nothing can be built on this machine, as a suffix for a test's name; '' when it can. */
export async function whyNoBuilds(): Promise<string> {
  const probe = await probeSandbox({ exec: runCommand })
  if (probe.status !== 'ready') return ` (skipped: ${probe.reason})`
  const missing = PROGRAMS.filter((name) => !existsSync(`/usr/bin/${name}`))
  return missing.length === 0 ? '' : ` (skipped: no /usr/bin/${missing[0]})`
}

/** @param more programs of the host's beside the small ones, and files that these need below the root. */
export async function openTinyMill(
  more: { readonly programs?: readonly string[]; readonly files?: readonly string[] } = {},
): Promise<TinyMill> {
  const temp = await makeTempDirectory(tmpdir(), 'millrace-build')
  const at = (path: string) => join(temp.path, path)
  const events: EventBody[] = []
  const f: BuildServices = {
    exec: runCommand,
    store: await openBlobDirectory(at('store')),
    trees: await openTreeStore({ exec: runCommand }, at('trees')),
    topsDirectory: at('tops'),
    sandboxDirectory: at('sandboxes'),
    signer: { publicKeyName: 'tiny.rsa.pub', sign: async () => Buffer.from('signature') },
    emit: (event) => void events.push(event),
    clock: fixedClock(Date.UTC(2026, 8, 1)),
  }
  await mkdir(f.sandboxDirectory)
  const shell = await storeTree(f, 'shell', await hostFiles(more.programs ?? [], more.files ?? []))
  const environment = [{ name: 'shell', version: '1-r0', datahash: shell.datahash, from: 'seed' as const }]
  const packageFiles = new Map([[shell.datahash, shell.file]])
  return {
    ...{ f, events, environment, packageFiles },
    order: (plan, more = {}) => ({
      ...{ plan, task: 'build:tiny', variation: FIRST, packageFiles, sourceFiles: new Map() },
      timeoutMs: 20_000,
      ...more,
    }),
    leftovers: () => readdir(f.sandboxDirectory),
    filesOf: async ({ file }) => filesOf(f, file),
    text: async (digest) =>
      Buffer.from(await collectBytes(f.store.read(digest), 2 ** 26, 'a blob')).toString(),
    [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
  }
}

/** A step as the recipe compiler writes it. */
export function step(script: string, label = ''): PlannedScript {
  const text = `set -eo pipefail\ncd /home/build\n${script}\nexit 0\n`
  return { label, script: text, environment: { PATH: '/usr/bin:/bin' } }
}

/** @param scripts the main package's steps; `$OUT` is its directory. */
export function tinyOutput(
  name: string,
  scripts: readonly string[],
  more: Partial<PlannedOutput> = {},
): PlannedOutput {
  const before = `OUT=${OUTPUT}/${name}; mkdir -p "$OUT"`
  const none = { runtime: [], provides: [], replaces: [], providerPriority: 0, replacesPriority: 0 }
  return {
    ...{ name, isMain: true, description: `The ${name}`, url: 'https://example.org', commit: '' },
    dependencies: none,
    options: {
      'no-provides': false,
      'no-depends': false,
      'no-commands': false,
      'no-versioned-shlib-deps': false,
    },
    scriptlets: {
      trigger: { script: '', paths: [] },
      ...{ 'pre-install': '', 'post-install': '', 'pre-deinstall': '', 'post-deinstall': '' },
      ...{ 'pre-upgrade': '', 'post-upgrade': '' },
    },
    setcap: [],
    scripts: scripts.map((script, index) => step(`${before}\n${script}`, `step ${index + 1}`)),
    ...more,
  }
}

export function tinyPlan(
  mill: Pick<TinyMill, 'environment'>,
  packages: readonly PlannedOutput[],
  more: Partial<BuildPlan> = {},
): BuildPlan {
  return {
    kind: 'https://millrace.dev/build-plan/v1',
    builder: { name: 'millrace', version: '1' },
    ...{ arch: 'x86_64', namespace: 'tiny', license: 'MIT' },
    recipe: { name: packages[0]?.name ?? 'tiny', version: '1.0', epoch: 0, fullVersion: '1.0-r0' },
    ...{ packages, sources: [], files: [], environment: mill.environment, variables: {} },
    sourceDateEpoch: 1_700_000_000,
    documentationReaders: {},
    ...more,
  }
}

/** Stores a tree as an apk. A text beginning with `-> ` is a symbolic link. */
export async function storeTree(
  f: Pick<BuildServices, 'store' | 'signer'>,
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ readonly file: Digest; readonly datahash: Digest }> {
  const entries = new Map<string, ApkContent>()
  for (const [path, content] of Object.entries(files)) {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1))
      entries.set(path.slice(0, slash), contentOf(path.slice(0, slash), null))
    entries.set(path, contentOf(path, content))
  }
  const parts: Uint8Array[] = []
  const data = await writeApkData([...entries.values()], 0, async (bytes) => void parts.push(bytes))
  const info = {
    ...{ name, version: '1-r0', arch: 'x86_64', origin: name, description: '', url: '', commit: '' },
    ...{ maintainer: '', buildTimeSec: 0, licenses: [], depends: [], provides: [], installIf: [] },
    ...{ replaces: [], providerPriority: 0, replacesPriority: 0, triggers: [], comments: [] },
  }
  const head = await writeApkHead(info, data, [], f.signer)
  const { digest: file } = await f.store.putBytes(Buffer.concat([head.bytes, ...parts]))
  return { file, datahash: data.datahash }
}

function contentOf(path: string, content: string | Uint8Array | null): ApkContent {
  const bytes = Buffer.from(content ?? '')
  const link = typeof content === 'string' && content.startsWith('-> ') ? content.slice(3) : ''
  const type = content === null ? 'directory' : link === '' ? 'file' : 'symlink'
  return { path, type, mode: 0o755, sizeBytes: bytes.length, linkTarget: link, open: () => chunksOf(bytes) }
}

/** The host's shell and small programs, with their libraries, merged below /usr. */
async function hostFiles(
  more: readonly string[],
  others: readonly string[],
): Promise<Record<string, string | Uint8Array>> {
  const files: Record<string, string | Uint8Array> = { 'usr/bin/sh': '-> bash' }
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) files[name] = `-> usr/${name}`
  for (const name of ['sbin', 'lib64']) files[`usr/${name}/.keep`] = ''
  const programs = [...PROGRAMS, ...more].map((name) => `/usr/bin/${name}`)
  const { stdout } = await runCommand({ program: 'ldd', args: programs })
  const libraries = [...stdout.matchAll(/(\/lib\S+) \(0x/g)].map(([, path = '']) => `/usr${path}`)
  for (const path of new Set([...programs, ...libraries, ...others]))
    files[path.slice(1)] = await readFile(await realpath(path))
  return files
}

async function filesOf(
  { store }: Pick<BuildServices, 'store'>,
  file: Digest,
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const { data } = await openApk(store.read(file), 'a built package')
  for await (const { entry, body } of data) {
    const bytes = await collectBytes(body, 2 ** 26, 'a file')
    const text = Buffer.from(bytes).toString()
    const shown = { directory: `${entry.mode.toString(8)}/`, symlink: `-> ${entry.linkPath}`, file: text }
    files[entry.path] = shown[entry.type as keyof typeof shown] ?? entry.type
  }
  return files
}
