// SPDX-License-Identifier: Apache-2.0
import { below, type Locate, type Location, nearestName } from '../base/index.ts'
import { evaluateCondition } from './condition.ts'
import { resolveInputs } from './inputs.ts'
import { invalid } from './invalid.ts'
import { type ParsedPipeline, type PlacedStep, parsePipelineFile } from './pipeline-file.ts'
import type { Step } from './schema.ts'
import { substituteAll, type Variables, within } from './substitute.ts'

/** One step ready to run: nothing is left to substitute. Nested steps run after its own script, in order. */
export interface ExpandedStep {
  /** What a person calls it: its name, its pipeline, or ''. */
  readonly label: string
  readonly uses: string | null
  readonly script: string
  readonly workingDirectory: string | null
  readonly environment: Readonly<Record<string, string>>
  readonly steps: readonly ExpandedStep[]
  /** How many direct children must run; that many do. Null when nothing is asserted. */
  readonly requiredSteps: number | null
  readonly at: Location | undefined
}

/** Finds the text of a pipeline by the name that `uses` gives; undefined when there is none. */
export type FindPipeline = (name: string) => { readonly text: string; readonly file: string } | undefined

/** A fetch or git-checkout. */
export interface SourceStep {
  /** Whether its `if`, and those of the steps around it, hold. */
  readonly runs: boolean
  readonly uses: string
  readonly inputs: ReadonlyMap<string, string>
  readonly place: () => Location
}

/** What compiling steps brings to light beside the steps themselves. */
export interface StepFindings {
  /** Packages that steps need in the environment. */
  readonly needs: Set<string>
  readonly sources: SourceStep[]
}

export interface Compiler {
  readonly find: FindPipeline
  readonly pipelineNames: readonly string[]
  /** Pipeline files read before, by name: they are many steps' and few. */
  readonly parsed: Map<string, ParsedPipeline>
  readonly findings: StepFindings
}

const MAX_DEPTH = 30

/**
 * Expands steps: takes their pipeline files in, checks their inputs, substitutes, leaves out what an `if` excludes (melange.md §4, §6). What is left out must be right too.
 *
 * @throws MillraceError RECIPE_INVALID
 */
export function compileSteps(
  f: Compiler,
  steps: readonly Step[],
  locate: Locate,
  variables: Variables,
  depth = 0,
): ExpandedStep[] {
  return steps.flatMap((step, index) => compileStep(f, step, below(locate, index), variables, depth) ?? [])
}

function compileStep(
  f: Compiler,
  step: Step,
  locate: Locate,
  outside: Variables,
  depth: number,
): ExpandedStep | undefined {
  const what = `expanding ${stepName(step)}`
  if (depth > MAX_DEPTH)
    throw invalid(
      what,
      `pipelines use each other more than ${MAX_DEPTH} deep`,
      'remove the circle',
      locate([]),
    )
  const body = bodyOf(f, step, locate)
  const inputs = resolveInputs({ step, locate }, body, outside, what)
  const inside = within(outside, inputs)
  const substitute = (text: string, ...path: PropertyKey[]) =>
    substituteAll(text, inside, () => ({ what, locate: (needle) => body.locate(path, needle) }))

  const needs = body.step.needs.packages.map((name, index) => substitute(name, 'needs', 'packages', index))
  const workingDirectory = substitute(body.step['working-directory'], 'working-directory')
  const script = substitute(body.step.runs, 'runs')
  const runs = evaluateCondition(body.step.if, inside, () => ({
    what: `evaluating the if of ${stepName(step)}`,
    locate: (needle) => body.locate(['if'], needle),
  }))
  const collecting: Compiler = runs ? f : { ...f, findings: { needs: new Set(), sources: [] } }
  for (const name of needs) collecting.findings.needs.add(name)
  if (step.uses === 'fetch' || step.uses === 'git-checkout')
    collecting.findings.sources.push({ runs: true, uses: step.uses, inputs, place: () => locate([]) })
  const steps = compileSteps(
    collecting,
    body.step.pipeline,
    below(body.locate, 'pipeline'),
    inside,
    depth + 1,
  )
  if (!runs) {
    f.findings.sources.push(...collecting.findings.sources.map((source) => ({ ...source, runs: false })))
    return undefined
  }
  return {
    label: step.name || step.uses || body.step.label,
    uses: step.uses || null,
    script,
    workingDirectory: workingDirectory || null,
    environment: body.step.environment,
    steps,
    requiredSteps: requiredSteps(body, steps.length, what),
    // To know a place the text is read once more: only who asks for one pays.
    get at() {
      return locate([])
    },
  }
}

/** Which children run is known by now, so what is asserted about their number is judged here and not in the build. */
function requiredSteps({ step, locate }: PlacedStep, steps: number, what: string): number | null {
  const { 'required-steps': required } = step.assertions
  if (required === 0) return null
  if (required === steps) return required
  throw invalid(
    what,
    `it asserts that ${required} of its ${step.pipeline.length} steps run, ${steps} would`,
    'correct the if of its steps, or target-architecture',
    locate(['assertions', 'required-steps']),
  )
}

/** The step with its pipeline file over it. A step that brings its own pipeline was compiled before, and its uses is only told. */
function bodyOf(f: Compiler, step: Step, locate: Locate): PlacedStep {
  if (step.uses === '' || step.pipeline.length > 0) return { step, locate }
  const file = f.parsed.get(step.uses) ?? loadPipeline(f, step.uses, locate)
  return {
    step: {
      ...step,
      ...file.own,
      name: step.name,
      uses: step.uses,
      with: step.with,
      inputs: { ...step.inputs, ...file.step.inputs },
      environment: { ...step.environment, ...file.step.environment },
    },
    locate: (path, text) => (file.given.has(String(path[0])) ? file.locate(path, text) : locate(path, text)),
  }
}

function loadPipeline(f: Compiler, name: string, locate: Locate): ParsedPipeline {
  const what = `reading the pipeline that uses: ${name} names`
  if (name.startsWith('/') || name.includes('..'))
    throw invalid(
      what,
      'a pipeline is named by its path below a pipeline directory, without ..',
      'give that path',
      locate(['uses']),
    )
  const found = f.find(name)
  if (found === undefined) {
    const near = nearestName(name, f.pipelineNames)
    const own = `a pipeline of your own is a file pipelines/${name}.yaml beside the recipe, in distro/, or below --pipeline-dir`
    throw invalid(
      what,
      'there is no pipeline of that name',
      near === undefined ? `correct the name; ${own}` : `did you mean ${near}? If not: ${own}`,
      locate(['uses']),
    )
  }
  const parsed = parsePipelineFile(found.text, found.file)
  f.parsed.set(name, parsed)
  return parsed
}

function stepName({ name, uses, runs }: Step): string {
  if (name !== '' || uses !== '') return `the step ${name || uses}`
  const [line = ''] = runs.trim().split('\n', 1)
  return line === '' ? 'a step without a name' : `the step ${JSON.stringify(line.slice(0, 40))}`
}
