// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand, type TempDirectory } from '../../base/index.ts'
import {
  cutCycles,
  type GraphCorpus,
  placedChain,
  predictRebuild,
  readChange,
  readGraphCorpus,
  summarizeGraph,
} from '../index.ts'

let temp: TempDirectory
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-corpus-graph')
})
afterEach(() => temp[Symbol.asyncDispose]())

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(temp.path, path)), { recursive: true })
  writeFileSync(join(temp.path, path), text)
}

interface Given {
  readonly builds?: readonly string[]
  readonly runs?: readonly string[]
  readonly uses?: string
  readonly tests?: readonly string[]
  readonly arches?: string
}

/** Written the same way each time, so that lines can be counted. */
function recipe(name: string, { builds = [], runs = [], uses, tests, arches }: Given = {}): void {
  const list = (names: readonly string[]) => `[${names.join(', ')}]`
  const lines = [
    `package: {name: ${name}, version: "1.0", epoch: 0${arches === undefined ? '' : `, target-architecture: [${arches}]`},`,
    `  dependencies: {runtime: ${list(runs)}}}`,
    `environment: {contents: {packages: ${list(builds)}}}`,
    'pipeline:',
    uses === undefined ? '  - runs: make' : `  - uses: ${uses}`,
    'subpackages:',
    `  - {name: "\${{package.name}}-dev", dependencies: {runtime: [${name}]}}`,
    ...(tests === undefined
      ? []
      : ['test:', `  environment: {contents: {packages: ${list(tests)}}}`, '  pipeline: [{runs: ./it}]']),
  ]
  write(`${name}.yaml`, `${lines.join('\n')}\n`)
}

const read = (seedNames: string | null = null): Promise<GraphCorpus> =>
  readGraphCorpus([temp.path], { arch: 'x86_64', distroDirectory: temp.path, seedNames })

