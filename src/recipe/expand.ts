// SPDX-License-Identifier: Apache-2.0
import { below } from '../base/index.ts'
import type { Libc } from './arch.ts'
import { chosenOptions, environmentWithOptions, varsWithOptions } from './build-options.ts'
import { checkExpandedNames } from './check-names.ts'
import { type Compiler, compileSteps, type FindPipeline, type StepFindings } from './compile-step.ts'
import { evaluateCondition } from './condition.ts'
import { expandDependencies, type Known, priorityText, substitutePackages } from './dependencies.ts'
import type { ExpandedPackage, ExpandedRecipe, ExpandedTest } from './expanded.ts'
import type { Recipe } from './parse.ts'
import { type PlacedSubpackage, pasteRecipe, pasteSubpackages } from './paste.ts'
import type { ParsedPipeline } from './pipeline-file.ts'
import type { RecipeFile, TestFile } from './schema.ts'
import { asSource } from './sources.ts'
import { type Variables, within } from './substitute.ts'
import { compileTimeVariables, packageVariables, parseTimeVariables } from './variables.ts'

export interface ExpandOptions {
  /** In apk's words: x86_64, aarch64. */
  readonly arch: string
  readonly find: FindPipeline
  /** What a name that is not found may have meant. */
  readonly pipelineNames?: readonly string[]
  /** Pipeline files read before, by name; the same find must have found them. */
  readonly parsed?: Map<string, ParsedPipeline>
  /** Options of the recipe to switch on, in this order; those it does not have are passed over. */
  readonly buildOptions?: readonly string[]
  /** Stand over the recipe's own vars. */
  readonly vars?: Readonly<Record<string, string>>
  /** The C library in host triplets. */
  readonly libc?: Libc
}

/**
 * Says a recipe out, as melange's `compile` does: variables, ranges, conditions, pipelines with their needs.
 *
 * @throws MillraceError RECIPE_INVALID with the place in the recipe or the pipeline file.
 */
export function expandRecipe(recipe: Recipe, options: ExpandOptions): ExpandedRecipe {
  const { arch, libc = 'gnu' } = options
  const chosen = chosenOptions(recipe, options.buildOptions ?? [])
  const vars = { ...recipe.content.vars, ...options.vars }
  const parseTime = parseTimeVariables(recipe, vars)
  const content = pasteRecipe(recipe.content, parseTime)
  const subpackages = pasteSubpackages(recipe.content, parseTime)
  checkExpandedNames(recipe, content, subpackages)

  // Options come after reading: only what is substituted from here on sees their variables (melange.md §3).
  const compileTime = compileTimeVariables(
    content,
    { arch, libc, buildOptions: chosen.map(({ name }) => name) },
    chosen.length === 0 ? parseTime : parseTimeVariables(recipe, varsWithOptions(vars, chosen)),
    [content.package.name, ...subpackages.map(({ subpackage }) => subpackage.name)],
  )
  const found: StepFindings = { needs: new Set(), sources: [] }
  const expansion: Expansion = {
    recipe,
    content,
    compileTime,
    known: { variables: parseTime, recipe },
    compiler: {
      find: options.find,
      pipelineNames: options.pipelineNames ?? [],
      parsed: options.parsed ?? new Map(),
      findings: found,
    },
  }
  const kept = subpackages.filter((subpackage) => isKept(expansion, subpackage))
  const packages = [mainPackage(expansion), ...kept.map((subpackage) => subpackageOf(expansion, subpackage))]
  const wanted = substitutePackages(expansion.known, content.environment, [])
  const { package: main, environment } = content
  return {
    file: recipe.file,
    name: main.name,
    version: main.version,
    epoch: main.epoch,
    fullVersion: `${main.version}-r${main.epoch}`,
    arch,
    copyright: main.copyright,
    cpe: main.cpe,
    targetArchitectures: main['target-architecture'],
    resources: main.resources,
    testResources: main['test-resources'],
    timeout: main.timeout,
    capabilities: content.capabilities,
    environment: {
      packages: sorted([...environmentWithOptions(wanted, chosen), ...found.needs]),
      variables: environment.environment,
      repositories: environment.contents.repositories,
      runAs: environment.accounts['run-as'],
    },
    sources: found.sources.filter(({ runs }) => runs).map(asSource),
    namedSources: found.sources.map(asSource),
    packages,
    tests: testsOf(expansion, kept),
    update: content.update,
  }
}

