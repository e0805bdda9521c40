// SPDX-License-Identifier: Apache-2.0
import type { z } from 'zod'
import { type Digest, digestOf, nearestName, shown } from '../base/index.ts'
import { list, object, text, texts, whole, words } from '../recipe/index.ts'
import { type Refuse, readStrictly } from './parse-definition.ts'

const whole0 = whole.unwrap().optional()

const Case = object({
  name: text,
  args: texts,
  command: texts,
  exec: texts,
  http: object({ port: whole, path: text, status: whole0, body: text }),
  present: texts,
  absent: texts,
  user: text,
  signal: object({ name: text, within: text, port: whole }),
  exit: whole0,
  stdout: text,
  stderr: text,
  stdin: text,
  environment: words,
  timeout: text,
})

const Sheet = object({
  description: text,
  'version-of': text,
  tags: texts,
  writable: texts,
  tests: list(Case),
})

interface Common {
  readonly name: string
  readonly timeoutMs: number
  readonly environment: Readonly<Record<string, string>>
}

/** What a command must do. A pattern is searched for, line by line. */
export interface Expected {
  readonly exit: number
  readonly stdout: RegExp | null
  readonly stderr: RegExp | null
}

/**
 * One thing that is demanded of an image. `args`: the image is run with these behind its entrypoint. `command`: it is run with these in place of entrypoint and cmd. `exec`: the
 * image runs as it is, and this runs inside beside it, again and again until it does what is expected or the time is over; so does `http`. `signal`: it ends in time when asked to.
 */
export type ImageCase = CommandCase | HttpCase | FilesCase | UserCase | SignalCase

export interface CommandCase extends Common, Expected {
  readonly kind: 'args' | 'command' | 'exec'
  readonly argv: readonly string[]
  readonly stdin: string
}

export interface HttpCase extends Common {
  readonly kind: 'http'
  readonly port: number
  readonly path: string
  readonly status: number
  readonly body: RegExp | null
}

export interface FilesCase extends Common {
  readonly kind: 'present' | 'absent'
  readonly paths: readonly string[]
}

export interface UserCase extends Common {
  readonly kind: 'user'
  readonly user: string
}

export interface SignalCase extends Common {
  readonly kind: 'signal'
  readonly signal: string
  readonly withinMs: number
  /** Somebody must listen here before the signal is sent; null when it is sent at once. */
  readonly port: number | null
  readonly exit: number | null
}

/** What apko's YAML has no words for: `NAME.test.yaml`, beside `NAME.yaml`. */
export interface ImageSheet {
  readonly description: string
  /** The package whose version the image's tags take; null for none. */
  readonly versionOf: string | null
  /** Tags beside those of the version. */
  readonly tags: readonly string[]
  /** Directories that a test gives the image to write to, besides /tmp, /run and its volumes: the rest is read-only. */
  readonly writable: readonly string[]
  readonly cases: readonly ImageCase[]
  /** Of the file's bytes: a test that was passed is passed for this sheet. */
  readonly digest: Digest
}

/** @throws MillraceError IMAGE_INVALID with its place. */
export function parseImageSheet(yaml: string, file: string): ImageSheet {
  const { content, refuse } = readStrictly(yaml, file, Sheet, 'an image sheet')
  if (content.description === '')
    throw refuse(['description'], 'description is missing', 'say in one line what the image is for')
  if (content.tests.length === 0)
    throw refuse(['tests'], 'there are no tests, and an image without tests is not published', 'add tests:')
  const badTag = content.tags.findIndex((tag) => !TAG.test(tag))
  if (badTag !== -1)
    throw refuse(
      ['tags', badTag],
      `${shown(content.tags[badTag] ?? '')} cannot be a tag`,
      'use letters, digits and _ . - and at most 128 of them',
    )
  const relative = content.writable.findIndex(
    (path) => !path.startsWith('/') || path.split('/').includes('..'),
  )
  if (relative !== -1)
    throw refuse(['writable', relative], 'expected an absolute path without ..', 'begin it with /')
  return {
    description: content.description,
    versionOf: content['version-of'] || null,
    tags: content.tags,
    writable: content.writable,
    digest: digestOf(yaml),
    cases: content.tests.map((one, index) => caseOf(one, index, refuse)),
  }
}

/** OCI distribution spec, "Pulling manifests". */
export const TAG = /^[a-zA-Z\d_][a-zA-Z\d._-]{0,127}$/

type CaseFile = z.output<typeof Case>

const KINDS = ['args', 'command', 'exec', 'http', 'present', 'absent', 'user', 'signal'] as const
type Kind = (typeof KINDS)[number]

