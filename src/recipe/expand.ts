// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../base/index.ts'
import {
  compileStep,
  type ExpandedStep,
  type FindPipeline,
  type ParsedPipeline,
  type StepFindings,
} from './compile-step.ts'
import { evaluateCondition } from './condition.ts'
import { invalid, type Recipe } from './parse.ts'
import type {
  EnvironmentFile,
  PackageDependencies,
  PackageOptions,
  PackageScriptlets,
  RecipeFile,
  Step,
  SubpackageFile,
  TestFile,
  UpdateFile,
} from './schema.ts'
import { mapTexts, substituteAll, substituteKnown, type Variables } from './substitute.ts'
import { compileTimeVariables, packageVariables, parseTimeVariables } from './variables.ts'

export interface ExpandedDependencies {
  readonly runtime: readonly string[]
  readonly provides: readonly string[]
  readonly replaces: readonly string[]
  readonly providerPriority: number
  readonly replacesPriority: number
}

export interface ExpandedTest {
  /** Packages of the test's environment beside the package itself: its own, and its pipelines' needs. */
  readonly packages: readonly string[]
  readonly variables: Readonly<Record<string, string>>
  readonly steps: readonly ExpandedStep[]
}

/** One package that a recipe makes. */
export interface ExpandedPackage {
  readonly name: string
  readonly isMain: boolean
  readonly description: string
  readonly url: string
  readonly commit: string
  readonly dependencies: ExpandedDependencies
  readonly options: PackageOptions
  readonly scriptlets: PackageScriptlets
  readonly checksDisabled: readonly string[]
  readonly setcap: RecipeFile['package']['setcap']
  readonly steps: readonly ExpandedStep[]
}

/** A source as a step asks for it. Digests are lower-case hex, '' when not given. */
export type ExpandedSource =
  | {
      readonly kind: 'fetch'
      readonly uri: string
      readonly sha256: string
      readonly sha512: string
      readonly at: Location | undefined
    }
  | {
      readonly kind: 'git'
      readonly repository: string
      readonly tag: string
      readonly branch: string
      readonly commit: string
      readonly inputs: Readonly<Record<string, string>>
      readonly at: Location | undefined
    }

/** A recipe with everything said out: what is built, in which environment, from which sources. */
export interface ExpandedRecipe {
  readonly file: string
  readonly name: string
  readonly version: string
  readonly epoch: number
  /** `version-rEPOCH` */
  readonly fullVersion: string
  readonly arch: string
  readonly copyright: RecipeFile['package']['copyright']
  readonly targetArchitectures: readonly string[]
  readonly resources: RecipeFile['package']['resources']
  readonly timeout: string
  readonly environment: {
    readonly packages: readonly string[]
    readonly variables: Readonly<Record<string, string>>
    readonly repositories: readonly string[]
  }
  readonly sources: readonly ExpandedSource[]
  /** The main package first. */
  readonly packages: readonly ExpandedPackage[]
  /** By package name; packages without a test are not there. */
  readonly tests: ReadonlyMap<string, ExpandedTest>
  readonly update: UpdateFile
}

export interface ExpandOptions {
  readonly arch: string
  readonly find: FindPipeline
  /** Pipeline files read before: they are many steps' and few. */
  readonly parsed?: Map<string, ParsedPipeline>
}

/**
 * Says a recipe out, as melange's `compile` does: ranges, variables, conditions, pipelines with their needs.
 *
 * @throws MillraceError RECIPE_INVALID with the place in the recipe.
 */
export function expandRecipe(recipe: Recipe, options: ExpandOptions): ExpandedRecipe {
  const parseTime = parseTimeVariables(recipe)
  const content = substituteContent(recipe.content, parseTime)
  const subpackages = expandRanges(content, parseTime)
  const names = [content.package.name, ...subpackages.map(({ name }) => name)]
  const variables = compileTimeVariables(recipe, options.arch, parseTime, names)
  const findings: StepFindings = { needs: new Set(), sources: [] }
  const f = { find: options.find, findings, parsed: options.parsed ?? new Map<string, ParsedPipeline>() }
  const kept = subpackages.filter((subpackage) =>
    evaluateCondition(
      subpackage.if,
      packageVariables(variables, subpackage.name, false),
      recipe.locate(['subpackages']),
    ),
  )

  const main = expandMain(content, variables, f, recipe)
  const packages = [
    main,
    ...kept.map((subpackage) => expandSubpackage(subpackage, content, variables, f, recipe)),
  ]
  const tests = new Map<string, ExpandedTest>()
  const addTest = (name: string, test: TestFile, isMain: boolean) => {
    if (test.pipeline.length > 0)
      tests.set(name, expandTest(test, packageVariables(variables, name, isMain), f, recipe, parseTime))
  }
  addTest(main.name, content.test, true)
  for (const subpackage of kept) addTest(subpackage.name, subpackage.test, false)

  const wished = substitutePackages(content.environment, parseTime, recipe)
  return {
    file: recipe.file,
    name: main.name,
    version: content.package.version,
    epoch: content.package.epoch,
    fullVersion: `${content.package.version}-r${content.package.epoch}`,
    arch: options.arch,
    copyright: content.package.copyright,
    targetArchitectures: content.package['target-architecture'],
    resources: content.package.resources,
    timeout: content.package.timeout,
    environment: {
      packages: sorted([...wished, ...findings.needs]),
      variables: content.environment.environment,
      repositories: content.environment.contents.repositories,
    },
    sources: findings.sources.map(asSource),
    packages,
    tests,
    update: content.update,
  }
}

