// SPDX-License-Identifier: Apache-2.0
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand, systemClock } from '../../src/base/index.ts'
import { makeProgram } from '../../src/cli/index.ts'
import { openDatabase, startCluster } from '../../src/store/index.ts'
import { millrace, someDistro } from '../support/mill-process.ts'

/** The command line as a process: what it prints, where, and by which code it ends. Nothing here needs a network or a built package. */

let root = ''
let data = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-cli-'))
  data = join(root, 'data')
})
afterAll(() => rm(root, { recursive: true, force: true }))

const COMMANDS = [
  'start',
  'status',
  'log',
  'why',
  'debug',
  'build',
  'test',
  'plan',
  'publish',
  'image',
  'serve',
  'verify',
  'gc',
  'doctor',
]

/** The help as it is printed, without a process for each. */
async function helpOf(...args: string[]): Promise<string> {
  let printed = ''
  const out = new Writable({
    write: (chunk: Buffer, _, done) => {
      printed += chunk.toString()
      done()
    },
  })
  const context = { stdout: out, stderr: out, signal: new AbortController().signal, clock: systemClock }
  const program = await makeProgram(context)
  for (const command of [program, ...program.commands])
    command.exitOverride().configureOutput({ writeOut: (text) => out.write(text) })
  await program.parseAsync([...args, '--help'], { from: 'user' }).catch(() => undefined)
  return printed
}

describe('the help', () => {
  it('lists every command', async () => {
    const { code, stdout } = await millrace(['--help'], data)
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it.each(COMMANDS)('of %s has an example, and says that --json is there', async (command) => {
    const printed = await helpOf(command)
    expect(printed).toContain('Example:')
    expect(printed).toContain(`  millrace ${command}`)
    expect(printed).toContain('--json')
  })
})

describe('a command that is not understood', () => {
  it.each([
    { given: ['strat'], said: "unknown command 'strat'" },
    { given: ['build'], said: "missing required argument 'recipe'" },
    { given: ['status', '--colour'], said: "unknown option '--colour'" },
    { given: ['start', '--port', 'x'], said: 'expected a whole number from 0 to 65535, found "x"' },
    { given: ['verify', 'zlib', '--channel', 'beta'], said: 'Allowed choices are edge, stable' },
  ])('ends by 2 and says so: $given', async ({ given, said }) => {
    const { code, stderr, stdout } = await millrace(given, data)
    expect(stderr).toContain(said)
    expect(stdout).toBe('')
    expect(code).toBe(2)
  })
})

describe('a bad recipe', () => {
  const recipe = (body: string) =>
    `package:\n  name: hello\n  version: "1.0"\n  epoch: 0\n  description: a test\n${body}`
  const cases = [
    { name: 'malformed YAML', text: 'package:\n  name: [hello\n', said: ['RECIPE_INVALID', 'hello.yaml:2'] },
    {
      name: 'an unknown key',
      text: recipe('pipelin:\n  - runs: "true"\n'),
      said: ['RECIPE_INVALID', 'hello.yaml:6:1', 'did you mean pipeline'],
    },
    {
      name: 'an unknown pipeline',
      text: recipe('pipeline:\n  - uses: autoconf/cofigure\n'),
      said: ['RECIPE_INVALID', 'hello.yaml:7', 'there is no pipeline of that name'],
    },
    {
      name: 'a variable that nobody defines',
      text: recipe('pipeline:\n  - runs: echo ${{package.nam}}\n'),
      said: ['RECIPE_INVALID', 'hello.yaml:7', 'package.nam'],
    },
  ]

  it.each(cases)('is refused by 3, with its place and what to do: $name', async ({ text, said }) => {
    const distro = await mkdtemp(join(root, 'distro-'))
    await someDistro(distro, [], [])
    const path = join(distro, 'hello.yaml')
    await writeFile(path, text)
    const { code, stderr } = await millrace(['--distro', distro, 'build', path], data)
    for (const part of said) expect(stderr).toContain(part)
    expect(stderr).toMatch(/^ {2}fix {3}\S/m)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(code).toBe(3)
  })

  it('that nobody has is named, with the nearest', async () => {
    const distro = await mkdtemp(join(root, 'distro-'))
    await someDistro(distro, [], [])
    await writeFile(join(distro, 'packages', 'hello.yaml'), recipe('pipeline:\n  - runs: "true"\n'))
    const { code, stderr } = await millrace(['--distro', distro, 'build', 'helo'], data)
    expect(stderr).toContain('NOT_FOUND')
    expect(stderr).toContain('the nearest name is hello')
    expect(code).toBe(3)
  })

  it('in a circle with others is refused, and the circle is shown', async () => {
    const distro = await mkdtemp(join(root, 'distro-'))
    await someDistro(distro, [], [])
    const ring = (name: string, needs: string) =>
      `package:\n  name: ${name}\n  version: "1.0"\n  epoch: 0\nenvironment:\n  contents:\n    packages:\n      - ${needs}\npipeline:\n  - runs: "true"\n`
    for (const [name, needs] of [
      ['egg', 'hen'],
      ['hen', 'egg'],
    ] as const)
      await writeFile(join(distro, 'packages', `${name}.yaml`), ring(name, needs))
    const { code, stderr } = await millrace(['--distro', distro, 'build', 'egg'], data)
    expect(stderr).toContain('DEPENDENCY_CYCLE')
    expect(stderr).toMatch(/egg → hen → egg|hen → egg → hen/)
    expect(code).toBe(3)
  })
})

describe('commands on an empty data directory', () => {
  it('status --json has the counts', async () => {
    const { code, stdout } = await millrace(['--json', 'status'], data)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ edge: 0, stable: 0, running: 0, failed: 0 })
  })

  it('log of what was never built says what there is to do', async () => {
    const { code, stderr } = await millrace(['log', 'zlib'], data)
    expect(stderr).toContain('NOT_FOUND')
    expect(code).toBe(3)
  })

  it('an error with --json is one line of JSON', async () => {
    const { code, stderr } = await millrace(['--json', 'why', 'nothing'], data)
    expect(JSON.parse(stderr.trim())).toMatchObject({ error: { code: 'NOT_FOUND' } })
    expect(code).toBe(3)
  })

  it('doctor tells what this machine has', async () => {
    const { stdout } = await millrace(['doctor'], data)
    expect(stdout).toMatch(/ok +node +\d+\./)
    expect(stdout).toMatch(/sandbox/)
  })

  it('gc finds nothing to remove', async () => {
    const { code, stdout } = await millrace(['--json', 'gc', '--dry-run'], data)
    expect(code).toBe(0)
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ dryRun: true, blobs: 0 })
  })
})