describe('a corpus', () => {
  it('is read without the recipes that are broken or for other architectures, and says so', async () => {
    recipe('app', { builds: ['libz-dev', 'lost'] })
    recipe('libz')
    recipe('arm', { arches: 'aarch64' })
    write('bad.yaml', 'package: [')
    const summary = summarizeGraph(await read(), ['environment'])
    expect(summary).toMatchObject({
      recipes: 2,
      packages: 4,
      elsewhere: 1,
      edges: { build: 1, environment: 1 },
      widths: [1, 1],
    })
    expect(summary.broken).toMatchObject([{ file: join(temp.path, 'bad.yaml') }])
    expect(summary.unanswered).toEqual([{ wanted: 'lost', by: ['app'] }])
  })

  it('is refused when two recipes have one name', async () => {
    recipe('app')
    write('other.yaml', 'package: {name: app, version: "1", epoch: 0}\npipeline: [{runs: make}]\n')
    await expect(read()).rejects.toMatchObject({
      code: 'RECIPE_INVALID',
      at: { file: join(temp.path, 'other.yaml') },
    })
  })

  it('takes what the seed provides for given, from a file with a name a line', async () => {
    recipe('hen', { builds: ['egg'] })
    recipe('egg', { builds: ['hen'] })
    write('names.txt', '# the seed\n\nhen  # and nothing else\n')
    expect(summarizeGraph(await read(), ['build']).cycles).toHaveLength(1)
    expect(summarizeGraph(await read(join(temp.path, 'names.txt')), ['build']).cycles).toEqual([])
    await expect(read(join(temp.path, 'gone.txt'))).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('shows each cycle as its shortest way around, with the place of every wish', async () => {
    recipe('a', { builds: ['tool'] })
    recipe('tool', { runs: ['b'] })
    recipe('b', { uses: 'brew' })
    recipe('c', { builds: ['a', 'd'] })
    recipe('d', { builds: ['b'] })
    write('pipelines/brew.yaml', 'needs: {packages: [c-dev]}\npipeline: [{runs: brew}]\n')
    const { cycles } = summarizeGraph(await read(), ['environment'])
    const at = (file: string, line: number, column: number) => ({ file: join(temp.path, file), line, column })
    expect(cycles).toHaveLength(1)
    expect(cycles[0]?.recipes).toEqual(['a', 'b', 'c', 'd'])
    expect(cycles[0]?.shortest.map(({ from, to }) => `${from} ${to}`)).toEqual(['a b', 'b c', 'c a'])
    expect(
      cycles[0]?.shortest.flatMap(({ wishes }) => wishes.map(({ wanted, at: place }) => [wanted, place])),
    ).toEqual([
      ['tool', at('a.yaml', 3, 37)],
      ['b', at('tool.yaml', 2, 28)],
      ['c-dev', at('b.yaml', 5, 11)],
      ['a', at('c.yaml', 3, 37)],
    ])
  })

  it('places a wish that a variable stands in, and one that nothing shows at the file alone', async () => {
    write(
      'app.yaml',
      'package: {name: app, version: "1.2", epoch: 0}\nenvironment: {contents: {packages: ["lib-${{package.version}}"]}}\npipeline: [{runs: make}]\n',
    )
    recipe('lib-1.2')
    const corpus = await read()
    expect(placedChain(corpus, ['app', 'lib-1.2'], ['build'])[0]?.wishes[0]?.at).toMatchObject({
      line: 2,
      column: 37,
    })
    write('app.yaml', 'package: [')
    expect(placedChain(corpus, ['app', 'lib-1.2'], ['build'])[0]?.wishes[0]?.at).toEqual({
      file: join(temp.path, 'app.yaml'),
    })
  })

  it('has an order once a seed provides what breaks its cycles, by the names that are told', async () => {
    recipe('a', { builds: ['hub-dev'] })
    recipe('b', { builds: ['hub'] })
    recipe('hub', { builds: ['a', 'b'] })
    const cut = cutCycles(await read(), ['environment'])
    expect(cut).toEqual({ recipes: ['hub'], names: ['hub', 'hub-dev'], widths: [1, 2] })
    write('names.txt', cut.names.join('\n'))
    expect(summarizeGraph(await read(join(temp.path, 'names.txt')), ['environment']).cycles).toEqual([])
  })
})

describe('a change', () => {
  beforeEach(() => {
    recipe('libz', { uses: 'make' })
    recipe('tool', { builds: ['libz-dev'] })
    recipe('app', { builds: ['tool'], uses: 'make' })
    recipe('static', { builds: ['libz'] })
    recipe('tested', { tests: ['app'] })
    recipe('aside')
    write('pipelines/make.yaml', 'pipeline: [{runs: make}]\n')
    write('pipelines/unused.yaml', 'pipeline: [{runs: true}]\n')
    write('libz/fix.patch', 'a patch')
    write('README.md', 'about it')
  })
  const change = async (given: string) =>
    readChange({ exec: runCommand, home: temp.path }, await read(), given)
  const predict = async (given: string, direct = false) =>
    predictRebuild(await read(), await change(given), { times: new Map(), workers: 2, direct })

  it.each([
    ['libz', { kind: 'recipe', recipes: ['libz'], holders: null }],
    ['libz-dev', { kind: 'package', recipes: ['libz'], holders: ['tool'] }],
    ['package:libz', { kind: 'package', recipes: ['libz'], holders: ['static', 'tool'] }],
    ['make', { kind: 'pipeline', recipes: ['app', 'libz'] }],
    ['unused', { kind: 'pipeline', recipes: [] }],
    ['tool.yaml', { kind: 'file', recipes: ['tool'], unread: [] }],
    ['libz/fix.patch', { kind: 'file', recipes: ['libz'] }],
    ['pipelines/make.yaml', { kind: 'file', recipes: ['app', 'libz'] }],
    ['README.md', { kind: 'file', recipes: [], unread: ['README.md'] }],
  ])('%s is known for what it is', async (given, want) => {
    expect(await change(given)).toMatchObject({ given, ...want })
  })

  it('that is nothing of the corpus is told, with what may have been meant', async () => {
    await expect(change('lib')).rejects.toMatchObject({ code: 'NOT_FOUND', fix: 'did you mean libz?' })
    await expect(change('pipeline:mak')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      fix: 'did you mean make?',
    })
    await expect(change('/etc/hostname')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  it('of commits is what git says of the files between them, removed ones among them', async () => {
    const git = (...args: readonly string[]) =>
      execFileSync('git', ['-C', temp.path, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        encoding: 'utf8',
      })
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '-m', 'one')
    recipe('tool', { builds: ['libz-dev', 'static'] })
    write('libz/fix.patch', 'another')
    git('rm', '--quiet', 'aside.yaml')
    git('commit', '--quiet', '-a', '-m', 'two')
    expect(await change('HEAD~1..HEAD')).toMatchObject({
      kind: 'commits',
      recipes: ['libz', 'tool'],
      unread: ['aside.yaml'],
    })
    await expect(change('HEAD~9..HEAD')).rejects.toMatchObject({ code: 'TOOL_FAILED' })
    await expect(change('--output=x..y')).rejects.toMatchObject({ code: 'TOOL_FAILED' })
  })

  it('of a recipe makes all be built anew that rests on it, after what it needs, and what is tested with that be tested', async () => {
    expect(await predict('libz')).toMatchObject({
      ...{ direct: 3, rebuilt: ['libz', 'static', 'tool', 'app'], widths: [1, 2, 1] },
      ...{ retested: ['tested'], time: null },
    })
  })

  it('of a package makes only those be built anew whose environment holds it', async () => {
    expect((await predict('libz-dev')).rebuilt).toEqual(['libz', 'tool', 'app'])
  })

  it('is followed one step when no more is asked for', async () => {
    expect((await predict('libz', true)).rebuilt).toEqual(['libz', 'static', 'tool'])
  })

  it('of what is in a cycle begins with what changed: that is built with what there is', async () => {
    recipe('libz', { builds: ['app'] })
    expect((await predict('libz')).rebuilt).toEqual(['libz', 'static', 'tool', 'app'])
  })

  it('has a predicted time from the builds that were measured, the others taken for their median', async () => {
    const times = new Map([
      ['libz', 100],
      ['tool', 300],
      ['app', 50],
    ])
    const { time } = predictRebuild(await read(), await change('libz'), { times, workers: 2, direct: false })
    expect(time).toEqual({
      ...{ known: 3, unknown: 1, medianMs: 100, totalMs: 550, workers: 2, onWorkersMs: 450 },
      criticalPath: { names: ['libz', 'tool', 'app'], timeMs: 450 },
    })
  })
})
