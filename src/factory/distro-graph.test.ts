// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { someDistro } from '../../test/support/mill-process.ts'
import { readDistro } from './distro.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'millrace-distro-'))
  await someDistro(directory, [], [])
})
afterEach(() => rm(directory, { recursive: true, force: true }))

/** @param needs names in the build environment; @param runs at run time; @param tests in the environment of the test. */
async function recipe(name: string, needs: string[], runs: string[] = [], tests?: string[]): Promise<void> {
  const list = (names: readonly string[]) => `[${names.map((one) => JSON.stringify(one)).join(', ')}]`
  await writeFile(
    join(directory, 'packages', `${name}.yaml`),
    [
      'package:',
      `  name: ${name}`,
      '  version: "1.0"',
      '  epoch: 0',
      '  dependencies:',
      `    runtime: ${list(runs)}`,
      'environment:',
      '  contents:',
      `    packages: ${list(needs)}`,
      'pipeline:',
      '  - runs: "true"',
      ...(tests === undefined
        ? []
        : [
            'test:',
            '  environment:',
            '    contents:',
            `      packages: ${list(tests)}`,
            '  pipeline:',
            '    - runs: "true"',
          ]),
    ].join('\n'),
  )
}

const read = () => readDistro(directory, 'x86_64')
const names = (all: ReadonlySet<string> | undefined) => [...(all ?? [])].sort()

describe('the graph of a distro', () => {
  it('knows what a build rests on: what it names, and all that these need', async () => {
    await recipe('libz', [])
    await recipe('libcurl', ['libz'])
    await recipe('app', ['libcurl', 'build-base'])
    const { graph } = await read()
    expect(names(graph.buildClosure.get('app'))).toEqual(['libcurl', 'libz'])
    expect(graph.order.indexOf('libz')).toBeLessThan(graph.order.indexOf('app'))
  })

  it('takes names of the seed from the seed, even when a recipe makes them', async () => {
    await recipe('make', [])
    await recipe('app', ['make'], ['make'], ['make'])
    const { graph } = await read()
    expect(names(graph.closure.get('app'))).toEqual([])
  })

  it('lets tests and run time wait for more than the build does', async () => {
    await recipe('server', [])
    await recipe('app', [], [], ['server'])
    const { graph } = await read()
    expect(names(graph.buildClosure.get('app'))).toEqual([])
    expect(names(graph.closure.get('app'))).toEqual(['server'])
  })

  it('keeps what tests of a library need out of the builds that rest on it', async () => {
    await recipe('busybox', [], [], [])
    await recipe('baselayout', [], [], [])
    await recipe('libz', [], ['baselayout'], ['server'])
    await recipe('server', [], [], [])
    await recipe('app', ['libz'], [], [])
    const { graph } = await read()
    expect(names(graph.buildClosure.get('app'))).toEqual(['baselayout', 'libz'])
    expect(names(graph.closure.get('app'))).toEqual(['baselayout', 'busybox', 'libz', 'server'])
  })

  it('gives every test the shell that the distro makes, but not what that shell is made of', async () => {
    await recipe('baselayout', [], [], [])
    await recipe('busybox', ['libshell'], ['baselayout'], [])
    await recipe('libshell', [], [], [])
    await recipe('app', [], [], [])
    const { graph } = await read()
    expect(names(graph.runsOn.get('app'))).toEqual(['busybox'])
    expect(names(graph.runsOn.get('libshell'))).toEqual([])
    expect(names(graph.runsOn.get('baselayout'))).toEqual([])
  })

  it('builds everything after what may come into its environment unasked, except what that is built on', async () => {
    const facts = 'namespace: x\nsource-date-epoch: 1\nbuild-companions: { gcc: options }\n'
    await writeFile(join(directory, 'distro.yaml'), facts)
    await recipe('options', ['tool'], [], [])
    await recipe('tool', [])
    await recipe('busybox', ['libc'], [], [])
    await recipe('libc', [], [], [])
    const { graph } = await read()
    expect(names(graph.buildClosure.get('libc'))).toEqual(['options', 'tool'])
    expect(names(graph.buildClosure.get('options'))).toEqual(['tool'])
    expect(names(graph.closure.get('options'))).toEqual(['tool'])
    expect(names(graph.closure.get('tool'))).toEqual([])
  })

  it('has no circle: one is refused, with the place where its first recipe asks for the next', async () => {
    await recipe('hen', ['busybox', 'egg'])
    await recipe('egg', [], ['hen'])
    await expect(read()).rejects.toMatchObject({
      code: 'DEPENDENCY_CYCLE',
      why: 'they are built on each other in a circle: egg → hen → egg',
      at: { file: join(directory, 'packages', 'egg.yaml'), line: 6, column: 15 },
    })
  })

  it('shows the shortest of several circles', async () => {
    await recipe('a', ['b'])
    await recipe('b', ['c'])
    await recipe('c', ['d'])
    await recipe('d', ['a', 'y'])
    await recipe('y', [], [], ['z'])
    await recipe('z', ['y'])
    await expect(read()).rejects.toMatchObject({
      why: 'they are built on each other in a circle: y → z → y',
      at: { file: join(directory, 'packages', 'y.yaml'), line: 15, column: 18 },
    })
  })

  it('says which pipeline a recipe with a misspelt one may have meant', async () => {
    await writeFile(
      join(directory, 'packages', 'app.yaml'),
      'package:\n  name: app\n  version: "1.0"\n  epoch: 0\npipeline:\n  - uses: autoconf/cofigure\n',
    )
    const { broken } = await read()
    expect(broken[0]?.error).toMatchObject({
      code: 'RECIPE_INVALID',
      why: 'there is no pipeline of that name',
      fix: 'did you mean autoconf/configure? If not: a pipeline of your own is a file pipelines/autoconf/cofigure.yaml beside the recipe, in distro/, or below --pipeline-dir',
      at: { file: join(directory, 'packages', 'app.yaml'), line: 6, column: 11 },
    })
  })

  it('goes on without a recipe that cannot be read, and says which', async () => {
    await recipe('good', [])
    await writeFile(join(directory, 'packages', 'bad.yaml'), 'package: [')
    const { recipes, broken } = await read()
    expect([...recipes.keys()]).toEqual(['good'])
    expect(broken).toMatchObject([{ name: 'bad', error: { code: 'RECIPE_INVALID' } }])
  })
})
