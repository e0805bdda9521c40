// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type Location, MillraceError, nearestName } from '../base/index.ts'
import { type LocatedTree, readLocatedYaml, type Tree } from './located-yaml.ts'
import { type RecipeFile, RecipeSchema, type Step, StepSchema } from './schema.ts'

/** A recipe that matches its schema, with the place of each step, and of anything else by its path. */
export interface Recipe {
  readonly file: string
  readonly content: RecipeFile
  locate(path: readonly PropertyKey[]): Location
}

/**
 * Reads a recipe strictly: every unknown key, wrong type and contradiction is an error with its place.
 *
 * @param file how messages name it.
 * @throws MillraceError RECIPE_INVALID for the first problem; {@link findRecipeProblems} gives all.
 */
export function parseRecipe(text: string, file: string): Recipe {
  const located = readLocatedYaml(text, file)
  const parsed = RecipeSchema.safeParse(located.tree)
  if (!parsed.success)
    throw problemsOf(parsed.error, located, file, RecipeSchema)[0] ?? new Error('a failed parse has an issue')
  const content = withPlaces(parsed.data, located)
  const [contradiction] = findContradictions(content, file, located)
  if (contradiction !== undefined) throw contradiction
  return { file, content, locate: located.locate }
}

/** Every problem of a recipe, in the order of the text. An empty list: it parses. */
export function findRecipeProblems(text: string, file: string): MillraceError[] {
  try {
    const located = readLocatedYaml(text, file)
    const parsed = RecipeSchema.safeParse(located.tree)
    if (!parsed.success) return problemsOf(parsed.error, located, file, RecipeSchema)
    return findContradictions(withPlaces(parsed.data, located), file, located)
  } catch (error) {
    if (error instanceof MillraceError) return [error]
    throw error
  }
}

/** What a pipeline file of a `uses:` says: a step, whose unknown keys melange passes over. */
export function parsePipelineFile(
  text: string,
  file: string,
): Step & { readonly given: ReadonlySet<string> } {
  const located = readLocatedYaml(text, file)
  const tree = located.tree
  if (typeof tree !== 'object' || Array.isArray(tree))
    throw invalid(`reading the pipeline ${file}`, 'expected a map', 'give it inputs and a pipeline', {
      file,
      line: 1,
      column: 1,
    })
  const known = onlyStepKeys(tree)
  const parsed = StepSchema.safeParse(known)
  if (!parsed.success)
    throw problemsOf(parsed.error, located, file, StepSchema)[0] ?? new Error('a failed parse has an issue')
  return { ...placeStep(parsed.data, [], located), given: new Set(Object.keys(known)) }
}

/** A step without the keys that are none of a step's, at every depth. */
function onlyStepKeys(tree: { readonly [key: string]: Tree }): { [key: string]: Tree } {
  const known = Object.entries(tree).filter(([key]) => STEP_KEYS.has(key))
  return Object.fromEntries(
    known.map(([key, value]) => {
      const children = key === 'pipeline' && Array.isArray(value) ? value : undefined
      return [
        key,
        children?.map((child) =>
          typeof child === 'object' && !Array.isArray(child) ? onlyStepKeys(child) : child,
        ) ?? value,
      ]
    }),
  )
}

const STEP_KEYS = new Set([
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
])

function problemsOf(
  error: z.ZodError,
  located: LocatedTree,
  file: string,
  schema: z.ZodType,
): MillraceError[] {
  const problems = error.issues.flatMap((issue) => {
    const name = pathName(issue.path)
    if (issue.code === 'unrecognized_keys') {
      const known = keysAt(schema, issue.path)
      return issue.keys.map((key) => {
        const near = nearestName(key, known)
        const fix =
          near === undefined ? `known here: ${[...known].sort().join(', ')}` : `did you mean ${near}?`
        return invalid(
          `reading ${name === '' ? file : name}`,
          `${JSON.stringify(key)} is not a key of it`,
          fix,
          located.locate(issue.path, key),
        )
      })
    }
    const missing = issue.code === 'invalid_type' && valueAt(located, issue.path) === undefined
    const found = missing ? 'it is not there' : `found ${shown(valueAt(located, issue.path))}`
    const fix = missing ? `add ${name}` : `change ${name} to what is expected`
    return [
      invalid(`reading ${name} in ${file}`, `${issue.message}, ${found}`, fix, located.locate(issue.path)),
    ]
  })
  return problems.sort(
    (a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0),
  )
}

