// SPDX-License-Identifier: Apache-2.0
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { ERRORS, fixedClock, runCommand } from '../src/base/index.ts'
import { makeProgram } from '../src/cli/index.ts'
import { expandRecipe, findRecipeProblems, parseRecipe } from '../src/recipe/index.ts'
import { generatedFiles, ROOT, staleFiles } from '../tools/docs.ts'
import { jsonSchemaCheck } from './support/json-schema.ts'
import { findOurs } from './support/run-pipeline.ts'

interface Page {
  /** Relative to the checkout. */
  readonly path: string
  readonly text: string
  /** Without what stands in fenced blocks. */
  readonly prose: string
  readonly fenced: string
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const pages: Page[] = globSync(['*.md', 'docs/**/*.md', 'distro/**/*.md'], { cwd: ROOT })
  .sort()
  .map((path) => {
    const text = read(path)
    const blocks = [...text.matchAll(/^ *```.*\n([\s\S]*?)^ *```$/gm)]
    const fenced = blocks.map(([, body = '']) => body).join('\n')
    return { path, text, prose: blocks.reduce((rest, [block]) => rest.replace(block, ''), text), fenced }
  })

describe('generated documentation', () => {
  it('is what node tools/docs.ts writes', async () => {
    expect((await staleFiles(ROOT)).map(({ path }) => path)).toEqual([])
    expect((await generatedFiles(ROOT)).length).toBeGreaterThan(4)
  })

  it('lists every error code, and none that does not exist', () => {
    const listed = [...read('docs/errors.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code)
    expect(listed).toEqual(Object.keys(ERRORS))
  })

  it.each([
    ['recipe', 'packages', 30],
    ['image', 'images', 8],
  ] as const)(
    'has a JSON Schema of a %s that takes all of the distro’s, and refuses a key that nobody knows',
    (kind, folder, least) => {
      const check = jsonSchemaCheck(kind)
      const files = globSync(`distro/${folder}/*.yaml`, { cwd: ROOT }).filter(
        (path) => !path.endsWith('.test.yaml'),
      )
      expect(files.length).toBeGreaterThanOrEqual(least)
      expect(files.flatMap((path) => check(parse(read(path)), path))).toEqual([])
      expect(check({ nobody: 1 }, kind)).toEqual([`${kind}: must NOT have additional properties`])
    },
  )

  it.each(['recipe', 'image'])('says what each key of a %s means', (kind) => {
    const nameless: string[] = []
    const look = (schema: Schema, at: string): void => {
      for (const [key, inner] of Object.entries(schema.properties ?? {})) {
        if (inner.description === undefined) nameless.push(`${at}.${key}`)
        look(inner, `${at}.${key}`)
      }
      for (const inner of [schema.items, schema.additionalProperties])
        if (typeof inner === 'object') look(inner, `${at}[]`)
      for (const [name, inner] of Object.entries(schema.$defs ?? {})) look(inner, name)
    }
    look(JSON.parse(read(`docs/schema/${kind}.json`)) as Schema, kind)
    expect(nameless).toEqual([])
  })
})

describe('Markdown files', () => {
  it('are there for a reader who comes for the first time', () => {
    expect(pages.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'README.md',
        'ARCHITECTURE.md',
        'CONTRIBUTING.md',
        'SECURITY.md',
        'CHANGELOG.md',
      ]),
    )
  })

  it('link to what is there', () => {
    const broken = pages.flatMap(({ path, prose }) =>
      [...prose.matchAll(/\]\((?![a-z]+:)([^)#\s]*)[^)]*\)/g)]
        .map(([, target = '']) => target)
        .filter((target) => target !== '' && !existsSync(join(ROOT, dirname(path), target)))
        .map((target) => `${path}: ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('name in backticks only paths of the checkout that are there', () => {
    const form = /`((?:src|test|tools|docs|distro|web|migrations|bin|\.ci)\/[\w./*-]*|[\w.-]+\.(?:json|md))`/g
    const named = pages.flatMap(({ path, prose }) =>
      [...prose.matchAll(form)].map(([, target = '']) => ({ path, target })),
    )
    const missing = named.filter(({ target }) => {
      // NAME stands for any name.
      const pattern = target.replace(/\bNAME\b/g, '*')
      return globSync(pattern.replace(/\/$/, ''), { cwd: ROOT }).length === 0
    })
    expect(missing).toEqual([])
    expect(named.length).toBeGreaterThan(60)
  })

  it('name only commands and npm scripts that there are', async () => {
    const program = await makeProgram({
      stdout: process.stdout,
      stderr: process.stderr,
      signal: new AbortController().signal,
      clock: fixedClock(0),
    })
    const commands = new Set([...program.commands.map((command) => command.name()), 'help'])
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const wrong = pages.flatMap(({ path, text }) => [
      ...[...text.matchAll(/(?:`|^ *)(?:bin\/millrace\.js|millrace) ([a-z]+(?:-[a-z]+)*)/gm)]
        .filter(([, name = '']) => !commands.has(name))
        .map(([found]) => `${path}: ${found}`),
      ...[...text.matchAll(/\bnpm (?:run (?:--\w+ )*)?(start|test|(?<=run (?:--\w+ )*)[\w:-]+)/g)]
        .filter(([, name = '']) => scripts[name] === undefined)
        .map(([found]) => `${path}: ${found}`),
    ])
    expect(wrong).toEqual([])
  })

  it('show in CONTRIBUTING.md a recipe that is read without complaint and says what it needs', () => {
    const [, shown = ''] = /^( *package:\n[\s\S]*?)^ *```$/m.exec(read('CONTRIBUTING.md')) ?? []
    const text = shown.replace(/^ {3}/gm, '')
    expect(findRecipeProblems(text, 'hello.yaml')).toEqual([])
    const recipe = expandRecipe(parseRecipe(text, 'hello.yaml'), { arch: 'x86_64', find: findOurs })
    expect(recipe.packages.map(({ name }) => name)).toEqual(['hello', 'hello-doc'])
    expect([...recipe.tests.keys()]).toEqual(['hello'])
  })
})

describe('every tracked file', () => {
  const hosts =
    /\b(?:pypi|pythonhosted|npmjs|maven|maven\.apache|crates|golang|debian)\.(?:org|com|io|net)\b/i

  it('names no package registry by its host: each machine’s own clients know theirs', async () => {
    const { code, stdout } = await runCommand({ program: 'git', args: ['ls-files', '-z'], cwd: ROOT })
    const paths = stdout.split('\0').filter((path) => path !== '' && existsSync(join(ROOT, path)))
    const texts = paths.map((path) => ({ path, text: read(path) })).filter(({ text }) => !text.includes('\0'))
    expect({ code, many: texts.length > 500 }).toEqual({ code: 0, many: true })
    expect(texts.filter(({ text }) => hosts.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('would be seen to name one', () => {
    for (const host of ['registry.npmjs', 'files.pythonhosted', 'proxy.golang', 'repo1.maven', 'deb.debian'])
      expect(`"resolved": "https://${host}.org/x"`).toMatch(hosts)
  })
})

describe('the picture of the flow in ARCHITECTURE.md', () => {
  const picture = /<!-- flow -->([\s\S]*?)<!-- end -->/.exec(read('ARCHITECTURE.md'))?.[1] ?? ''
  const code = globSync(['src/factory/**/*.ts', 'src/image/release.ts'], { cwd: ROOT }).map(read).join('\n')
  const functions = [...picture.matchAll(/(\w+)\(\)/g)].map(([, name = '']) => name)

  it('names functions that there are', () => {
    const declared = (name: string) => new RegExp(`function ${name}\\b`).test(code)
    expect(functions.filter((name) => !declared(name))).toEqual([])
  })

  it('has every step of release in flow.ts, in its order', () => {
    const flow = read('src/factory/flow.ts')
    const body = /export async function release\([\s\S]*?\n\}/.exec(flow)?.[0] ?? ''
    const called = [...body.matchAll(/await (\w+)\(/g)].map(([, name]) => name)
    const drawn = called.filter((name) => name !== undefined && functions.includes(name))
    expect(functions.filter((name) => drawn.includes(name))).toEqual(drawn)
    expect(drawn).toEqual(called.filter((name) => name !== 'makeTestPlan'))
  })
})

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: Schema | false
  readonly items?: Schema
  readonly $defs?: Readonly<Record<string, Schema>>
}
