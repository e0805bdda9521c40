// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand, type TempDirectory } from '../../src/base/index.ts'
import {
  type ExpandedRecipe,
  type ExpandedSource,
  expandRecipe,
  type FindPipeline,
  findRecipeProblems,
  isTargeted,
  type ParsedPipeline,
  parseRecipe,
  recipeGraph,
  scriptsOf,
} from '../../src/recipe/index.ts'
import { findOurs } from '../support/run-pipeline.ts'
import { findShared } from '../support/shared.ts'

/** What melange's own compile makes of a recipe; lists are sorted. */
interface Golden {
  readonly recipe: string
  readonly error?: string
  readonly version: string
  readonly epoch: number
  readonly environment: readonly string[]
  readonly packages: readonly {
    readonly name: string
    readonly runtime: readonly string[]
    readonly provides: readonly string[]
    readonly replaces: readonly string[]
    readonly providerPriority?: string
  }[]
  readonly sources: readonly Readonly<Record<string, string>>[]
}

const corpus = join(findShared() ?? '', 'corpus')
const reason = existsSync(join(corpus, 'README.md')) ? '' : 'there is no corpus beside the checkout'
if (reason !== '') console.warn(`corpus tests (skipped: ${reason})`)

describe.skipIf(reason !== '').each(['2025-04-15', '2026-08-22'])('the recipes of %s', (snapshot) => {
  let temp: TempDirectory
  let goldens: readonly Golden[]
  const expanded = new Map<string, ExpandedRecipe>()
  const failures: string[] = []

  beforeAll(async () => {
    temp = await makeTempDirectory(tmpdir(), 'millrace-corpus')
    await unpack(snapshot, temp.path)
    goldens = readGoldens(join(temp.path, 'golden.jsonl'))
    const expand = expander(temp.path)
    for (const { recipe } of goldens) {
      try {
        expanded.set(recipe, expand(recipe))
      } catch (error) {
        failures.push(`${recipe}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  })
  afterAll(() => temp[Symbol.asyncDispose]())

  it('all parse and expand', () => {
    expect(failures).toEqual([])
    expect(expanded.size).toBeGreaterThan(3000)
  })

  it('give the packages, dependencies and environments that melange gives', () => {
    const differing = goldens.flatMap((golden) => {
      const ours = expanded.get(golden.recipe)
      if (golden.error !== undefined || ours === undefined) return []
      const [mine, theirs] = [summaryOf(ours), summaryOfGolden(golden)]
      return JSON.stringify(mine) === JSON.stringify(theirs) ? [] : [{ mine, theirs }]
    })
    expect(differing).toEqual([])
  })

  it('name the sources that melange names, without those of steps whose if does not hold', () => {
    for (const golden of goldens) {
      const ours = expanded.get(golden.recipe)
      if (golden.error !== undefined || ours === undefined) continue
      const theirs = golden.sources.map((source) => JSON.stringify(sorted(source)))
      const mine = ours.sources.map((source) => JSON.stringify(sorted(asGolden(source))))
      const text = readFileSync(join(temp.path, `${golden.recipe}.yaml`), 'utf8')
      if (/^ *-? *if:/m.test(text)) expect(theirs, golden.recipe).toEqual(expect.arrayContaining(mine))
      else expect(mine, golden.recipe).toEqual(theirs)
    }
  })

  it('are for another architecture where melange skips them', () => {
    const skipped = goldens.filter(({ error }) => error !== undefined).map(({ recipe }) => recipe)
    const untargeted = [...expanded.values()].filter(
      ({ targetArchitectures, arch }) => !isTargeted(targetArchitectures, arch),
    )
    expect(untargeted.map(({ name }) => name)).toEqual(skipped)
  })

  it('leave nothing to substitute in what steps run', () => {
    for (const recipe of expanded.values()) {
      const steps = [...recipe.packages, ...recipe.tests.values()].flatMap((part) => part.steps)
      for (const { script } of scriptsOf(steps)) expect(script).not.toMatch(/\$\{\{ *[a-z]+\.[a-z]/)
    }
  })

  it('have no problems to report', () => {
    for (const { recipe } of goldens.slice(0, 300)) {
      const file = `${recipe}.yaml`
      expect(findRecipeProblems(readFileSync(join(temp.path, file), 'utf8'), file)).toEqual([])
    }
  })

  it('are built on each other as it is known of them', () => {
    const { buildsOn } = recipeGraph([...expanded.values()])
    const edges = [...buildsOn.values()].reduce((total, on) => total + on.size, 0)
    expect(edges).toBeGreaterThan(8 * expanded.size)
  })
})

async function unpack(snapshot: string, directory: string): Promise<void> {
  const archive = join(corpus, `wolfi-${snapshot}.tar.xz`)
  const golden = join(corpus, `golden-${snapshot}.jsonl.xz`)
  const script = 'tar -xJf "$1" -C "$3" && xz -dc "$2" > "$3/golden.jsonl"'
  const { code, stderr } = await runCommand({
    program: 'sh',
    args: ['-c', script, 'sh', archive, golden, directory],
    env: { PATH: '/usr/bin:/bin' },
  })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
}

function readGoldens(file: string): Golden[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Golden)
}

/** Recipes as their own repository builds them: its pipelines first, then ours. */
function expander(directory: string): (recipe: string) => ExpandedRecipe {
  const parsed = new Map<string, ParsedPipeline>()
  const find: FindPipeline = (name) => {
    const file = join(directory, 'pipelines', `${name}.yaml`)
    return existsSync(file) ? { text: readFileSync(file, 'utf8'), file } : findOurs(name)
  }
  return (recipe) => {
    const file = `${recipe}.yaml`
    return expandRecipe(parseRecipe(readFileSync(join(directory, file), 'utf8'), file), {
      arch: 'x86_64',
      find,
      parsed,
    })
  }
}

function summaryOf({ name, version, epoch, environment, packages }: ExpandedRecipe) {
  return {
    name,
    version,
    epoch,
    environment: environment.packages,
    packages: packages.map(({ name, dependencies: { runtime, provides, replaces, providerPriority } }) => ({
      name,
      runtime: runtime.toSorted(),
      provides: provides.toSorted(),
      replaces: replaces.toSorted(),
      providerPriority,
    })),
  }
}

function summaryOfGolden({ packages, version, epoch, environment }: Golden) {
  return {
    name: packages[0]?.name,
    version,
    epoch,
    environment,
    packages: packages.map(({ name, runtime, provides, replaces, providerPriority = '0' }) => ({
      name,
      runtime,
      provides,
      replaces,
      providerPriority: Number(providerPriority),
    })),
  }
}

function asGolden(source: ExpandedSource): Record<string, string> {
  const all =
    source.kind === 'fetch'
      ? { uri: source.uri, 'expected-sha256': source.sha256, 'expected-sha512': source.sha512 }
      : {
          repository: source.repository,
          tag: source.tag,
          branch: source.branch,
          'expected-commit': source.commit,
        }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)))
}