function valueAt(located: LocatedTree, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    located.tree,
  )
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object') return 'a map'
  return `the text ${JSON.stringify(String(value).slice(0, 60))}`
}

function pathName(path: readonly PropertyKey[]): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}

/** The keys a schema knows at a path, seen through preprocessing, defaults, lists and maps. */
function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): Set<string> {
  let at: z.ZodType | undefined = bare(schema)
  for (const part of path) {
    if (at instanceof z.ZodObject) at = bare(at.shape[String(part)] as z.ZodType)
    else if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType)
    else if (at instanceof z.ZodRecord) at = bare(at.valueType as z.ZodType)
  }
  return new Set(at instanceof z.ZodObject ? Object.keys(at.shape) : [])
}

function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe)
    return bare((schema.out instanceof z.ZodTransform ? schema.in : schema.out) as z.ZodType)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodLazy)
    return bare(schema.unwrap() as z.ZodType)
  return schema
}

function withPlaces(content: RecipeFile, located: LocatedTree): RecipeFile {
  const steps = (list: readonly Step[], path: PropertyKey[]) =>
    list.map((step, index) => placeStep(step, [...path, index], located))
  return {
    ...content,
    pipeline: steps(content.pipeline, ['pipeline']),
    test: { ...content.test, pipeline: steps(content.test.pipeline, ['test', 'pipeline']) },
    subpackages: content.subpackages.map((subpackage, index) => ({
      ...subpackage,
      pipeline: steps(subpackage.pipeline, ['subpackages', index, 'pipeline']),
      test: {
        ...subpackage.test,
        pipeline: steps(subpackage.test.pipeline, ['subpackages', index, 'test', 'pipeline']),
      },
    })),
  }
}

function placeStep(step: Step, path: PropertyKey[], located: LocatedTree): Step {
  return {
    ...step,
    at: located.locate(path),
    pipeline: step.pipeline.map((child, index) => placeStep(child, [...path, 'pipeline', index], located)),
  }
}

/** What the schema alone cannot tell (melange.md §2, "Validation"). Like melange, it leaves the steps of tests alone. */
function findContradictions(content: RecipeFile, file: string, located: LocatedTree): MillraceError[] {
  const problems: MillraceError[] = []
  const checkStep = (step: Step): void => {
    const say = (why: string, fix: string) =>
      problems.push(invalid(`reading a step of ${file}`, why, fix, step.at))
    if (step.uses !== '' && step.runs !== '')
      say('it has both uses and runs', 'keep one of them; runs can follow as a step of its own')
    if (step.uses === '' && Object.keys(step.with).length > 0)
      say('it has with, but no uses', 'name the pipeline in uses, or remove with')
    step.pipeline.forEach(checkStep)
  }
  content.pipeline.forEach(checkStep)
  const names = new Map<string, number>([[content.package.name, -1]])
  for (const [index, subpackage] of content.subpackages.entries()) {
    subpackage.pipeline.forEach(checkStep)
    if (subpackage.range !== '' && !content.data.some(({ name }) => name === subpackage.range)) {
      const near = nearestName(
        subpackage.range,
        content.data.map(({ name }) => name),
      )
      problems.push(
        invalid(
          `reading subpackages[${index}].range of ${file}`,
          `there is no data named ${subpackage.range}`,
          near === undefined ? 'add it to data' : `did you mean ${near}?`,
          located.locate(['subpackages', index, 'range']),
        ),
      )
    }
    if (subpackage.range !== '' || subpackage.name.includes('${{')) continue
    if (names.has(subpackage.name))
      problems.push(
        invalid(
          `reading subpackages[${index}].name of ${file}`,
          `another package of the recipe is called ${subpackage.name}`,
          'give each package a name of its own',
          located.locate(['subpackages', index, 'name']),
        ),
      )
    names.set(subpackage.name, index)
  }
  const { vendor, product } = content.package.cpe
  if ((vendor === '') !== (product === ''))
    problems.push(
      invalid(
        `reading package.cpe of ${file}`,
        'vendor and product are given together or not at all',
        'add the other',
        located.locate(['package', 'cpe']),
      ),
    )
  return problems
}

export function invalid(what: string, why: string, fix: string, at: Location | undefined): MillraceError {
  return new MillraceError('RECIPE_INVALID', { what, why, fix, at })
}
