// SPDX-License-Identifier: Apache-2.0
import type { MillraceError } from '../../base/index.ts'
import type { CorpusPackage, CorpusRecipe, CorpusSource } from '../../corpus/index.ts'

/** A recipe said out, as one JSON object: keys in the order of their names, lists sorted. */
export function expansionJson(
  recipe: string,
  { environment, epoch, packages, sources, version }: CorpusRecipe,
): object {
  return { environment, epoch, packages: packages.map(packageJson), recipe, sources, version }
}

function packageJson({ name, priorityText, provides, replaces, runtime }: CorpusPackage): object {
  return {
    name,
    ...(priorityText === '' ? {} : { providerPriority: priorityText }),
    provides: provides.toSorted(),
    replaces: replaces.toSorted(),
    runtime: runtime.toSorted(),
  }
}

/** The same for a recipe that has none. */
export function failureJson(recipe: string, error: MillraceError): object {
  return { error: error.toJSON(), recipe }
}

/** A recipe said out for a person. @param width columns; lists go on below their first line. */
export function expansionText(recipe: CorpusRecipe, width: number): string {
  const { name, version, epoch, packages, environment, sources } = recipe
  return [
    `${name} ${version}-r${epoch}`,
    ...listed('packages', packages.map(packageText), width, '\n'),
    ...listed('environment', environment, width, '  '),
    ...listed('sources', sources.map(sourceText), width, '\n'),
  ].join('\n')
}

function packageText({ name, runtime, provides, replaces, priorityText }: CorpusPackage): string {
  const relations = [
    ['needs', runtime],
    ['provides', provides],
    ['replaces', replaces],
    ['priority', priorityText === '' ? [] : [priorityText]],
  ] as const
  const told = relations.flatMap(([word, names]) =>
    names.length === 0 ? [] : [`${word} ${names.join(', ')}`],
  )
  return told.length === 0 ? name : `${name}: ${told.join('; ')}`
}

function sourceText(source: CorpusSource): string {
  const { uri, repository = '', tag, branch, 'expected-commit': commit } = source
  if (uri !== undefined) return uri
  const point = tag ?? branch
  return [
    repository,
    ...(point === undefined ? [] : [`at ${point}`]),
    ...(commit === undefined ? [] : [`(${commit.slice(0, 12)})`]),
  ].join(' ')
}

const MARGIN = 15

/** Items below each other, or as many beside each other as a line takes. */
function listed(label: string, items: readonly string[], width: number, between: '\n' | '  '): string[] {
  const lines = between === '\n' ? [...items] : filled(items, width - MARGIN, between)
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(MARGIN - 2)}${line}`)
}

function filled(items: readonly string[], width: number, between: string): string[] {
  const lines: string[] = []
  for (const item of items) {
    const longer = `${lines.at(-1)}${between}${item}`
    if (lines.length > 0 && longer.length <= width) lines[lines.length - 1] = longer
    else lines.push(item)
  }
  return lines
}
