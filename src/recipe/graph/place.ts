// SPDX-License-Identifier: Apache-2.0
import type { Location } from '../../base/index.ts'
import type { FindPipeline } from '../compile-step.ts'
import type { Recipe } from '../parse.ts'
import { parsePipelineFile } from '../pipeline-file.ts'
import type { Step } from '../schema.ts'
import type { Wish } from './needs.ts'

/**
 * Where a recipe asks for a package: in a list of its own, or at the first step whose pipeline needs it. Variables in the text stand for anything. The file alone where neither can be told, as
 * for what a build option adds.
 */
export function placeOfWish(
  recipe: Recipe,
  { kind, wanted }: Pick<Wish, 'kind' | 'wanted'>,
  find: FindPipeline,
): Location {
  const lists = listsOf(recipe, kind)
  for (const isIt of [(text: string) => text === wanted, (text: string) => mayBe(text, wanted)])
    for (const [path, texts] of lists) {
      const index = texts.findIndex(isIt)
      if (index !== -1) return recipe.locate([...path, index])
    }
  const asker = new Asker(wanted, find)
  for (const [path, steps] of kind === 'runtime' ? [] : pipelinesOf(recipe, kind)) {
    const found = asker.stepOf(steps, path)
    if (found !== undefined) return recipe.locate(found)
  }
  return { file: recipe.file }
}

type Path = readonly PropertyKey[]

const PACKAGES = ['environment', 'contents', 'packages'] as const
const RUNTIME = ['dependencies', 'runtime'] as const

function listsOf({ content }: Recipe, kind: Wish['kind']): readonly (readonly [Path, readonly string[]])[] {
  const { environment, package: main, test, subpackages } = content
  switch (kind) {
    case 'build':
      return [[PACKAGES, environment.contents.packages]]
    case 'runtime':
      return [
        [['package', ...RUNTIME], main.dependencies.runtime],
        ...subpackages.map((one, at) => [['subpackages', at, ...RUNTIME], one.dependencies.runtime] as const),
      ]
    case 'test':
      return [
        [['test', ...PACKAGES], test.environment.contents.packages],
        ...subpackages.map(
          (one, at) =>
            [['subpackages', at, 'test', ...PACKAGES], one.test.environment.contents.packages] as const,
        ),
      ]
  }
}

function pipelinesOf(
  { content }: Recipe,
  kind: 'build' | 'test',
): readonly (readonly [Path, readonly Step[]])[] {
  const { pipeline, test, subpackages } = content
  return kind === 'build'
    ? [
        [['pipeline'], pipeline],
        ...subpackages.map((one, at) => [['subpackages', at, 'pipeline'], one.pipeline] as const),
      ]
    : [
        [['test', 'pipeline'], test.pipeline],
        ...subpackages.map(
          (one, at) => [['subpackages', at, 'test', 'pipeline'], one.test.pipeline] as const,
        ),
      ]
}

/** Whether a text with variables may have become this one. */
function mayBe(text: string, wanted: string): boolean {
  if (!text.includes('${{')) return false
  const parts = text.split(/\$\{\{.*?\}\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.*')}$`, 's').test(wanted)
}

/** Finds steps that need a package, through the pipelines they use. */
class Asker {
  readonly #wanted: string
  readonly #find: FindPipeline
  readonly #known = new Map<string, boolean>()

  constructor(wanted: string, find: FindPipeline) {
    this.#wanted = wanted
    this.#find = find
  }

  stepOf(steps: readonly Step[], path: Path): Path | undefined {
    for (const [index, step] of steps.entries()) {
      const at = [...path, index]
      const own = step.needs.packages.findIndex((text) => this.#is(text))
      if (own !== -1) return [...at, 'needs', 'packages', own]
      if (step.uses !== '' && this.#isNeededBy(step.uses)) return [...at, 'uses']
      const inside = this.stepOf(step.pipeline, [...at, 'pipeline'])
      if (inside !== undefined) return inside
    }
    return undefined
  }

  #isNeededBy(pipeline: string): boolean {
    const known = this.#known.get(pipeline)
    if (known !== undefined) return known
    // A circle of pipelines ends here; expanding the recipe tells it.
    this.#known.set(pipeline, false)
    const file = this.#find(pipeline)
    const needs =
      file !== undefined && this.stepOf([parsePipelineFile(file.text, file.file).step], []) !== undefined
    this.#known.set(pipeline, needs)
    return needs
  }

  #is(text: string): boolean {
    return text === this.#wanted || mayBe(text, this.#wanted)
  }
}