/** What every part of one expansion looks at. */
interface Expansion {
  readonly recipe: Recipe
  readonly content: RecipeFile
  readonly compileTime: Variables
  readonly known: Known
  readonly compiler: Compiler
}

function isKept({ compileTime, recipe }: Expansion, { subpackage, index }: PlacedSubpackage): boolean {
  return evaluateCondition(
    subpackage.if,
    within(compileTime, packageVariables(subpackage.name, false)),
    () => ({
      what: `evaluating the if of the subpackage ${subpackage.name}`,
      locate: (needle) => recipe.locate(['subpackages', index, 'if'], needle),
    }),
  )
}

function mainPackage({ recipe, content, compileTime, known, compiler }: Expansion): ExpandedPackage {
  const { package: main } = content
  const variables = within(compileTime, packageVariables(main.name, true))
  return {
    name: main.name,
    isMain: true,
    description: main.description,
    url: main.url,
    commit: main.commit,
    dependencies: expandDependencies(known, main.dependencies, ['package', 'dependencies']),
    priorityText: priorityText(known, main.dependencies, ['package', 'dependencies']),
    options: main.options,
    scriptlets: main.scriptlets,
    checksDisabled: main.checks.disabled,
    setcap: main.setcap,
    steps: compileSteps(compiler, content.pipeline, below(recipe.locate, 'pipeline'), variables),
  }
}

function subpackageOf(
  { recipe, content, compileTime, known, compiler }: Expansion,
  { subpackage, index }: PlacedSubpackage,
): ExpandedPackage {
  const variables = within(compileTime, packageVariables(subpackage.name, false))
  const path = ['subpackages', index]
  return {
    name: subpackage.name,
    isMain: false,
    description: subpackage.description,
    url: subpackage.url,
    commit: subpackage.commit || content.package.commit,
    dependencies: expandDependencies(known, subpackage.dependencies, [...path, 'dependencies']),
    priorityText: priorityText(known, subpackage.dependencies, [...path, 'dependencies']),
    options: subpackage.options,
    scriptlets: subpackage.scriptlets,
    checksDisabled: subpackage.checks.disabled,
    // melange reads a subpackage's setcap and never applies it.
    setcap: [],
    steps: compileSteps(compiler, subpackage.pipeline, below(recipe.locate, ...path, 'pipeline'), variables),
  }
}

function testsOf(expansion: Expansion, kept: readonly PlacedSubpackage[]): Map<string, ExpandedTest> {
  const { content } = expansion
  const tests = new Map<string, ExpandedTest>()
  if (content.test.pipeline.length > 0)
    tests.set(
      content.package.name,
      testOf(expansion, content.test, ['test'], packageVariables(content.package.name, true)),
    )
  for (const { subpackage, index } of kept)
    if (subpackage.test.pipeline.length > 0)
      tests.set(
        subpackage.name,
        testOf(
          expansion,
          subpackage.test,
          ['subpackages', index, 'test'],
          packageVariables(subpackage.name, false),
        ),
      )
  return tests
}

/** A test's needs and sources are its own, not the build's. */
function testOf(
  { recipe, compileTime, known, compiler }: Expansion,
  test: TestFile,
  path: readonly PropertyKey[],
  own: ReadonlyMap<string, string>,
): ExpandedTest {
  const findings: StepFindings = { needs: new Set(), sources: [] }
  const locate = below(recipe.locate, ...path, 'pipeline')
  const steps = compileSteps({ ...compiler, findings }, test.pipeline, locate, within(compileTime, own))
  return {
    packages: sorted([...substitutePackages(known, test.environment, path), ...findings.needs]),
    variables: test.environment.environment,
    steps,
    sources: findings.sources.filter(({ runs }) => runs).map(asSource),
    runAs: test.environment.accounts['run-as'],
  }
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort()
}
