// SPDX-License-Identifier: Apache-2.0
import {
  type ExpandedRecipe,
  type ExpandedSource,
  type ExpandedStep,
  FETCH_ONLY_INPUTS,
  scriptsOf,
  sourceMount,
} from '../recipe/index.ts'
import {
  BUILDER_VERSION,
  type BuildKey,
  type BuildPlan,
  type PlannedFile,
  type PlannedPackage,
  type PlannedScript,
  type PlannedSource,
  type TestPlan,
} from './plan.ts'

/** What the distribution says of all its packages. */
export interface DistroFacts {
  /** The namespace of package URLs: `pkg:apk/NAMESPACE/NAME`. */
  readonly namespace: string
  /** Seconds since 1970 that builds take for the time, unless the recipe's environment says otherwise. */
  readonly sourceDateEpoch: number
  /** A directory of documentation → the package whose programs show what is in it; a `-doc` package needs that. */
  readonly documentationReaders: Readonly<Record<string, string>>
}

/** The plan of a recipe, with every input named. Pure: equal inputs give the same plan, and so the same key. */
export function planBuild(
  recipe: ExpandedRecipe,
  distro: DistroFacts,
  environment: readonly PlannedPackage[],
  files: readonly PlannedFile[],
): BuildPlan {
  const { name, version, epoch, fullVersion, arch } = recipe
  const given = Number(recipe.environment.variables['SOURCE_DATE_EPOCH'])
  return {
    kind: 'https://millrace.dev/build-plan/v1',
    builder: { name: 'millrace', version: BUILDER_VERSION },
    arch,
    namespace: distro.namespace,
    recipe: { name, version, epoch, fullVersion },
    license: licenseOf(recipe),
    packages: recipe.packages.map((one) => ({
      name: one.name,
      isMain: one.isMain,
      description: one.description,
      url: one.url,
      commit: one.commit,
      dependencies: one.dependencies,
      options: one.options,
      scriptlets: one.scriptlets,
      setcap: one.setcap,
      scripts: plannedScripts(one.steps),
    })),
    sources: recipe.sources.map(plannedSource),
    files: sortedFiles(files),
    environment,
    variables: recipe.environment.variables,
    sourceDateEpoch: Number.isSafeInteger(given) && given > 0 ? given : distro.sourceDateEpoch,
    documentationReaders: distro.documentationReaders,
  }
}

/** @param environments by package, for each that has a test. */
export function planTests(
  recipe: ExpandedRecipe,
  build: BuildKey,
  environments: ReadonlyMap<string, readonly PlannedPackage[]>,
  files: readonly PlannedFile[],
): TestPlan {
  const tests = [...recipe.tests].map(([name, test]) => ({
    package: name,
    environment: environments.get(name) ?? [],
    variables: test.variables,
    scripts: plannedScripts(test.steps),
    sources: test.sources.map(plannedSource),
    runAs: test.runAs,
  }))
  return { kind: 'https://millrace.dev/test-plan/v1', build, tests, files: sortedFiles(files) }
}

/** One expression of all licences of a recipe: all of them hold. */
function licenseOf({ copyright }: ExpandedRecipe): string {
  const licenses = [...new Set(copyright.map(({ license }) => license.trim()).filter((text) => text !== ''))]
  if (licenses.length < 2) return licenses[0] ?? ''
  return licenses.map((text) => (/\sOR\s/i.test(text) ? `(${text})` : text)).join(' AND ')
}

function plannedScripts(steps: readonly ExpandedStep[]): PlannedScript[] {
  return scriptsOf(steps).map(({ label, script, environment }) => ({ label, script, environment }))
}

function plannedSource(source: ExpandedSource): PlannedSource {
  const place = sourceMount(source) ?? ''
  if (source.kind === 'fetch')
    return { kind: 'fetch', uri: source.uri, place, sha256: source.sha256, sha512: source.sha512, inputs: {} }
  const inputs = Object.entries(source.inputs).filter(([name]) => !FETCH_ONLY_INPUTS.has(name))
  return {
    ...{ kind: 'git', uri: source.repository, place, sha256: '', sha512: '' },
    inputs: Object.fromEntries(inputs),
  }
}

function sortedFiles(files: readonly PlannedFile[]): PlannedFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
}
