// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type MillraceError, nearestName } from '../base/index.ts'
import { shown } from './fields.ts'
import { invalid } from './invalid.ts'
import type { LocatedTree, Tree } from './located-yaml.ts'

type Path = readonly PropertyKey[]

/** Says in words, and with its place, everything that a schema does not like about a tree; in the order of the text. */
export function findSchemaProblems(
  error: z.ZodError,
  located: LocatedTree,
  schema: z.ZodType,
): MillraceError[] {
  const misspelt = misspeltKeys(error.issues, schema)
  return error.issues
    .filter((issue) => !misspelt.has(pathName(issue.path)))
    .flatMap((issue) => problemsOf(issue, located, schema))
    .sort(byPlace)
}

/** Paths of keys that are missing only because they are spelt wrong. */
function misspeltKeys(issues: readonly z.core.$ZodIssue[], schema: z.ZodType): ReadonlySet<string> {
  const meant = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.flatMap((key) => {
          const near = nearestName(key, keysAt(schema, issue.path))
          return near === undefined ? [] : [pathName([...issue.path, near])]
        })
      : [],
  )
  return new Set(meant)
}

export function byPlace({ at: a }: MillraceError, { at: b }: MillraceError): number {
  return (a?.line ?? 0) - (b?.line ?? 0) || (a?.column ?? 0) - (b?.column ?? 0)
}

/** `package.copyright[0].license` */
export function pathName(path: Path): string {
  return path
    .map((part, index) =>
      typeof part === 'number' ? `[${part}]` : `${index === 0 ? '' : '.'}${String(part)}`,
    )
    .join('')
}

function problemsOf(issue: z.core.$ZodIssue, located: LocatedTree, schema: z.ZodType): MillraceError[] {
  const { path } = issue
  const { file, noun } = located
  const what = path.length === 0 ? `reading ${file}` : `reading ${pathName(path)} of ${file}`
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) =>
      invalid(what, ...unknownKey(key, path, schema, noun), located.locateKey(path, key)),
    )
  const { why, fix } = wrongValue(issue, valueAt(located.tree, path), noun)
  return [invalid(what, why, fix, located.locate(path))]
}

function unknownKey(key: string, path: Path, schema: z.ZodType, noun: string): [why: string, fix: string] {
  const known = keysAt(schema, path)
  const owner = path.length === 0 ? noun : pathName(path)
  const why = `there is no key ${shown(key)} in ${owner}`
  const near = nearestName(key, known)
  if (near !== undefined) return [why, `did you mean ${near}?`]
  const homes = homesOf(key, schema)
  if (homes.length > 0) return [why, `it belongs in ${homes.join(' or in ')}`]
  return [why, `known here: ${known.sort().join(', ')}`]
}

function wrongValue(
  issue: z.core.$ZodIssue,
  found: Tree | undefined,
  noun: string,
): { why: string; fix: string } {
  if (issue.code === 'custom') return { why: issue.message, fix: String(issue.params?.['fix'] ?? '') }
  const expected = issue.code === 'invalid_type' ? issue.expected : ''
  const name = String(issue.path.findLast((part) => typeof part === 'string') ?? noun)
  if (found === undefined) return { why: `${name} is missing`, fix: MISSING[name] ?? `add ${name}` }
  const why = `expected ${SHAPES[expected] ?? expected}, found ${shapeOf(found)}`
  return { why, fix: fixOf(expected, found, name) }
}

const MISSING: Readonly<Record<string, string>> = {
  package: 'add package: and below it name and version',
  version: 'add version: "1.0"',
}

const SHAPES: Readonly<Record<string, string>> = {
  string: 'one text',
  array: 'a list',
  object: 'a map',
  record: 'a map of names and values',
}

function shapeOf(found: Tree): string {
  if (typeof found === 'string') return `the text ${shown(found)}`
  return Array.isArray(found) ? 'a list' : 'a map'
}

function fixOf(expected: string, found: Tree, name: string): string {
  if (expected === 'array' && typeof found === 'string') return `write it as a list: - ${shown(found)}`
  if (expected === 'array') return 'put a dash and a space before each item'
  if (expected === 'string' && Array.isArray(found)) {
    const items = found.filter((item) => typeof item === 'string')
    return `write one text; several go in one, separated as ${name} wants it: ${shown(items.join(' '))}`
  }
  if (expected === 'string') return 'write one text; if a colon made it a map, put quotes around it'
  if (Array.isArray(found)) return 'remove the dashes'
  return 'write keys below it, each with a colon and a value'
}

function valueAt(tree: Tree, path: Path): Tree | undefined {
  let value: Tree | undefined = tree
  for (const part of path) {
    if (value === undefined || typeof value === 'string') return undefined
    if (Array.isArray(value)) value = value[Number(part)]
    else value = Object.hasOwn(value, String(part)) ? value[String(part)] : undefined
  }
  return value
}

/** The keys a schema knows at a path. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at = bare(schema)
  for (const part of path) {
    if (at instanceof z.ZodObject) at = bare(at.shape[String(part)] as z.ZodType)
    else if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType)
    else if (at instanceof z.ZodRecord) at = bare(at.valueType as z.ZodType)
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

/** Where else a key is known: the shallowest places, two at most. */
function homesOf(key: string, schema: z.ZodType): string[] {
  let level: [string, z.ZodType][] = [['', schema]]
  for (let depth = 0; depth < 4 && level.length > 0; depth++) {
    const children = level.flatMap(([name, child]) => childrenOf(name, bare(child)))
    const homes = children.flatMap(([name, child]) => (keysAt(child, []).includes(key) ? [name] : []))
    if (homes.length > 0) return homes.slice(0, 2)
    level = children
  }
  return []
}

function childrenOf(name: string, schema: z.ZodType): [string, z.ZodType][] {
  if (schema instanceof z.ZodArray) return [[`${name}[]`, schema.element as z.ZodType]]
  if (!(schema instanceof z.ZodObject)) return []
  return Object.entries(schema.shape).map(([key, child]) => [
    name === '' ? key : `${name}.${key}`,
    child as z.ZodType,
  ])
}

/** A schema without preprocessing, defaults and the like around it. */
function bare(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodPipe)
    return bare((schema.out instanceof z.ZodTransform ? schema.in : schema.out) as z.ZodType)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodLazy)
    return bare(schema.unwrap() as z.ZodType)
  return schema
}
