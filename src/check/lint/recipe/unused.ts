// SPDX-License-Identifier: Apache-2.0
import { below, type Locate } from '../../../base/index.ts'
import type { JudgeRecipe, LintedRecipe, RecipeRemark } from '../recipe-lint.ts'

type Step = LintedRecipe['recipe']['content']['pipeline'][number]

/** Every variable, transformed one, list of data and input of a step that the recipe defines is named somewhere: in the recipe, or in a pipeline that it uses. */
export const unused: JudgeRecipe = ({ text, recipe: { content, locate }, pipelineTexts }) => {
  const named = new Set([text, ...pipelineTexts].flatMap(variablesIn))
  const isNamed = (variable: string) => named.has(variable)
  const steps = [
    [content.pipeline, below(locate, 'pipeline')] as const,
    [content.test.pipeline, below(locate, 'test', 'pipeline')] as const,
    ...content.subpackages.flatMap(({ pipeline, test }, index) => [
      [pipeline, below(locate, 'subpackages', index, 'pipeline')] as const,
      [test.pipeline, below(locate, 'subpackages', index, 'test', 'pipeline')] as const,
    ]),
  ]
  return [
    ...Object.keys(content.vars)
      .filter((name) => !isNamed(`vars.${name}`))
      .map((name) => ({ what: `nothing uses the variable ${name}`, at: locate(['vars', name]) })),
    ...content['var-transforms'].flatMap(({ to }, index) =>
      isNamed(`vars.${to}`)
        ? []
        : [{ what: `nothing uses the variable ${to}`, at: locate(['var-transforms', index, 'to']) }],
    ),
    ...content.data.flatMap(({ name }, index) =>
      content.subpackages.some(({ range }) => range === name)
        ? []
        : [{ what: `no range goes over the data ${name}`, at: locate(['data', index, 'name']) }],
    ),
    ...steps.flatMap(([pipeline, place]) => unusedInputs(pipeline, place)),
  ]
}

/** Inputs of steps that stand in the recipe itself. */
function unusedInputs(steps: readonly Step[], locate: Locate): RecipeRemark[] {
  return steps.flatMap((step, index) => {
    const named = new Set(variablesIn(JSON.stringify({ ...step, inputs: {} })))
    const own = Object.keys(step.inputs)
      .filter((name) => step.uses === '' && !named.has(`inputs.${name}`))
      .map((name) => ({ what: `nothing uses the input ${name}`, at: locate([index, 'inputs', name]) }))
    return [...own, ...unusedInputs(step.pipeline, below(locate, index, 'pipeline'))]
  })
}

/** Names between `${{` and `}}`. */
function variablesIn(text: string): string[] {
  return [...text.matchAll(/\$\{\{([^}]*)\}\}/g)].flatMap(([, inside = '']) => inside.match(/[\w.-]+/g) ?? [])
}
