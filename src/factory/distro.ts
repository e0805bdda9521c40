// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { z } from 'zod'
import {
  type Digest,
  digestOf,
  isMillraceError,
  isSystemError,
  type Location,
  MillraceError,
  nearestName,
  parseSettingsFile,
} from '../base/index.ts'
import { openPipelines, type Pipelines, pipelineSearchPath } from '../corpus/index.ts'
import type { DistroFacts } from '../plan/index.ts'
import { expandRecipe, isTargeted, parseRecipe, type Recipe } from '../recipe/index.ts'
import { askedSeed, parseSeedSpec, type SeedSpec } from '../seed/index.ts'
import { bareName, type DistroGraph, graphOf, namesAskedBy, type PlacedRecipe } from './distro-graph.ts'

/** A recipe of the distro, said out, and where it lies. */
export interface DistroRecipe extends PlacedRecipe {
  readonly name: string
  /** As messages name it. */
  readonly file: string
  /** Holds the files that steps find in the workspace; it need not exist. */
  readonly filesDirectory: string
  /** Of the recipe's text. */
  readonly digest: Digest
}

/** The distribution as its files say it. */
export interface Distro {
  readonly directory: string
  readonly facts: DistroFacts
  /** A package of a build environment → the package that comes with it. */
  readonly buildCompanions: Readonly<Record<string, string>>
  /** A package of a test’s environment → the package that comes with it. */
  readonly testCompanions: Readonly<Record<string, string>>
  readonly seed: SeedSpec
  readonly recipes: ReadonlyMap<string, DistroRecipe>
  readonly graph: DistroGraph
  /** Recipes that cannot be read: the others go on without them. */
  readonly broken: readonly { readonly name: string; readonly file: string; readonly error: MillraceError }[]
  /** Names of the image definitions, sorted. */
  readonly images: readonly string[]
}

/**
 * Reads a distro directory: `distro.yaml`, `seed.yaml`, `packages/*.yaml`, `pipelines/`, and the names in `images/`.
 *
 * @param more paths of recipes that stand over the distro's of the same name.
 * @throws MillraceError NOT_FOUND, SETTINGS_INVALID, DEPENDENCY_CYCLE; a single bad recipe is not thrown but listed.
 */
export async function readDistro(
  directory: string,
  arch: string,
  more: readonly string[] = [],
): Promise<Distro> {
  const [{ facts, buildCompanions, testCompanions }, described, files, images] = await Promise.all([
    readFacts(join(directory, 'distro.yaml')),
    readText(join(directory, 'seed.yaml')).then((text) =>
      parseSeedSpec(text, shown(join(directory, 'seed.yaml'))),
    ),
    yamlFiles(join(directory, 'packages')),
    yamlFiles(join(directory, 'images')),
  ])
  const pipelines = openPipelines(join(directory, 'pipelines'))
  const recipes = new Map<string, DistroRecipe>()
  const broken: Distro['broken'][number][] = []
  for (const path of files) {
    const name = basename(path, '.yaml')
    try {
      const recipe = await readRecipe(path, arch, pipelines)
      if (isTargeted(recipe.expanded.targetArchitectures, arch)) recipes.set(recipe.name, recipe)
    } catch (error) {
      if (!isMillraceError(error)) throw error
      broken.push({ name, file: shown(path), error })
    }
  }
  for (const path of more) {
    const recipe = await readRecipe(
      path,
      arch,
      openPipelines(...pipelineSearchPath(dirname(path), [], directory)),
    )
    recipes.set(recipe.name, recipe)
  }
  const seed = seedFor(described, [...recipes.values()])
  return {
    directory,
    facts,
    buildCompanions,
    testCompanions,
    seed,
    recipes,
    broken,
    images: images.map((path) => basename(path, '.yaml')).filter((name) => !name.endsWith('.test')),
    graph: graphOf(
      [...recipes.values()],
      new Set(Object.keys(seed.names)),
      new Set(Object.values(buildCompanions)),
    ),
  }
}

/** The seed with the on-demand names that recipes ask for and none of them makes. */
function seedFor(described: SeedSpec, recipes: readonly DistroRecipe[]): SeedSpec {
  const asked = new Set(recipes.flatMap(({ expanded }) => namesAskedBy(expanded).map(bareName)))
  for (const { expanded } of recipes)
    for (const { name, dependencies } of expanded.packages)
      for (const made of [name, ...dependencies.provides]) asked.delete(bareName(made))
  return askedSeed(described, asked)
}

