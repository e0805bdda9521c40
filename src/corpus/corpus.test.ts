// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { digestOf, makeTempDirectory, type TempDirectory } from '../base/index.ts'
import { type CorpusOptions, expandCorpus } from './index.ts'
import { decodeIndex, encodeIndex, type KnownRecipe } from './index-file.ts'

const recipe = (name: string, rest = '') => `package:\n  name: ${name}\n  version: 1.0\n${rest}`
const uses = (...names: string[]) => `pipeline:\n${names.map((name) => `  - uses: ${name}\n`).join('')}`
const needing = (name: string) => `needs:\n  packages:\n    - ${name}\npipeline:\n  - runs: x\n`

let temp: TempDirectory
let recipes: string
let options: CorpusOptions
let anew: string[]

const write = (path: string, text: string) => writeFile(join(recipes, path), text)
/** Long ago: times that are as good as now are not trusted. */
const age = async () => {
  for (const name of await readdir(recipes, { recursive: true }))
    await utimes(join(recipes, name), 1_000_000_000, 1_000_000_000)
}
const expandAll = async (more: Partial<CorpusOptions> = {}) => {
  anew = []
  const entries = await expandCorpus([recipes], { ...options, ...more })
  return entries.map(({ recipe, error, file }) => [
    file.slice(recipes.length + 1),
    error === undefined ? recipe.environment.join(' ') : error.why,
  ])
}

beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-corpus')
  recipes = join(temp.path, 'recipes')
  await mkdir(join(recipes, 'pipelines', 'deep'), { recursive: true })
  await mkdir(join(temp.path, 'distro', 'pipelines'), { recursive: true })
  await write('a.yaml', recipe('a', uses('one')))
  await write('b.yaml', recipe('b', uses('deep/two')))
  await write('c.yaml', recipe('c'))
  await write('pipelines/one.yaml', needing('x'))
  await write('pipelines/deep/two.yaml', 'pipeline:\n  - uses: three\n')
  await writeFile(join(temp.path, 'distro/pipelines/three.yaml'), needing('y'))
  options = {
    arch: 'x86_64',
    distroDirectory: join(temp.path, 'distro'),
    cacheDirectory: join(temp.path, 'cache'),
    onExpand: (file) => void anew.push(file.slice(recipes.length + 1)),
  }
})
afterEach(() => temp[Symbol.asyncDispose]())

const ALL = [
  ['a.yaml', 'x'],
  ['b.yaml', 'y'],
  ['c.yaml', ''],
]

describe('a corpus', () => {
  it('is the recipes of its directories in the order of their bytes, without pipelines and hidden files', async () => {
    await write('B.yaml', recipe('B'))
    await write('.melange.yaml', 'x')
    await write('notes.txt', 'x')
    expect((await expandAll()).map(([file]) => file)).toEqual(['B.yaml', 'a.yaml', 'b.yaml', 'c.yaml'])
  })

  it('has the files in the order they are named, each once', async () => {
    const paths = ['c.yaml', 'a.yaml', 'c.yaml'].map((name) => join(recipes, name))
    const entries = await expandCorpus(paths, options)
    expect(entries.map(({ recipe }) => recipe?.name)).toEqual(['c', 'a'])
  })

  it('looks for pipelines where it is told to, then beside the recipe, then in the distro', async () => {
    await writeFile(join(temp.path, 'distro/pipelines/one.yaml'), needing('of-the-distro'))
    expect((await expandAll())[0]).toEqual(['a.yaml', 'x'])
    const named = join(temp.path, 'named')
    await mkdir(named)
    await writeFile(join(named, 'one.yaml'), needing('named'))
    expect((await expandAll({ pipelineDirectories: [named] }))[0]).toEqual(['a.yaml', 'named'])
    await rm(join(recipes, 'pipelines/one.yaml'))
    expect((await expandAll())[0]).toEqual(['a.yaml', 'of-the-distro'])
  })

  it('tells what is wrong with one recipe and goes on with the others', async () => {
    await write('b.yaml', recipe('b', uses('nothing')))
    expect(await expandAll()).toEqual([ALL[0], ['b.yaml', 'there is no pipeline of that name'], ALL[2]])
  })

  it.each(['gone', 'pipelines/deep/gone.yaml'])(
    'that is not there (%s) is an error in words',
    async (path) => {
      await expect(expandCorpus([join(recipes, path)], options)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        why: 'there is no such file or directory',
      })
    },
  )

  it('of many recipes is expanded by several threads as by one', async () => {
    for (let index = 0; index < 450; index++) await write(`r${index}.yaml`, recipe(`r${index}`, uses('one')))
    await write('r7.yaml', recipe('r7', 'foo: bar\n'))
    const entries = await expandCorpus([recipes], { ...options, cacheDirectory: null })
    expect(entries).toHaveLength(453)
    expect(entries.filter(({ recipe }) => recipe?.environment[0] === 'x')).toHaveLength(450)
    expect(entries.find(({ file }) => file.endsWith('/r7.yaml'))?.error).toMatchObject({
      code: 'RECIPE_INVALID',
      at: { line: 4, column: 1 },
    })
  })
})

