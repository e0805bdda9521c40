// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { makeTempDirectory, runCommand, type TempDirectory } from '../../src/base/index.ts'
import { expansionJson } from '../../src/cli/renderers/expansion.ts'
import { type CorpusEntry, expandCorpus, recipeNameOf } from '../../src/corpus/index.ts'
import { type BuildPlan, buildKey, formatPlan, planBuild } from '../../src/plan/index.ts'
import {
  type ExpandedRecipe,
  expandRecipe,
  type FindPipeline,
  findRecipeProblems,
  formatRecipe,
  isTargeted,
  type ParsedPipeline,
  parseRecipe,
  recipeGraph,
  scriptsOf,
} from '../../src/recipe/index.ts'
import { jsonSchemaCheck } from '../support/json-schema.ts'
import { findOurs, PIPELINES } from '../support/run-pipeline.ts'
import { findShared } from '../support/shared.ts'

/** What melange's own compile makes of a recipe; lists are sorted. */
interface Golden {
  readonly recipe: string
  readonly error?: string
}

const corpus = join(findShared() ?? '', 'corpus')
const reason = existsSync(join(corpus, 'README.md')) ? '' : 'there is no corpus beside the checkout'
if (reason !== '') console.warn(`corpus tests (skipped: ${reason})`)

/** Every recipe is read some times, and written once. */
const SLOW_MS = 300_000

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

  it('are to the letter what melange makes of them: packages, environments and sources', async () => {
    const { entries } = await expandAgain(temp.path)
    const lines = new Map(entries.map((entry) => [recipeNameOf(entry.file), lineOf(entry)]))
    const wanted = goldens.filter(({ error }) => error === undefined)
    const differing = wanted.filter(
      ({ recipe, ...line }) => sortedJson(lines.get(recipe)) !== sortedJson({ recipe, ...line }),
    )
    expect(differing.map(({ recipe }) => recipe)).toEqual([])
    expect(lines.size).toBe(goldens.length)
    console.info(
      `${snapshot}: ${wanted.length} of ${goldens.length} recipes expanded as melange expands them`,
    )
  })

  it('are expanded once: what did not change is known the next time', async () => {
    const { expanded: anew } = await expandAgain(temp.path)
    expect(anew).toBe(0)
  })

  it(
    'are written by format as they mean, with every comment, and the second time as the first',
    () => {
      const texts = goldens.map(
        ({ recipe }) => [recipe, readFileSync(join(temp.path, `${recipe}.yaml`), 'utf8')] as const,
      )
      // That nothing is lost, format sees to itself: it refuses.
      const formatted = texts.map(([recipe, text]) => [recipe, text, formatRecipe(text, recipe)] as const)
      const changed = formatted.filter(([, text, once]) => text !== once)
      const restless = changed.filter(([recipe, , once]) => formatRecipe(once, recipe) !== once)
      expect(restless.map(([recipe]) => recipe)).toEqual([])
      const unchanged = texts.length - changed.length
      expect(unchanged).toBeGreaterThan(0.97 * texts.length)
      console.info(`${snapshot}: ${unchanged} of ${texts.length} recipes stay as they are when formatted`)
    },
    SLOW_MS,
  )

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

  it(
    'have no problems to report, neither for lint nor for an editor that has our JSON Schema',
    () => {
      const check = jsonSchemaCheck('recipe')
      const problems = goldens.flatMap(({ recipe }) => {
        const file = `${recipe}.yaml`
        const text = readFileSync(join(temp.path, file), 'utf8')
        return [...findRecipeProblems(text, file).map(String), ...check(parse(text), file)]
      })
      expect(problems).toEqual([])
    },
    SLOW_MS,
  )

  it('are planned: every plan is canonical JSON that names all it has, under a key of its own', () => {
    const expandAnew = expander(temp.path)
    const keys = new Set<string>()
    for (const [recipe, first] of expanded) {
      const plan = planOf(first)
      const text = formatPlan(plan)
      expect(formatPlan(JSON.parse(text) as BuildPlan)).toBe(text)
      expect(buildKey(planOf(expandAnew(recipe)))).toBe(buildKey(plan))
      keys.add(buildKey(plan))
    }
    expect(keys.size).toBe(expanded.size)
    console.info(`${snapshot}: ${keys.size} of ${goldens.length} recipes planned`)
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

const FACTS = { namespace: 'wolfi', sourceDateEpoch: 1_700_000_000, documentationReaders: {} }

/** What an environment holds is another matter: the solver has tests of its own over the environments of the corpus. */
const planOf = (recipe: ExpandedRecipe): BuildPlan => planBuild(recipe, FACTS, [], [])

/** Every recipe by way of the corpus, on all cores, with what is known of it kept beside. */
async function expandAgain(
  directory: string,
): Promise<{ readonly entries: readonly CorpusEntry[]; readonly expanded: number }> {
  let expanded = 0
  const entries = await expandCorpus([directory], {
    arch: 'x86_64',
    distroDirectory: join(PIPELINES, '..'),
    cacheDirectory: join(directory, 'cache'),
    onExpand: () => {
      expanded += 1
    },
  })
  return { entries, expanded }
}

function lineOf({ file, recipe }: CorpusEntry): object | undefined {
  return recipe === undefined ? undefined : expansionJson(recipeNameOf(file), recipe)
}

function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