/** @throws MillraceError RECIPE_INVALID, NOT_FOUND */
export async function readRecipe(path: string, arch: string, pipelines: Pipelines): Promise<DistroRecipe> {
  const file = shown(path)
  const text = await readText(path)
  const parsed = parseRecipe(text, file)
  const expanded = expandRecipe(parsed, { arch, ...pipelines })
  const filesDirectory = path.replace(/\.ya?ml$/, '')
  const locateWanted = (name: string) => placeOf(parsed, name)
  return { name: expanded.name, file, filesDirectory, digest: digestOf(text), expanded, locateWanted }
}

/** The first place of a recipe that asks for a package: to build, to run, to be tested. */
function placeOf({ content, file, locate }: Recipe, name: string): Location {
  const { environment, package: main, test, subpackages } = content
  const [packages, runtime] = [
    ['environment', 'contents', 'packages'],
    ['dependencies', 'runtime'],
  ] as const
  const lists: readonly (readonly [path: readonly PropertyKey[], names: readonly string[]])[] = [
    [packages, environment.contents.packages],
    [['package', ...runtime], main.dependencies.runtime],
    [['test', ...packages], test.environment.contents.packages],
    ...subpackages.flatMap(({ dependencies, test: own }, index) => [
      [['subpackages', index, ...runtime], dependencies.runtime] as const,
      [['subpackages', index, 'test', ...packages], own.environment.contents.packages] as const,
    ]),
  ]
  const found = lists.find(([, names]) => names.includes(name))
  return found === undefined ? { file } : locate([...found[0], found[1].indexOf(name)])
}

/** @throws MillraceError NOT_FOUND naming the nearest recipe. */
export function recipeNamed(distro: Distro, name: string): DistroRecipe {
  const maker = distro.graph.makerOf.get(name) ?? name
  const recipe = distro.recipes.get(maker)
  if (recipe !== undefined) return recipe
  const bad = distro.broken.find((one) => one.name === name)
  if (bad !== undefined) throw bad.error
  const near = nearestName(name, [...distro.recipes.keys(), ...distro.graph.makerOf.keys()])
  throw new MillraceError('NOT_FOUND', {
    what: `looking for the recipe ${name}`,
    why: `${shown(join(distro.directory, 'packages'))} has none of that name, and no recipe makes such a package${near === undefined ? '' : `; the nearest name is ${near}`}`,
    fix: near === undefined ? 'give the name of a recipe, or the path of its file' : `millrace build ${near}`,
  })
}

const PackageName = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._+-]*$/, 'the name of a package')

const Directory = z.string().regex(/^[a-z]+(\/[a-z]+)*$/, 'a directory such as usr/share/man')

const Facts = z.strictObject({
  namespace: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]*$/, 'lower-case letters, digits and . _ -, none of these three first'),
  'source-date-epoch': z.number().int().positive(),
  'documentation-readers': z.record(Directory, PackageName).default({}),
  'build-companions': z.record(PackageName, PackageName).default({}),
  'test-companions': z.record(PackageName, PackageName).default({}),
})

async function readFacts(
  path: string,
): Promise<Pick<Distro, 'facts' | 'buildCompanions' | 'testCompanions'>> {
  const read = parseSettingsFile(Facts, await readText(path), shown(path))
  const { namespace, 'source-date-epoch': sourceDateEpoch, 'documentation-readers': readers } = read
  return {
    facts: { namespace, sourceDateEpoch, documentationReaders: readers },
    buildCompanions: read['build-companions'],
    testCompanions: read['test-companions'],
  }
}

async function yamlFiles(directory: string): Promise<string[]> {
  try {
    const names = await readdir(directory)
    return names
      .filter((name) => name.endsWith('.yaml') && !name.startsWith('.'))
      .sort()
      .map((name) => join(directory, name))
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return []
    throw error
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    if (size > MAX_BYTES)
      throw new MillraceError('RECIPE_INVALID', {
        what: `reading ${shown(path)}`,
        why: `it has ${size} bytes; a recipe has at most ${MAX_BYTES}`,
        fix: 'put large texts into files beside the recipe',
      })
    return await readFile(path, 'utf8')
  } catch (cause) {
    if (!isSystemError(cause, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw cause
    throw new MillraceError('NOT_FOUND', {
      what: `reading ${shown(path)}`,
      why: 'there is no such file',
      fix: 'give the path of a file that is there, or the distro’s directory with --distro DIR',
      cause,
    })
  }
}

const MAX_BYTES = 4 * 1024 ** 2

/** A path as a person would type it from where the command was started. */
function shown(path: string): string {
  const near = relative(process.cwd(), path)
  return near.startsWith('../../') || near === '' ? path : near
}
