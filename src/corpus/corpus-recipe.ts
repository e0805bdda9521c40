// SPDX-License-Identifier: Apache-2.0
import type { Digest, MillraceError } from '../base/index.ts'
import type { ExpandedPackage, ExpandedRecipe, ExpandedSource, ExpandedStep } from '../recipe/index.ts'

/** A package of a recipe, as far as others may want it. */
export interface CorpusPackage {
  readonly name: string
  readonly runtime: readonly string[]
  readonly provides: readonly string[]
  readonly replaces: readonly string[]
  /** 0 when not given. */
  readonly providerPriority: number
  /** The same as it is written; '' when it is not. */
  readonly priorityText: string
}

/** A source that a recipe names, with the inputs of its step that are not empty: `uri`, `expected-sha256`, `expected-sha512`; or `repository`, `tag`, `branch`, `expected-commit`. */
export type CorpusSource = Readonly<Record<string, string>>

/** What is known of an expanded recipe without building it: enough for listings and the graph. */
export interface CorpusRecipe {
  readonly file: string
  /** Of the recipe's text. */
  readonly digest: Digest
  readonly name: string
  readonly version: string
  readonly epoch: number
  /** The main package first. */
  readonly packages: readonly CorpusPackage[]
  /** Packages of the build environment, those that steps need among them: sorted, each once. */
  readonly environment: readonly string[]
  /** Of each package with a test, what the test's environment names beside it. */
  readonly tests: readonly { readonly package: string; readonly packages: readonly string[] }[]
  /** Pipelines that steps use, those that these use among them: sorted, each once. A change of one is a change of what uses it. */
  readonly pipelines: { readonly build: readonly string[]; readonly test: readonly string[] }
  /** As recipes name them, those of steps whose `if` does not hold included. */
  readonly sources: readonly CorpusSource[]
  /** Empty: all. */
  readonly targetArchitectures: readonly string[]
}

/** One file of a corpus: its recipe, or why it has none. */
export type CorpusEntry =
  | { readonly file: string; readonly recipe: CorpusRecipe; readonly error?: undefined }
  | { readonly file: string; readonly recipe?: undefined; readonly error: MillraceError }

/** What a corpus keeps of an expansion. */
export function summarize(expanded: ExpandedRecipe, digest: Digest): CorpusRecipe {
  const { file, name, version, epoch, environment, packages, tests, namedSources, targetArchitectures } =
    expanded
  return {
    file,
    digest,
    name,
    version,
    epoch,
    packages: packages.map(packageOf),
    environment: environment.packages,
    tests: [...tests].map(([of, test]) => ({ package: of, packages: test.packages })),
    pipelines: {
      build: pipelinesOf(packages.flatMap(({ steps }) => steps)),
      test: pipelinesOf([...tests.values()].flatMap(({ steps }) => steps)),
    },
    sources: namedSources.map(sourceOf),
    targetArchitectures,
  }
}

function pipelinesOf(steps: readonly ExpandedStep[]): string[] {
  const used = new Set<string>()
  const walk = ({ uses, steps: inside }: ExpandedStep) => {
    if (uses !== null) used.add(uses)
    inside.forEach(walk)
  }
  steps.forEach(walk)
  return [...used].sort()
}

function packageOf({ name, dependencies, priorityText }: ExpandedPackage): CorpusPackage {
  const { runtime, provides, replaces, providerPriority } = dependencies
  return { name, runtime, provides, replaces, providerPriority, priorityText }
}

function sourceOf(source: ExpandedSource): CorpusSource {
  const all =
    source.kind === 'fetch'
      ? { 'expected-sha256': source.sha256, 'expected-sha512': source.sha512, uri: source.uri }
      : {
          branch: source.branch,
          'expected-commit': source.commit,
          repository: source.repository,
          tag: source.tag,
        }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}
