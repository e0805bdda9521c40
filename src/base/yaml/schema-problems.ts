// SPDX-License-Identifier: Apache-2.0
import { z } from 'zod'
import { type MillraceError, nearestName } from '../error.ts'
import { formatCount } from '../words.ts'
import { shown, type YamlDialect, yamlInvalid } from './dialect.ts'
import { isTreeMap, type LocatedTree, type Tree } from './located-yaml.ts'

type Path = readonly PropertyKey[]

/** Says in words, and with its place, everything that a schema does not like about a tree; in the order of the text. */
export function findSchemaProblems(
  error: z.ZodError,
  located: LocatedTree,
  schema: z.ZodType,
): MillraceError[] {
  const misspelt = misspeltKeys(error.issues, located, schema)
  return error.issues
    .filter((issue) => !misspelt.has(pathName(issue.path)))
    .flatMap((issue) => problemsOf(issue, located, schema))
    .sort(byPlace)
}

/** Paths of keys that are missing only because they are spelt wrong. */
function misspeltKeys(
  issues: readonly z.core.$ZodIssue[],
  { tree }: LocatedTree,
  schema: z.ZodType,
): ReadonlySet<string> {
  const meant = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.flatMap((key) => {
          const near = nearestName(key, keysAt(schema, issue.path, tree))
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
  const { file, dialect, tree } = located
  const what = path.length === 0 ? `reading ${file}` : `reading ${pathName(path)} of ${file}`
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => {
      const [why, fix] = unknownKey(key, path, located, schema)
      return yamlInvalid(dialect, what, why, fix, located.locateKey(path, key))
    })
  if (issue.code === 'invalid_key') {
    const [key, expected] = [String(path.at(-1)), issue.issues[0]?.message ?? issue.message]
    const why = `expected ${expected}, found the key ${shown(key)}`
    const at = located.locateKey(path.slice(0, -1), key)
    return [yamlInvalid(dialect, what, why, `write ${expected}`, at)]
  }
  const { why, fix } = wrongValue(issue, valueAt(tree, path), dialect)
  return [yamlInvalid(dialect, what, why, fix, located.locate(path))]
}

function unknownKey(
  key: string,
  path: Path,
  { tree, dialect }: LocatedTree,
  schema: z.ZodType,
): [why: string, fix: string] {
  const known = keysAt(schema, path, tree)
  const owner = path.length === 0 ? dialect.noun : pathName(path)
  const why = `there is no key ${shown(key)} in ${owner}`
  const near = nearestName(key, known)
  if (near !== undefined) return [why, `did you mean ${near}?`]
  const homes = homesOf((keys) => keys.find((name) => name === key), schema, dialect.noun)
  if (homes.length > 0) return [why, `it belongs in ${homes.map(({ home }) => home).join(' or in ')}`]
  const longer = known.find((name) => key.length > 3 && name.startsWith(key))
  if (longer !== undefined) return [why, `did you mean ${longer}?`]
  const [meant] = homesOf((keys) => nearestName(key, keys), schema, dialect.noun)
  if (meant !== undefined) return [why, `did you mean ${meant.key}, in ${meant.home}?`]
  return [why, `known here: ${known.sort().join(', ')}`]
}

function wrongValue(
  issue: z.core.$ZodIssue,
  found: Tree | undefined,
  { noun, missing }: YamlDialect,
): { why: string; fix: string } {
  if (issue.code === 'custom') return { why: issue.message, fix: String(issue.params?.['fix'] ?? '') }
  const name = String(issue.path.findLast((part) => typeof part === 'string') ?? noun)
  const expected = expectedBy(issue)
  const options = optionsOf(issue)
  if (found === undefined) {
    const add = options.length > 0 ? `add ${name}: ${expected}` : `add ${name}`
    return { why: `${name} is missing`, fix: missing?.[name] ?? add }
  }
  const why = `expected ${expected}, found ${shapeOf(found)}`
  if (issue.code === 'invalid_type') return { why, fix: fixOf(issue.expected, found, name) }
  const near = nearestName(typeof found === 'string' ? found : '', options)
  return { why, fix: near === undefined ? `write ${expected}` : `did you mean ${near}?` }
}

const SHAPES: Readonly<Record<string, string>> = {
  string: 'one text',
  array: 'a list',
  object: 'a map',
  record: 'a map of names and values',
  number: 'a number',
  int: 'a whole number',
}

/** What a schema wants instead, as a noun: what has a form of its own says that in its message. */
function expectedBy(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return SHAPES[issue.expected] ?? issue.expected
  const options = optionsOf(issue)
  if (options.length > 0) return `one of ${options.join(', ')}`
  if (issue.code === 'too_small')
    return `${issue.inclusive ? 'at least' : 'more than'} ${amount(issue.minimum, issue.origin)}`
  if (issue.code === 'too_big')
    return `${issue.inclusive ? 'at most' : 'less than'} ${amount(issue.maximum, issue.origin)}`
  return issue.message
}

function amount(count: number | bigint, origin: string): string {
  const noun = { array: 'item', string: 'character' }[origin]
  return noun === undefined ? String(count) : formatCount(Number(count), noun)
}

/** The words that tell which of several maps one is. */
function optionsOf(issue: z.core.$ZodIssue): string[] {
  return issue.code === 'invalid_union' && 'options' in issue ? (issue.options ?? []).map(String) : []
}

function shapeOf(found: Tree): string {
  if (typeof found === 'string') return `the text ${shown(found)}`
  if (typeof found === 'number') return `the number ${found}`
  if (Array.isArray(found)) return found.length === 0 ? 'an empty list' : 'a list'
  return found === null ? 'nothing' : typeof found === 'object' ? 'a map' : String(found)
}

function fixOf(expected: string, found: Tree, name: string): string {
  if (expected === 'array' && typeof found === 'string') return `write it as a list: - ${shown(found)}`
  if (expected === 'array') {
    const [glued] = isTreeMap(found) ? Object.keys(found).filter((key) => /^-\S/.test(key)) : []
    return glued === undefined
      ? 'put a dash and a space before each item'
      : `put a space behind the dash: - ${glued.slice(1)}`
  }
  if (expected === 'string' && Array.isArray(found)) {
    const items = found.filter((item) => typeof item === 'string')
    return `write one text; several go in one, separated as ${name} wants it: ${shown(items.join(' '))}`
  }
  if (expected === 'string' && !isTreeMap(found))
    return 'write one text; in quotes, if YAML takes it for a number or truth value'
  if (expected === 'string') return 'write one text; if a colon made it a map, put quotes around it'
  if (expected === 'number' || expected === 'int') return 'write digits only, without quotes'
  if (Array.isArray(found)) return 'remove the dashes'
  return 'write keys below it, each with a colon and a value'
}

function valueAt(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>(partOf, tree)
}

function partOf(value: Tree | undefined, part: PropertyKey): Tree | undefined {
  if (Array.isArray(value)) return value[Number(part)]
  return isTreeMap(value) && Object.hasOwn(value, String(part)) ? value[String(part)] : undefined
}

/** The keys a schema knows at a path; which of several maps is meant there, the tree says. */
function keysAt(schema: z.ZodType, path: Path, tree?: Tree): string[] {
  let [at, value] = [bare(schema, tree), tree]
  for (const part of path) {
    value = partOf(value, part)
    if (at instanceof z.ZodObject) at = bare(at.shape[String(part)] as z.ZodType, value)
    else if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType, value)
    else if (at instanceof z.ZodRecord) at = bare(at.valueType as z.ZodType, value)
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

interface KeyHome {
  readonly key: string
  readonly home: string
}

/** Where else a key is known: the shallowest places, two at most. @param find picks it from the keys of a place. */
function homesOf(
  find: (keys: readonly string[]) => string | undefined,
  schema: z.ZodType,
  noun: string,
): KeyHome[] {
  const homeIn = (home: string, place: z.ZodType): KeyHome[] => {
    const key = find(keysAt(place, []))
    return key === undefined ? [] : [{ key, home }]
  }
  const own = homeIn(`${noun} itself, not indented`, schema)
  if (own.length > 0) return own
  let level: [string, z.ZodType][] = [['', schema]]
  for (let depth = 0; depth < 4 && level.length > 0; depth++) {
    const children = level.flatMap(([name, child]) => childrenOf(name, bare(child)))
    const homes = children.flatMap(([name, child]) => homeIn(name, child))
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

/** A schema without preprocessing, defaults and the like around it; of several maps the one that the value is. */
function bare(schema: z.ZodType, value?: Tree): z.ZodType {
  if (schema instanceof z.ZodPipe)
    return bare((schema.out instanceof z.ZodTransform ? schema.in : schema.out) as z.ZodType, value)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodLazy)
    return bare(schema.unwrap() as z.ZodType, value)
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def
    const tells = (one: unknown) =>
      one instanceof z.ZodObject &&
      (one.shape[discriminator] as z.ZodType).safeParse(partOf(value, discriminator)).success
    return (schema.options.find(tells) as z.ZodType | undefined) ?? schema
  }
  return schema
}
