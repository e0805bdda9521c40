// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type Exited, makeTempDirectory, runCommand, type TempDirectory } from '../../src/base/index.ts'
import {
  type ExpandedRecipe,
  expandRecipe,
  type FindPipeline,
  parseRecipe,
  SOURCES,
  scriptsOf,
  WORKSPACE,
} from '../../src/recipe/index.ts'

export const PIPELINES = join(import.meta.dirname, '../../distro/pipelines')

/** The names of our pipelines, those that only others use included. */
export function pipelineNames(): string[] {
  return readdirSync(PIPELINES, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .map((path) => path.slice(0, -'.yaml'.length))
    .sort()
}

export const findOurs: FindPipeline = (name) => {
  const file = join(PIPELINES, `${name}.yaml`)
  try {
    return { text: readFileSync(file, 'utf8'), file }
  } catch {
    return undefined
  }
}

/** A place to run recipes' steps in with the machine's own bash as sh, its /home/build and /var/cache/melange moved into a temporary directory. */
export interface Workbench extends AsyncDisposable {
  readonly workspace: string
  readonly cache: string
  /** Puts a file into the workspace; a text that begins with `-> ` makes a link. */
  write(path: string, text?: string, mode?: number): Promise<void>
  /** Puts a program on PATH that writes its arguments, one a line, to the output. */
  stub(name: string, script?: string): Promise<void>
  read(path: string): Promise<string>
  /** Every file, link and empty directory below a directory of the workspace. */
  tree(path: string): Promise<string[]>
  run(yaml: string, packageName?: string, env?: Readonly<Record<string, string>>): Promise<Exited>
  sh(script: string, cwd?: string): Promise<Exited>
}

export async function openWorkbench(): Promise<Workbench> {
  const temp = await makeTempDirectory(tmpdir(), 'millrace-pipeline')
  const [workspace, cache, bin] = ['workspace', 'cache', 'bin'].map((name) => join(temp.path, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [workspace, cache, bin]) await mkdir(path, { recursive: true })
  await symlink('/bin/bash', join(bin, 'sh'))
  const env = {
    PATH: `${bin}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin`,
    HOME: workspace,
    TMPDIR: temp.path,
    LC_ALL: 'C.UTF-8',
    SOURCE_DATE_EPOCH: '1700000000',
  }
  const moved = (text: string) => text.replaceAll(WORKSPACE, workspace).replaceAll(SOURCES, cache)
  const sh = (script: string, cwd = workspace, more: Readonly<Record<string, string>> = {}) =>
    runCommand({ program: join(bin, 'sh'), args: ['-c', script], cwd, env: { ...env, ...more } })
  return {
    workspace,
    cache,
    sh,
    write: async (path, text = '', mode = 0o644) => {
      const place = join(workspace, path)
      await mkdir(dirname(place), { recursive: true })
      if (text.startsWith('-> ')) return symlink(text.slice(3), place)
      await writeFile(place, text)
      await chmod(place, mode)
    },
    stub: async (name, script = 'printf "%s\\n" "$(basename "$0")" "$@"') => {
      await writeFile(join(bin, name), `#!/bin/bash\n${script}\n`, { mode: 0o755 })
    },
    read: (path) => readFile(join(workspace, path), 'utf8'),
    tree: (path) => listTree(join(workspace, path)),
    run: async (yaml, packageName = 'hello', more = {}) => {
      const recipe = expand(yaml)
      const steps = recipe.packages.find(({ name }) => name === packageName)?.steps ?? []
      let all = ''
      for (const { script, environment } of scriptsOf(steps)) {
        const { PATH: _, ...own } = environment
        const exited = await sh(moved(script), workspace, { ...own, ...more })
        all += exited.stdout
        if (exited.code !== 0) return { ...exited, stdout: all }
      }
      return { ...ENDED_WELL, stdout: all }
    },
    [Symbol.asyncDispose]: () => (temp satisfies TempDirectory)[Symbol.asyncDispose](),
  }
}

const ENDED_WELL: Exited = {
  code: 0,
  signal: null,
  stdout: '',
  stderr: '',
  durationMs: 0,
  timedOut: false,
  cancelled: false,
  truncated: false,
}

/** @param yaml what follows `package:` of a recipe named hello. */
export function expand(yaml: string, arch = 'x86_64'): ExpandedRecipe {
  const recipe = parseRecipe(`package:\n  name: hello\n  version: 1.0\n${yaml}`, 'hello.yaml')
  return expandRecipe(recipe, { arch, find: findOurs })
}

async function listTree(root: string): Promise<string[]> {
  const paths: string[] = []
  const visit = async (directory: string): Promise<void> => {
    const names = (await readdir(directory)).sort()
    if (names.length === 0 && directory !== root) paths.push(`${relative(root, directory)}/`)
    for (const name of names) {
      const path = join(directory, name)
      const stat = await lstat(path)
      if (stat.isDirectory()) await visit(path)
      else if (stat.isSymbolicLink()) paths.push(`${relative(root, path)} -> ${await readlink(path)}`)
      else paths.push(relative(root, path))
    }
  }
  await visit(root)
  return paths.sort()
}

/** A recipe whose subpackage runs one pipeline. */
export const subpackage = (name: string, uses: string, inputs: Readonly<Record<string, string>> = {}) =>
  `subpackages:\n  - name: ${name}\n    pipeline:\n      - uses: ${uses}\n${withText(inputs, 8)}`

/** A recipe whose main package runs one pipeline. */
export const main = (uses: string, inputs: Readonly<Record<string, string>> = {}) =>
  `pipeline:\n  - uses: ${uses}\n${withText(inputs, 4)}`

function withText(inputs: Readonly<Record<string, string>>, indent: number): string {
  const entries = Object.entries(inputs).map(
    ([name, value]) => `${' '.repeat(indent + 2)}${name}: ${JSON.stringify(value)}\n`,
  )
  return entries.length === 0 ? '' : `${' '.repeat(indent)}with:\n${entries.join('')}`
}

/** Why a test cannot run here: the first of some programs that the machine does not have. */
export function onMachine(...programs: readonly string[]): string | undefined {
  const missing = programs.find(
    (name) => !['/usr/bin', '/usr/local/bin', '/bin'].some((path) => existsSync(join(path, name))),
  )
  return missing === undefined ? undefined : `${missing} is not installed`
}
