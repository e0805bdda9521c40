// SPDX-License-Identifier: Apache-2.0
import {
  findSchemaProblems,
  isTreeMap,
  type Locate,
  present,
  readLocatedYaml,
  type TreeMap,
} from '../base/index.ts'
import { PIPELINE_YAML } from './dialect.ts'
import { invalid } from './invalid.ts'
import { type Step, StepSchema } from './schema.ts'

/** A step, and the places of what it says. */
export interface PlacedStep {
  readonly step: Step
  readonly locate: Locate
}

/** A pipeline file: a step, of which callers must know what it says itself. */
export interface ParsedPipeline extends PlacedStep {
  readonly given: ReadonlySet<string>
  /** The part of the step that the file says. */
  readonly own: Partial<Step>
}

/**
 * Reads the file that a `uses:` names. melange passes over keys it does not know there, so they are left out at every depth.
 *
 * @throws MillraceError RECIPE_INVALID with the place in the pipeline file.
 */
export function parsePipelineFile(text: string, file: string): ParsedPipeline {
  const located = readLocatedYaml(text, file, PIPELINE_YAML)
  if (!isTreeMap(located.tree))
    throw invalid(
      `reading the pipeline ${file}`,
      'expected a map with the keys of a step',
      'give it inputs and a pipeline',
      { file, line: 1, column: 1 },
    )
  const known = onlyKnown(located.tree)
  const parsed = StepSchema.safeParse(known)
  if (!parsed.success)
    throw present(findSchemaProblems(parsed.error, located, StepSchema)[0], 'a failed parse has an issue')
  const given = new Set(Object.keys(known))
  const own: Partial<Step> = Object.fromEntries(Object.entries(parsed.data).filter(([key]) => given.has(key)))
  return { step: parsed.data, given, own, locate: located.locate }
}

const STEP_KEYS = [
  'if',
  'name',
  'uses',
  'with',
  'runs',
  'pipeline',
  'inputs',
  'needs',
  'label',
  'assertions',
  'working-directory',
  'environment',
]

function onlyKnown(tree: TreeMap): TreeMap {
  const step = onlyKeys(tree, STEP_KEYS)
  const { pipeline, inputs, needs, assertions } = step
  if (Array.isArray(pipeline))
    step['pipeline'] = pipeline.map((child) => (isTreeMap(child) ? onlyKnown(child) : child))
  if (isTreeMap(inputs))
    step['inputs'] = Object.fromEntries(
      Object.entries(inputs).map(([name, input]) => [
        name,
        isTreeMap(input) ? onlyKeys(input, ['description', 'default', 'required']) : input,
      ]),
    )
  if (isTreeMap(needs)) step['needs'] = onlyKeys(needs, ['packages'])
  if (isTreeMap(assertions)) step['assertions'] = onlyKeys(assertions, ['required-steps'])
  return step
}

function onlyKeys(tree: TreeMap, keys: readonly string[]): TreeMap {
  return Object.fromEntries(Object.entries(tree).filter(([key]) => keys.includes(key)))
}
