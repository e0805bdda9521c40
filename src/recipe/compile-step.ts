// SPDX-License-Identifier: Apache-2.0
import { type Location, nearestName } from '../base/index.ts'
import { evaluateCondition } from './condition.ts'
import { invalid, parsePipelineFile } from './parse.ts'
import type { Step } from './schema.ts'
import { substituteAll, type Variables } from './substitute.ts'

/** One step ready to run: nothing is left to substitute. Nested steps run after its own script, in order. */
export interface ExpandedStep {
  /** What a person calls it: its name, its pipeline, or ''. */
  readonly label: string
  readonly uses: string | null
  readonly script: string
  readonly workingDirectory: string | null
  readonly environment: Readonly<Record<string, string>>
  readonly steps: readonly ExpandedStep[]
  /** How many direct children must have run; null when nothing is asserted. */
  readonly requiredSteps: number | null
  readonly at: Location | undefined
}

/** Finds the text of a pipeline by the name that `uses` gives; undefined when there is none. */
export type FindPipeline = (name: string) => { readonly text: string; readonly file: string } | undefined

/** What compiling steps brings to light beside the steps themselves. */
export interface StepFindings {
  /** Packages that pipelines need in the environment. */
  readonly needs: Set<string>
  /** Inputs of every fetch and git-checkout that will run. */
  readonly sources: {
    readonly uses: string
    readonly inputs: Readonly<Record<string, string>>
    readonly at: Location | undefined
  }[]
}

const MAX_DEPTH = 30

/**
 * Expands a step: takes its pipeline file in, checks its inputs, substitutes, leaves out what its `if` excludes (melange.md §6).
 *
 * @returns undefined for a step whose condition does not hold.
 * @throws MillraceError RECIPE_INVALID
 */
export function compileStep(
  step: Step,
  variables: Variables,
  f: { find: FindPipeline; findings: StepFindings; parsed: Map<string, ParsedPipeline> },
  inherited: Readonly<Record<string, string>> = {},
  depth = 0,
): ExpandedStep | undefined {
  const what = `expanding the step ${stepName(step)}`
  if (depth > MAX_DEPTH)
    throw invalid(what, `pipelines use each other more than ${MAX_DEPTH} deep`, 'remove the circle', step.at)
  const body = step.uses === '' ? step : withPipelineFile(step, f)
  const given = { ...inherited, ...step.with }
  const known = withInputs(variables, given, what, step.at)
  const inputs = resolveInputs(body, step, given, known, what)
  const inside = new Map(known)
  for (const [name, value] of Object.entries(inputs)) inside.set(`inputs.${name}`, value)
  if (!evaluateCondition(body.if, inside, step.at)) return undefined

  const substitute = (text: string) => substituteAll(text, inside, what, step.at)
  for (const name of body.needs.packages) f.findings.needs.add(substitute(name))
  if (step.uses === 'fetch' || step.uses === 'git-checkout')
    f.findings.sources.push({ uses: step.uses, inputs, at: step.at })
  const steps = body.pipeline.flatMap(
    (child) => compileStep(child, variables, f, { ...given, ...inputs }, depth + 1) ?? [],
  )
  const required = body.assertions['required-steps']
  return {
    label: step.name || step.uses || body.label,
    uses: step.uses || null,
    script: substitute(body.runs),
    workingDirectory: substitute(body['working-directory']) || null,
    environment: Object.fromEntries(
      Object.entries(body.environment).map(([name, value]) => [name, substitute(value)]),
    ),
    steps,
    requiredSteps: required === 0 ? null : required,
    at: step.at,
  }
}

export type ParsedPipeline = ReturnType<typeof parsePipelineFile>

/** The file's keys win over the step's, except its name. */
function withPipelineFile(step: Step, f: { find: FindPipeline; parsed: Map<string, ParsedPipeline> }): Step {
  const parsed = f.parsed.get(step.uses) ?? loadPipeline(step, f)
  const keys = [
    'if',
    'runs',
    'pipeline',
    'inputs',
    'needs',
    'assertions',
    'working-directory',
    'environment',
    'label',
  ] as const
  const merged: Record<string, unknown> = { ...step }
  for (const key of keys) if (parsed.given.has(key)) merged[key] = parsed[key]
  return merged as unknown as Step
}

function loadPipeline(
  step: Step,
  f: { find: FindPipeline; parsed: Map<string, ParsedPipeline> },
): ParsedPipeline {
  const what = `reading uses: ${step.uses}`
  if (step.uses.startsWith('/') || step.uses.split('/').includes('..'))
    throw invalid(what, 'a pipeline is named by a relative path without ..', 'give its name only', step.at)
  const found = f.find(step.uses)
  if (found === undefined)
    throw invalid(
      what,
      `there is no pipeline of that name`,
      'correct the name, or give the directory that has it with --pipeline-dir',
      step.at,
    )
  const parsed = parsePipelineFile(found.text, found.file)
  f.parsed.set(step.uses, parsed)
  return parsed
}

/** The variables with a caller's inputs, each substituted by what is known outside. */
function withInputs(
  variables: Variables,
  given: Readonly<Record<string, string>>,
  what: string,
  at: Location | undefined,
): Map<string, string> {
  const known = new Map(variables)
  for (const [name, value] of Object.entries(given))
    if (!value.includes('${{')) known.set(`inputs.${name}`, value)
  for (const [name, value] of Object.entries(given))
    if (value.includes('${{')) known.set(`inputs.${name}`, substituteAll(value, known, what, at))
  return known
}

function resolveInputs(
  body: Step,
  step: Step,
  given: Readonly<Record<string, string>>,
  known: Variables,
  what: string,
): Record<string, string> {
  const unknown = Object.keys(step.with).find((name) => !(name in body.inputs))
  if (step.uses !== '' && unknown !== undefined) {
    const near = nearestName(unknown, Object.keys(body.inputs))
    const names = Object.keys(body.inputs).sort().join(', ') || 'none'
    throw invalid(
      what,
      `${step.uses} has no input ${JSON.stringify(unknown)}`,
      near === undefined ? `its inputs are: ${names}` : `did you mean ${near}?`,
      step.at,
    )
  }
  const inputs: Record<string, string> = {}
  for (const [name, input] of Object.entries(body.inputs)) {
    const value = name in given ? (known.get(`inputs.${name}`) ?? '') : ''
    inputs[name] = value !== '' ? value : substituteAll(input.default, known, what, step.at)
    if (input.required && inputs[name] === '')
      throw invalid(what, `${step.uses} needs the input ${name}`, `add ${name} to with`, step.at)
    const hex = HEX_INPUTS[name]
    if (
      hex !== undefined &&
      inputs[name] !== '' &&
      !new RegExp(`^[0-9a-f]{${hex}}$`).test(inputs[name] ?? '')
    )
      throw invalid(
        what,
        `${name} is ${JSON.stringify(inputs[name])}, expected ${hex} hexadecimal digits`,
        `give the whole value`,
        step.at,
      )
  }
  return inputs
}

const HEX_INPUTS: Readonly<Record<string, number>> = {
  'expected-sha256': 64,
  'expected-sha512': 128,
  'expected-commit': 40,
}

function stepName(step: Step): string {
  return step.name || step.uses || JSON.stringify(step.runs.trim().split('\n')[0]?.slice(0, 40) ?? '')
}
