// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import type { OpenedApk } from '../../apk/index.ts'
import { isMillraceError, readYaml, type YamlDialect } from '../../base/index.ts'
import type { ExpandedRecipe, ExpandedStep } from '../../recipe/index.ts'

/** The pipelines that the tests of a recipe's package use, those that these use among them. */
export function testPipelinesOf({ tests }: Pick<ExpandedRecipe, 'tests'>, name: string): ReadonlySet<string> {
  const used = new Set<string>()
  const walk = ({ uses, steps }: ExpandedStep) => {
    if (uses !== null) used.add(uses)
    steps.forEach(walk)
  }
  tests.get(name)?.steps.forEach(walk)
  return used
}

interface CarriedStep {
  readonly uses: string
  readonly pipeline: readonly CarriedStep[]
}

const Step: z.ZodType<CarriedStep> = z.looseObject({
  uses: z.string().default(''),
  pipeline: z.array(z.lazy(() => Step)).default([]),
}) as unknown as z.ZodType<CarriedStep>
const Test = z.looseObject({ pipeline: z.array(Step).default([]) }).optional()
const CarriedRecipe = z.looseObject({
  package: z.looseObject({ name: z.string() }),
  test: Test,
  subpackages: z.array(z.looseObject({ name: z.string(), test: Test })).default([]),
})

const CARRIED: YamlDialect = {
  code: 'APK_INVALID',
  scalars: 'text',
  noun: 'the recipe that a package carries',
}

/** The same from the recipe that melange puts into a package, `.melange.yaml`; undefined when there is none, or none that tells. */
export function carriedTestPipelines({
  control,
  info,
}: Pick<OpenedApk, 'control' | 'info'>): ReadonlySet<string> | undefined {
  const text = control.get('.melange.yaml')?.text
  const recipe = text === undefined ? undefined : carriedRecipe(text)
  if (recipe === undefined) return undefined
  const { package: main, test, subpackages } = recipe
  const own = main.name === info.name ? test : subpackages.find(({ name }) => name === info.name)?.test
  const used = new Set<string>()
  const walk = ({ uses, pipeline }: CarriedStep) => {
    used.add(uses)
    pipeline.forEach(walk)
  }
  own?.pipeline.forEach(walk)
  return used
}

function carriedRecipe(text: string): z.output<typeof CarriedRecipe> | undefined {
  try {
    return readYaml(text, '.melange.yaml', CARRIED, CarriedRecipe).content
  } catch (error) {
    if (isMillraceError(error, 'APK_INVALID')) return undefined
    throw error
  }
}
