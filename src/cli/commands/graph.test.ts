// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fixedClock, makeTempDirectory, type TempDirectory } from '../../base/index.ts'
import { makeProgram, tell } from '../main.ts'

let temp: TempDirectory

beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-graph-command')
  const recipes: Readonly<Record<string, readonly [builds: string, runs: string]>> = {
    app: ['tool', 'libz'],
    tool: ['libz', 'shell'],
    libz: ['', ''],
    shell: ['libz', ''],
    hen: ['egg', ''],
    egg: ['hen', ''],
  }
  for (const [name, [builds, runs]] of Object.entries(recipes))
    writeFileSync(
      join(temp.path, `${name}.yaml`),
      `package: {name: ${name}, version: "1", epoch: 0, dependencies: {runtime: [${runs}]}}\nenvironment: {contents: {packages: [${builds}]}}\npipeline: [{runs: make}]\n`,
    )
})
afterAll(() => temp[Symbol.asyncDispose]())

function written(): Writable & { text: string } {
  const stream = Object.assign(
    new Writable({
      write: (chunk, _, done) => {
        stream.text += chunk
        done()
      },
    }),
    { text: '' },
  )
  return stream
}

/** Runs the command as from a shell in the directory of the recipes, whose path is left away in what it says. */
async function graph(...args: readonly string[]) {
  const [stdout, stderr] = [written(), written()]
  const context = { stdout, stderr, signal: new AbortController().signal, clock: fixedClock(0) }
  const said = (text: string) => text.replaceAll(`${temp.path}/`, '')
  const paths = args.map((one) => (one === '.' || one === 'nowhere' ? join(temp.path, one) : one))
  let code = 0
  try {
    await (await makeProgram(context, 'graph')).parseAsync(
      ['graph', ...paths, '--data', join(temp.path, 'data')],
      {
        from: 'user',
      },
    )
  } catch (error) {
    code = tell(error, context, args.includes('--json'))
  }
  return { code, stdout: said(stdout.text), stderr: said(stderr.text) }
}

describe('millrace graph', () => {
  it('tells the graph of a directory in numbers first, then its cycles with their places', async () => {
    const { code, stdout, stderr } = await graph('.')
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^recipes +6 +6 packages$/m)
    expect(stdout).toMatch(/^in cycles +2 +1 component of recipes that need each other$/m)
    expect(stdout).toContain('hen is built with egg  hen.yaml:2:37')
  })

  it.each<{ name: string; args: readonly string[]; stdout: string }>([
    {
      name: 'the order, cycles marked',
      args: ['--order'],
      stdout: 'egg  (in a cycle of 2)\nhen  (in a cycle of 2)\nlibz\nshell\ntool\napp\n',
    },
    { name: 'levels', args: ['--levels', '--format', 'names'], stdout: 'egg\nhen\nlibz\nshell\ntool\napp\n' },
    {
      name: 'why one needs another, with the way through what is needed at run time',
      args: ['--why', 'app', 'shell'],
      stdout:
        'app needs shell, in 1 step:\n  app → shell\n    app is built with tool  app.yaml:2:37\n    tool needs at run time shell  tool.yaml:1:72\n',
    },
    {
      name: 'that one does not need another',
      args: ['--why', 'libz', 'app', '--edges', 'build'],
      stdout:
        'libz does not need app, not even through others (needs that count: build; --edges chooses others)\n',
    },
    {
      name: 'dependents',
      args: ['--dependents', 'shell'],
      stdout: '1 recipe needs shell directly, 1 in all (by environment); all, in build order:\n  app\n',
    },
    {
      name: 'dependencies',
      args: ['--dependencies', 'app', '--edges', 'build', '--direct', '--format', 'names'],
      stdout: 'tool\n',
    },
    { name: 'what breaks cycles', args: ['--break-cycles', '--format', 'names'], stdout: 'hen\n' },
    {
      name: 'a picture for Graphviz',
      args: ['--why', 'app', 'libz', '--dot', '--edges', 'runtime'],
      stdout:
        'digraph recipes {\n  rankdir=RL\n  node [shape=box]\n  "app"\n  "app" -> "libz"\n  "libz"\n}\n',
    },
    {
      name: 'what a change makes be built anew, and that no time is known',
      args: ['--affected-by', 'shell'],
      stdout: `the recipe shell changes\n2 recipes are built anew for certain, at most 2 of 6 in the end, on 2 levels; what comes out as it was stops the rest\nhow long it takes is not known: nothing was ever built in data\nin this order:\n  shell\n  app\n`,
    },
  ])('tells $name', async ({ args, stdout }) => {
    const exited = await graph('.', ...args)
    expect(exited.stderr).toBe('')
    expect(exited.stdout).toBe(stdout)
    expect(exited.code).toBe(0)
  })

  it('follows a change one step when no more is asked for', async () => {
    const { stdout } = await graph('.', '--affected-by', 'libz', '--direct')
    expect(stdout).toContain('3 recipes are built anew for certain; what rests on these is not followed')
  })

  it('gives each of these as one line of JSON', async () => {
    const json = async (...args: readonly string[]) =>
      JSON.parse((await graph('.', '--json', ...args)).stdout) as unknown
    expect(await json()).toMatchObject({
      recipes: 6,
      widths: [3, 2, 1],
      cycles: [{ recipes: ['egg', 'hen'] }],
    })
    expect(await json('--order')).toMatchObject({ inCycles: ['egg', 'hen'] })
    expect(await json('--why', 'app', 'shell')).toMatchObject({ chain: [{ from: 'app', to: 'shell' }] })
    expect(await json('--affected-by', 'shell')).toMatchObject({ rebuilt: ['shell', 'app'], time: null })
  })

  it.each<{ name: string; args: readonly string[]; code: number; says: string }>([
    {
      name: 'two views at once',
      args: ['.', '--order', '--cycles'],
      code: 2,
      says: '--order and --cycles exclude each other',
    },
    {
      name: 'a kind of need that is none',
      args: ['.', '--edges', 'bulid'],
      code: 2,
      says: 'write --edges build',
    },
    { name: 'half a question', args: ['.', '--why', 'app'], code: 2, says: 'write --why A B' },
    {
      name: 'a name that is not there',
      args: ['.', '--dependents', 'shel'],
      code: 3,
      says: 'did you mean shell?',
    },
    {
      name: 'a place that is not there',
      args: ['nowhere'],
      code: 3,
      says: 'there is no such file or directory',
    },
  ])('refuses $name', async ({ args, code, says }) => {
    const exited = await graph(...args)
    expect(exited.stderr).toContain(says)
    expect(exited.stderr).not.toMatch(/\n {4}at /)
    expect(exited.code).toBe(code)
  })

  it('shows what can be read when a recipe cannot, and ends as for wrong input', async () => {
    writeFileSync(join(temp.path, 'bad.yaml'), 'package: [')
    const { code, stdout, stderr } = await graph('.', '--order', '--format', 'names')
    expect(stdout).toContain('app')
    expect(stderr).toContain('1 cannot be read')
    expect(code).toBe(3)
  })
})
