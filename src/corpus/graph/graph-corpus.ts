// SPDX-License-Identifier: Apache-2.0
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { isSystemError, MillraceError } from '../../base/index.ts'
import { type FindPipeline, isTargeted, RecipeNeeds, wishedName } from '../../recipe/index.ts'
import type { CorpusEntry, CorpusRecipe } from '../corpus-recipe.ts'
import { type CorpusOptions, expandCorpus } from '../expand-corpus.ts'
import { openPipelines, pipelineSearchPath } from '../pipelines.ts'

/** Recipes, and what they need of each other. */
export interface GraphCorpus {
  /** Absolute; what changed files are looked for in, and git is asked about. */
  readonly directory: string
  /** By name, in the order of their files. */
  readonly recipes: ReadonlyMap<string, CorpusRecipe>
  /** Package → the recipe that makes it. */
  readonly packages: ReadonlyMap<string, string>
  readonly needs: RecipeNeeds
  /** Recipes that cannot be read: the others go on without them. */
  readonly broken: readonly { readonly file: string; readonly error: MillraceError }[]
  /** Recipes for other architectures only, which are left out. */
  readonly elsewhere: number
  readonly pipelineDirectories: readonly string[]
  readonly pipelineNames: readonly string[]
  /** As the recipes of the corpus find them. */
  readonly find: FindPipeline
}

export interface GraphCorpusOptions extends Omit<CorpusOptions, 'pipelineDirectories'> {
  readonly pipelineDirectories?: readonly string[]
  /** A file with a name a line that the seed provides; null: none, or what the distro's seed has when the distro itself is read. */
  readonly seedNames: string | null
}

/**
 * Reads the recipes that paths name, or the distro's when there are none, with what they need of each other.
 *
 * @throws MillraceError NOT_FOUND, SETTINGS_INVALID, RECIPE_INVALID when two recipes have one name.
 */
export async function readGraphCorpus(
  paths: readonly string[],
  options: GraphCorpusOptions,
): Promise<GraphCorpus> {
  const { distroDirectory, pipelineDirectories = [] } = options
  const given = paths.length > 0 ? paths : [join(distroDirectory, 'packages')]
  const entries = await expandCorpus(given, options)
  const { recipes, broken, elsewhere } = sortOut(entries, options.arch)
  const seed = options.seedNames === null ? null : await readNames(options.seedNames)
  const fromSeed = seed ?? (paths.length > 0 ? new Set<string>() : await distroSeed(distroDirectory, recipes))
  const [first = ''] = entries.map(({ file }) => file)
  const searchPath = pipelineSearchPath(first, pipelineDirectories, distroDirectory).map((one) =>
    resolve(one),
  )
  const { find, pipelineNames } = openPipelines(...searchPath)
  return {
    directory: paths.length > 0 ? await directoryOf(given) : resolve(distroDirectory),
    recipes,
    packages: new Map(
      [...recipes.values()].flatMap(({ name, packages }) => packages.map((one) => [one.name, name])),
    ),
    needs: new RecipeNeeds([...recipes.values()], (name) => fromSeed.has(name)),
    ...{ broken, elsewhere, find, pipelineNames, pipelineDirectories: searchPath },
  }
}

function sortOut(entries: readonly CorpusEntry[], arch: string) {
  const recipes = new Map<string, CorpusRecipe>()
  const broken: GraphCorpus['broken'][number][] = []
  let elsewhere = 0
  for (const { file, recipe, error } of entries) {
    if (error !== undefined) broken.push({ file, error })
    else if (!isTargeted(recipe.targetArchitectures, arch)) elsewhere++
    else {
      const other = recipes.get(recipe.name)
      if (other !== undefined) throw twice(other, recipe)
      recipes.set(recipe.name, recipe)
    }
  }
  return { recipes, broken, elsewhere }
}

function twice(one: CorpusRecipe, other: CorpusRecipe): MillraceError {
  return new MillraceError('RECIPE_INVALID', {
    what: `reading ${other.file}`,
    why: `its name, ${other.name}, is that of the recipe ${one.file}`,
    fix: 'give only one of the two, or rename one',
    at: { file: other.file },
  })
}

/** What the distro's seed provides; of the names it has on demand, those that no recipe makes. */
async function distroSeed(
  directory: string,
  recipes: ReadonlyMap<string, CorpusRecipe>,
): Promise<ReadonlySet<string>> {
  // With it comes all that fetches a seed, which a graph of other recipes does without.
  const { parseSeedSpec } = await import('../../seed/index.ts')
  const file = join(directory, 'seed.yaml')
  const { names, onDemand } = parseSeedSpec(await readText(file), file)
  const made = new Set(
    [...recipes.values()].flatMap(({ packages }) =>
      packages.flatMap(({ name, provides }) => [name, ...provides.map(wishedName)]),
    ),
  )
  return new Set([...Object.keys(names), ...Object.keys(onDemand).filter((name) => !made.has(name))])
}

/** A name a line; empty lines and what follows a # are passed over. */
async function readNames(file: string): Promise<ReadonlySet<string>> {
  const lines = (await readText(file)).split('\n').map((line) => line.replace(/#.*$/, '').trim())
  return new Set(lines.filter((line) => line !== ''))
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause)) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading the seed’s names from ${file}`,
      why: cause.code === 'ENOENT' ? 'there is no such file' : cause.message,
      fix: 'give a file with a package name a line',
      cause,
    })
  }
}

/** The directory of a corpus: the first path, or where that file lies. */
async function directoryOf([first = '.']: readonly string[]): Promise<string> {
  return resolve((await stat(first)).isDirectory() ? first : dirname(first))
}