/** Which keys say something beside the kind's own. */
const ALSO: Readonly<Record<Kind, readonly (keyof CaseFile)[]>> = {
  args: ['exit', 'stdout', 'stderr', 'stdin', 'environment', 'timeout'],
  command: ['exit', 'stdout', 'stderr', 'stdin', 'environment', 'timeout'],
  exec: ['exit', 'stdout', 'stderr', 'stdin', 'environment', 'timeout'],
  http: ['environment', 'timeout'],
  present: [],
  absent: [],
  user: [],
  signal: ['exit', 'environment', 'timeout'],
}

function caseOf(one: CaseFile, index: number, refuse: Refuse): ImageCase {
  const path = ['tests', index]
  const kinds = KINDS.filter((kind) => isGiven(one, kind))
  const [kind] = kinds
  if (one.name === '') throw refuse(path, 'a test has no name', 'add name: and what the test shows')
  if (kind === undefined || kinds.length > 1)
    throw refuse(
      path,
      kind === undefined ? 'it says nothing to try' : `it tries several things: ${kinds.join(', ')}`,
      `give each test exactly one of ${KINDS.join(', ')}`,
    )
  const idle = (Object.keys(one) as (keyof CaseFile)[]).find(
    (key) => key !== 'name' && key !== kind && isGiven(one, key) && !ALSO[kind].includes(key),
  )
  if (idle !== undefined) throw refuse([...path, idle], `${idle} means nothing beside ${kind}`, 'remove it')
  const common = {
    name: one.name,
    timeoutMs: durationMs(one.timeout || '30s', [...path, 'timeout'], refuse),
    environment: one.environment,
  }
  const pattern = (key: 'stdout' | 'stderr') => regExp(one[key], [...path, key], refuse)
  switch (kind) {
    case 'args':
    case 'command':
    case 'exec':
      return {
        ...common,
        kind,
        argv: one[kind],
        stdin: one.stdin,
        exit: one.exit ?? 0,
        stdout: pattern('stdout'),
        stderr: pattern('stderr'),
      }
    case 'http':
      return {
        ...common,
        kind,
        port: portOf(one.http.port, [...path, 'http', 'port'], refuse),
        path: one.http.path || '/',
        status: one.http.status ?? 200,
        body: regExp(one.http.body, [...path, 'http', 'body'], refuse),
      }
    case 'present':
    case 'absent':
      return { ...common, kind, paths: one[kind] }
    case 'user':
      return { ...common, kind, user: one.user }
    case 'signal':
      return {
        ...common,
        kind,
        signal: signalOf(one.signal.name || 'SIGTERM', [...path, 'signal', 'name'], refuse),
        withinMs: durationMs(one.signal.within || '10s', [...path, 'signal', 'within'], refuse),
        port: one.signal.port === 0 ? null : portOf(one.signal.port, [...path, 'signal', 'port'], refuse),
        exit: one.exit ?? null,
      }
  }
}

/** Whether a key of a case was given: anything but nothing at all. */
function isGiven(one: CaseFile, key: keyof CaseFile): boolean {
  const value = one[key]
  if (value === undefined || value === '') return false
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object')
    return Object.values(value).some((part) => part !== '' && part !== 0 && part !== undefined)
  return true
}

function durationMs(found: string, path: readonly PropertyKey[], refuse: Refuse): number {
  const [, digits, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(found) ?? []
  if (digits === undefined)
    throw refuse(path, `expected a time, found ${shown(found)}`, 'write it as in 500ms, 10s or 2m')
  return Number(digits) * (unit === 'ms' ? 1 : unit === 's' ? 1000 : 60_000)
}

function regExp(found: string, path: readonly PropertyKey[], refuse: Refuse): RegExp | null {
  if (found === '') return null
  try {
    return new RegExp(found, 'm')
  } catch (error) {
    throw refuse(
      path,
      `the pattern ${shown(found)} cannot be read: ${error instanceof Error ? error.message : ''}`,
      'write it as a regular expression of JavaScript; in single quotes YAML leaves backslashes alone',
    )
  }
}

function portOf(port: number, path: readonly PropertyKey[], refuse: Refuse): number {
  if (port >= 1 && port <= 65535) return port
  throw refuse(path, `expected a port, found ${port}`, 'write a number from 1 to 65535')
}

const SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGKILL', 'SIGUSR1', 'SIGUSR2', 'SIGTERM', 'SIGWINCH']

function signalOf(name: string, path: readonly PropertyKey[], refuse: Refuse): string {
  if (SIGNALS.includes(name)) return name
  const near = nearestName(name, SIGNALS)
  throw refuse(
    path,
    `there is no signal ${shown(name)} here`,
    near === undefined ? `known: ${SIGNALS.join(', ')}` : `did you mean ${near}?`,
  )
}