/** Keys whose texts melange leaves as they are at parse time. */
const NOT_SUBSTITUTED = new Set([
  'uses',
  'label',
  'accounts',
  'paths',
  'include',
  'options',
  'checks',
  'setcap',
  'cpe',
  'attestation',
  'vars',
  'var-transforms',
  'data',
  'at',
  'inputs',
])

function substituteContent(content: RecipeFile, variables: Variables): RecipeFile {
  return mapTexts(content, (text) => substituteKnown(text, variables), NOT_SUBSTITUTED)
}

/** One subpackage for each item of its range, keys in byte order, with `range.key` and `range.value` known. */
function expandRanges(content: RecipeFile, parseTime: Variables): SubpackageFile[] {
  return content.subpackages.flatMap((subpackage) => {
    if (subpackage.range === '') return [subpackage]
    const items = content.data.find(({ name }) => name === subpackage.range)?.items ?? {}
    return Object.keys(items)
      .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .map((key) => {
        const value = substituteKnown(items[key] ?? '', parseTime)
        const known = new Map([...parseTime, ['range.key', key], ['range.value', value]])
        return mapTexts(subpackage, (text) => substituteKnown(text, known), NOT_SUBSTITUTED)
      })
  })
}

type Compile = Parameters<typeof compileStep>[2]

function expandMain(content: RecipeFile, variables: Variables, f: Compile, recipe: Recipe): ExpandedPackage {
  const { package: main } = content
  return {
    name: main.name,
    isMain: true,
    description: main.description,
    url: main.url,
    commit: main.commit,
    dependencies: expandDependencies(main.dependencies, variables, recipe, ['package', 'dependencies']),
    options: main.options,
    scriptlets: main.scriptlets,
    checksDisabled: main.checks.disabled,
    setcap: main.setcap,
    steps: compileSteps(content.pipeline, packageVariables(variables, main.name, true), f),
  }
}

function expandSubpackage(
  subpackage: SubpackageFile,
  content: RecipeFile,
  variables: Variables,
  f: Compile,
  recipe: Recipe,
): ExpandedPackage {
  return {
    name: subpackage.name,
    isMain: false,
    description: subpackage.description,
    url: subpackage.url,
    commit: subpackage.commit || content.package.commit,
    dependencies: expandDependencies(subpackage.dependencies, variables, recipe, ['subpackages']),
    options: subpackage.options,
    scriptlets: subpackage.scriptlets,
    checksDisabled: subpackage.checks.disabled,
    setcap: [],
    steps: compileSteps(subpackage.pipeline, packageVariables(variables, subpackage.name, false), f),
  }
}

function compileSteps(steps: readonly Step[], variables: Variables, f: Compile): ExpandedStep[] {
  return steps.flatMap((step) => compileStep(step, variables, f) ?? [])
}

/** A test's needs go to its own environment, not to the build's; sources it names are not the build's. */
function expandTest(
  test: TestFile,
  variables: Variables,
  f: Compile,
  recipe: Recipe,
  parseTime: Variables,
): ExpandedTest {
  const findings: StepFindings = { needs: new Set(), sources: [] }
  const steps = compileSteps(test.pipeline, variables, { ...f, findings })
  return {
    packages: sorted([...substitutePackages(test.environment, parseTime, recipe), ...findings.needs]),
    variables: test.environment.environment,
    steps,
  }
}

function substitutePackages(environment: EnvironmentFile, variables: Variables, recipe: Recipe): string[] {
  return environment.contents.packages.map((text) =>
    substituteAll(
      text,
      variables,
      `reading environment.contents.packages of ${recipe.file}`,
      recipe.locate(['environment', 'contents', 'packages']),
    ),
  )
}

function expandDependencies(
  given: PackageDependencies,
  variables: Variables,
  recipe: Recipe,
  path: readonly string[],
): ExpandedDependencies {
  const known = new Map(
    [...variables].filter(([name]) => name.startsWith('package.') || name.startsWith('vars.')),
  )
  const each = (texts: readonly string[]) =>
    texts.map((text) =>
      substituteAll(text, known, `reading ${path.join('.')} of ${recipe.file}`, recipe.locate(path)),
    )
  const priority = (text: string) => {
    const [value = ''] = each([text])
    if (/^(-?\d+)?$/.test(value)) return Number(value)
    throw invalid(
      `reading the priorities of ${recipe.file}`,
      `expected a whole number, found ${JSON.stringify(value)}`,
      'write a number',
      recipe.locate(path),
    )
  }
  return {
    runtime: each(given.runtime),
    provides: each(given.provides),
    replaces: each(given.replaces),
    providerPriority: priority(given['provider-priority']),
    replacesPriority: priority(given['replaces-priority']),
  }
}

function asSource({ uses, inputs, at }: StepFindings['sources'][number]): ExpandedSource {
  if (uses === 'fetch')
    return {
      kind: 'fetch',
      uri: inputs['uri'] ?? '',
      sha256: inputs['expected-sha256'] ?? '',
      sha512: inputs['expected-sha512'] ?? '',
      at,
    }
  return {
    kind: 'git',
    repository: inputs['repository'] ?? '',
    tag: inputs['tag'] ?? '',
    branch: inputs['branch'] ?? '',
    commit: inputs['expected-commit'] ?? '',
    inputs,
    at,
  }
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