describe('a DATABASE_URL', () => {
  it('takes the place of the private cluster, brought up by the same migrations', async () => {
    const elsewhere = join(root, 'elsewhere')
    await mkdir(elsewhere)
    const cluster = await startCluster({ exec: runCommand }, elsewhere)
    try {
      const own = join(root, 'with-url')
      const { code, stdout } = await millrace(['--json', 'gc'], own, { DATABASE_URL: cluster.url })
      expect(code).toBe(0)
      expect(stdout).toContain('"dryRun":false')
      await expect(access(join(own, 'postgres'))).rejects.toThrow('ENOENT')
      const database = openDatabase(cluster.url)
      expect(await database.selectFrom('run').selectAll().execute()).toHaveLength(1)
      await database.destroy()
    } finally {
      await cluster.stop()
    }
  })
})

describe('a data directory', () => {
  it('that cannot be made is refused with a reason', async () => {
    const file = join(root, 'file')
    await writeFile(file, '')
    const { code, stderr } = await millrace(['status'], join(file, 'data'))
    expect(stderr).toContain('SETTINGS_INVALID')
    expect(code).toBe(2)
  })

  it('of a distro that is not there is told by its path', async () => {
    await mkdir(join(root, 'empty'), { recursive: true })
    const { code, stderr } = await millrace(['--distro', join(root, 'empty'), 'status'], data)
    expect(stderr).toContain('distro.yaml')
    expect(code).toBe(3)
  })
})
