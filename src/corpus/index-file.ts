// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { type Digest, isDigest } from '../base/index.ts'
import type { CorpusRecipe } from './corpus-recipe.ts'
import type { UsedPipeline } from './expand-files.ts'
import type { Stamp } from './stamp.ts'

/** A recipe as it was expanded once. */
export interface KnownRecipe {
  readonly recipe: CorpusRecipe
  /** Undefined where it could not be trusted. */
  readonly stamp: Stamp | undefined
  readonly uses: readonly UsedPipeline[]
}

/** Everything a corpus was expanded to, and from which pipelines. */
export interface CorpusIndex {
  readonly pipelines: readonly UsedPipeline[]
  readonly recipes: readonly KnownRecipe[]
}

/**
 * One line with the sha256 of what follows, then JSON in which every text stands once: a few names make up most of a corpus, and what refers to them by number is read five times as fast.
 */
export function encodeIndex({ pipelines, recipes }: CorpusIndex): Buffer {
  const strings = new Map<string, number>()
  const text = (value: string): number => {
    const known = strings.get(value)
    if (known !== undefined) return known
    strings.set(value, strings.size)
    return strings.size - 1
  }
  const texts = (values: readonly string[]) => values.map(text)
  const numbers = new Map(pipelines.map((pipeline, index) => [pipeline, index]))
  const pipelineRows = pipelines.map(({ directory, name, file, digest }) =>
    texts([directory, name, file, digest]),
  )
  const recipeRows = recipes.map(({ recipe, stamp, uses }) => [
    ...texts([recipe.file, recipe.digest, recipe.name, recipe.version]),
    recipe.epoch,
    recipe.packages.map((one) => [
      ...texts([one.name, one.priorityText]),
      one.providerPriority,
      texts(one.runtime),
      texts(one.provides),
      texts(one.replaces),
    ]),
    texts(recipe.environment),
    recipe.tests.map((test) => [text(test.package), texts(test.packages)]),
    recipe.sources.map((source) => texts(Object.entries(source).flat())),
    texts(recipe.targetArchitectures),
    texts(recipe.pipelines.build),
    texts(recipe.pipelines.test),
    stamp ?? [],
    uses.flatMap((pipeline) => numbers.get(pipeline) ?? []),
  ])
  const body = JSON.stringify([[...strings.keys()], pipelineRows, recipeRows])
  return Buffer.from(`${createHash('sha256').update(body).digest('hex')}\n${body}`)
}

/** @returns undefined for bytes that {@link encodeIndex} has not written. */
export function decodeIndex(bytes: Buffer): CorpusIndex | undefined {
  const body = bytes.subarray(65)
  if (bytes.toString('latin1', 0, 65) !== `${createHash('sha256').update(body).digest('hex')}\n`)
    return undefined
  try {
    return read(JSON.parse(body.toString('utf8')))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** @throws TypeError for what has another shape */
function read(content: unknown): CorpusIndex {
  const [strings, pipelineRows, recipeRows] = list(content, list)
  if (strings === undefined || pipelineRows === undefined || recipeRows === undefined) throw new TypeError()
  const table = list(strings, (one) => of('string', one))
  const text = (index: unknown): string => table[of('number', index)] ?? fail()
  const texts = (indexes: unknown) => list(indexes, text)
  const pipelines = list(pipelineRows, (row): UsedPipeline => {
    const [directory = fail(), name = fail(), file = fail(), digest = fail()] = texts(row)
    return { directory, name, file, digest: digestIn(digest) }
  })
  const recipes = list(recipeRows, (row): KnownRecipe => {
    const [
      file,
      digest,
      name,
      version,
      epoch,
      packages,
      environment,
      tests,
      sources,
      arches,
      building,
      testing,
      stamp,
      uses,
    ] = list(row)
    return {
      recipe: {
        file: text(file),
        digest: digestIn(text(digest)),
        name: text(name),
        version: text(version),
        epoch: of('number', epoch),
        packages: list(packages, (one) => {
          const [name, priorityText, priority, runtime, provides, replaces] = list(one)
          return {
            name: text(name),
            runtime: texts(runtime),
            provides: texts(provides),
            replaces: texts(replaces),
            providerPriority: of('number', priority),
            priorityText: text(priorityText),
          }
        }),
        environment: texts(environment),
        tests: list(tests, (test) => {
          const [of, packages] = list(test)
          return { package: text(of), packages: texts(packages) }
        }),
        sources: list(sources, (source) => pairs(texts(source))),
        targetArchitectures: texts(arches),
        pipelines: { build: texts(building), test: texts(testing) },
      },
      stamp: stampIn(list(stamp, (part) => of('number', part))),
      uses: list(uses, (index) => pipelines[of('number', index)] ?? fail()),
    }
  })
  return { pipelines, recipes }
}

function list<T = unknown>(value: unknown, item: (value: unknown) => T = (value) => value as T): T[] {
  return Array.isArray(value) ? value.map((one) => item(one)) : fail()
}

function of<Kind extends 'string' | 'number'>(
  kind: Kind,
  value: unknown,
): Kind extends 'string' ? string : number {
  return typeof value === kind ? (value as Kind extends 'string' ? string : number) : fail()
}

function pairs(texts: readonly string[]): Record<string, string> {
  const entries = texts.flatMap((key, index) =>
    index % 2 === 0 ? [[key, texts[index + 1] ?? fail()] as const] : [],
  )
  return Object.fromEntries(entries)
}

function digestIn(text: string): Digest {
  return isDigest(text) ? text : fail()
}

function stampIn(parts: readonly number[]): Stamp | undefined {
  const [size, mtimeMs, ctimeMs, inode] = parts
  if (size === undefined) return undefined
  return [size, mtimeMs ?? fail(), ctimeMs ?? fail(), inode ?? fail()]
}

function fail(): never {
  throw new TypeError('the index has another shape')
}