describe('a corpus that was expanded before', () => {
  beforeEach(async () => {
    await age()
    expect(await expandAll()).toEqual(ALL)
    expect(anew).toEqual(['a.yaml', 'b.yaml', 'c.yaml'])
  })

  it('is not expanded again', async () => {
    expect(await expandAll()).toEqual(ALL)
    expect(anew).toEqual([])
  })

  it('is expanded again where a recipe changed', async () => {
    await write('c.yaml', recipe('c', uses('one')))
    expect(await expandAll()).toEqual([ALL[0], ALL[1], ['c.yaml', 'x']])
    expect(anew).toEqual(['c.yaml'])
  })

  it('is not where a recipe was only touched', async () => {
    await utimes(join(recipes, 'c.yaml'), 1_100_000_000, 1_100_000_000)
    expect(await expandAll()).toEqual(ALL)
    expect(anew).toEqual([])
  })

  it.each<[what: string, change: () => Promise<void>, anew: string[]]>([
    ['pipeline it uses', () => write('pipelines/one.yaml', needing('z')), ['a.yaml']],
    [
      'pipeline that one it uses uses',
      () => writeFile(join(temp.path, 'distro/pipelines/three.yaml'), needing('z')),
      ['b.yaml'],
    ],
    [
      'pipeline that stands over the one it used',
      () => write('pipelines/three.yaml', needing('z')),
      ['b.yaml'],
    ],
  ])('is expanded again exactly where there is another %s', async (_, change, wanted) => {
    await change()
    const now = await expandAll()
    expect(anew).toEqual(wanted)
    expect(now.filter(([, environment]) => environment === 'z').map(([file]) => file)).toEqual(wanted)
  })

  it('tries again what could not be expanded', async () => {
    await write('b.yaml', recipe('b', uses('late')))
    await expandAll()
    await write('pipelines/late.yaml', needing('l'))
    expect((await expandAll())[1]).toEqual(['b.yaml', 'l'])
    expect(anew).toEqual(['b.yaml'])
  })

  it('is another corpus with other settings', async () => {
    await expandAll({ arch: 'aarch64' })
    expect(anew).toHaveLength(3)
  })

  it.each<[name: string, damage: (bytes: Buffer) => Buffer | string]>([
    ['cut off', (bytes) => bytes.subarray(0, bytes.length / 2)],
    ['empty', () => ''],
    [
      'changed in one bit',
      (bytes) => Buffer.from(bytes.map((byte, index) => (index === 300 ? byte ^ 1 : byte))),
    ],
    ['of another program', () => '{"hello": "world"}'],
  ])('begins anew when its file is %s, and writes it again', async (_, damage) => {
    const [name = ''] = await readdir(join(temp.path, 'cache'))
    const file = join(temp.path, 'cache', name)
    const good = await readFile(file)
    await writeFile(file, damage(good))
    expect(await expandAll()).toEqual(ALL)
    expect(anew).toHaveLength(3)
    expect(await readFile(file)).toEqual(good)
  })

  it('works where nothing can be kept', async () => {
    await writeFile(join(temp.path, 'file'), '')
    expect(await expandAll({ cacheDirectory: join(temp.path, 'file') })).toEqual(ALL)
  })
})

describe('an index', () => {
  it('of another shape with the right digest is as good as none', () => {
    expect(decodeIndex(encodeIndex({ pipelines: [], recipes: [] }))).toEqual({ pipelines: [], recipes: [] })
    const known: KnownRecipe = {
      recipe: {
        ...{ file: 'f', digest: digestOf('text'), name: 'n', version: '1', epoch: 0 },
        ...{ packages: [], environment: ['e'], tests: [], sources: [], targetArchitectures: [] },
        pipelines: { build: [], test: [] },
      },
      stamp: undefined,
      uses: [],
    }
    const recipes = [known]
    expect(decodeIndex(encodeIndex({ pipelines: [], recipes }))?.recipes).toHaveLength(1)
    const odd = JSON.parse('"text"') as number
    const oddRecipes = [{ ...known, recipe: { ...known.recipe, epoch: odd } }]
    expect(decodeIndex(encodeIndex({ pipelines: [], recipes: oddRecipes }))).toBeUndefined()
  })
})
