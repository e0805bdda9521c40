// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand, type TempDirectory } from '../../src/base/index.ts'

const GOOD = 'package:\n  name: good\n  version: 1.0\n\npipeline:\n  - uses: own\n'
const BAD = 'package:\n  name: bad\n  version: 1.0\n  epohc: 1\n'

let temp: TempDirectory
const path = (name: string) => join(temp.path, name)

beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-expand')
  await mkdir(path('pipelines'))
  await writeFile(
    path('pipelines/own.yaml'),
    'needs:\n  packages:\n    - make\n\npipeline:\n  - runs: make ${{vars.a}}\n',
  )
  await writeFile(path('good.yaml'), `${GOOD}\nvars:\n  a: b\n`)
})
afterEach(() => temp[Symbol.asyncDispose]())

async function millrace(...args: string[]) {
  const { code, stdout, stderr } = await runCommand({
    program: process.execPath,
    args: [join(import.meta.dirname, '../../bin/millrace.js'), '--data', path('data'), ...args],
    env: { PATH: '/usr/bin:/bin', NO_COLOR: '1' },
    cwd: temp.path,
  })
  return { code, stdout, stderr }
}

describe('millrace expand', () => {
  it('says recipes out without data, network or database, one JSON a line', async () => {
    const { code, stdout } = await millrace('expand', '--json', '--arch', 'x86_64', '.')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual({
      ...{ recipe: 'good', version: '1.0', epoch: 0, environment: ['make'], sources: [] },
      packages: [{ name: 'good', provides: [], replaces: [], runtime: [] }],
    })
  })

  it('tells every recipe it can, and errors with their places; then ends with 3', async () => {
    await writeFile(path('bad.yaml'), BAD)
    await writeFile(path('worse.yaml'), 'package:\n')
    const { code, stdout, stderr } = await millrace('expand', '--json', '.')
    expect(code).toBe(3)
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(lines).toMatchObject([
      {
        recipe: 'bad',
        error: { code: 'RECIPE_INVALID', fix: 'did you mean epoch?', at: { line: 4, column: 3 } },
      },
      { recipe: 'good' },
      { recipe: 'worse', error: { code: 'RECIPE_INVALID' } },
    ])
    expect(stderr.trim().split('\n')).toHaveLength(2)
    const text = await millrace('expand', '.')
    expect(text.stdout).toMatch(/^good 1\.0-r0\n {2}packages +good\n {2}environment +make\n/)
    expect(text.stderr).toMatch(/error RECIPE_INVALID {2}bad\.yaml:4:3\n/)
  })

  it('says that a recipe is for other architectures', async () => {
    await writeFile(
      path('good.yaml'),
      GOOD.replace('1.0\n', '1.0\n  target-architecture: [aarch64]\n').replace('own', 'strip'),
    )
    const { code, stdout } = await millrace('expand', '--json', '--arch', 'x86_64', 'good.yaml')
    expect({ code, line: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      line: { recipe: 'good', error: { code: 'RECIPE_UNTARGETED' } },
    })
  })

  it('takes variables from a file, and says what is wrong with it', async () => {
    await writeFile(path('good.yaml'), 'package:\n  name: good\n  version: ${{vars.v}}\n\nvars:\n  v: 1.0\n')
    await writeFile(path('vars.yaml'), 'v: 2.10\n')
    const { stdout } = await millrace('expand', '--json', '--vars-file', 'vars.yaml', 'good.yaml')
    expect(JSON.parse(stdout)).toMatchObject({ version: '2.10' })
    await writeFile(path('vars.yaml'), 'v: [a]\n')
    const bad = await millrace('expand', '--vars-file', 'vars.yaml', 'good.yaml')
    expect(bad).toMatchObject({ code: 3, stderr: expect.stringContaining('vars.yaml:1:1') })
    expect((await millrace('expand', '--vars-file', 'gone.yaml', 'good.yaml')).stderr).toContain(
      'there is no such file',
    )
  })
})

describe('millrace format', () => {
  const LOOSE = 'package:\n    name: good\n    version: "1.0" # why\npipeline:\n- uses: own\n'
  const TIGHT = 'package:\n  name: good\n  version: "1.0" # why\n\npipeline:\n  - uses: own\n'

  it('rewrites files in place: mode and links stay, and the second time nothing changes', async () => {
    await writeFile(path('good.yaml'), LOOSE)
    await chmod(path('good.yaml'), 0o664)
    await symlink('good.yaml', path('link.yaml'))
    expect(await millrace('format', 'link.yaml')).toMatchObject({ code: 0, stdout: 'link.yaml\n' })
    expect(await readFile(path('good.yaml'), 'utf8')).toBe(TIGHT)
    expect((await stat(path('good.yaml'))).mode & 0o777).toBe(0o664)
    expect(JSON.parse((await millrace('format', '--json', '.')).stdout)).toEqual({
      files: [
        { file: 'good.yaml', changed: false },
        { file: 'link.yaml', changed: false },
      ],
    })
  })

  it('only lists what would change with --check, and ends with 4', async () => {
    await writeFile(path('good.yaml'), LOOSE)
    const { code, stdout, stderr } = await millrace('format', '--check', 'good.yaml')
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'good.yaml\n' })
    expect(stderr).toMatch(/FORMAT_DIFFERS(.|\n)*fix {3}millrace format good\.yaml/)
    expect(await readFile(path('good.yaml'), 'utf8')).toBe(LOOSE)
  })

  it('leaves what it cannot read, tells where, and does the others', async () => {
    await writeFile(path('good.yaml'), LOOSE)
    await writeFile(path('bad.yaml'), 'a: b: c\n')
    const { code, stdout, stderr } = await millrace('format', '.')
    expect({ code, stdout }).toEqual({ code: 3, stdout: 'good.yaml\n' })
    expect(stderr).toContain('bad.yaml:1:4')
    expect(await readFile(path('bad.yaml'), 'utf8')).toBe('a: b: c\n')
  })
})
