// SPDX-License-Identifier: Apache-2.0
import {
  isApkVersion,
  isVersionOperator,
  satisfiesVersion,
  type VersionOperator,
} from '../../versions/index.ts'
import type { ApkRecord } from '../record.ts'

/** One wish: `[!]name[@tag][op version]` (apk-v2, "Dependency syntax"). */
export interface Dependency {
  readonly text: string
  readonly name: string
  /** `!name`: must not be installed. */
  readonly conflict: boolean
  readonly tag: string | null
  readonly operator: VersionOperator | null
  readonly version: string
  /** `name><Q1…`: the package with this identity. */
  readonly identity?: string
  /** A required version without a revision is met by revision 0, too. */
  readonly orRevisionZero?: boolean
}

const FORM =
  /^(!?)([^@=<>~!\s]+?)(?:@([\w.-]+))?(?:(>=|<=|==|=~|~=|>~|<~|><|=|<|>|~)([^@\s]+?))?(?:@([\w.-]+))?$/
const IDENTITY = /^Q1[\w+/]{27}=$/

const known = new Map<string, Dependency | undefined>()

/** Undefined when the text is no dependency, or its version is none. Both places of a tag are read: `name@tag=1` and `name=1@tag`. */
export function parseDependency(text: string): Dependency | undefined {
  if (known.has(text)) return known.get(text)
  if (known.size > 200_000) known.clear()
  const dependency = readDependency(text)
  known.set(text, dependency)
  return dependency
}

/**
 * A wish of a list that a person writes. apko takes `rust=1.82.0` there for `rust=1.82.0-r0`, and recipes count on it; to apk-tools these are two versions, and so they are in
 * what packages depend on.
 */
export function parseListed(text: string): Dependency | undefined {
  const dependency = parseDependency(text)
  if (dependency === undefined || !/^[<=]?=$/.test(dependency.operator ?? '')) return dependency
  return /-r\d+$/.test(dependency.version) ? dependency : { ...dependency, orRevisionZero: true }
}

function readDependency(text: string): Dependency | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, bang, name = '', tag, operator, version = '', lateTag] = match
  const named = { text, name, conflict: bang === '!', tag: tag ?? lateTag ?? null }
  if (operator === undefined) return { ...named, operator: null, version: '' }
  if (operator === '><')
    return IDENTITY.test(version) ? { ...named, operator: null, version: '', identity: version } : undefined
  return isVersionOperator(operator) && isApkVersion(version) ? { ...named, operator, version } : undefined
}

/** A name that a package stands for: its own, or one it provides. `version` is null for a provided name without one. */
export interface Provided {
  readonly name: string
  readonly version: string | null
}

export function providedBy(record: ApkRecord): Provided[] {
  const names: Provided[] = [{ name: record.name, version: record.version }]
  for (const text of record.provides) {
    const equals = text.indexOf('=')
    names.push(
      equals === -1
        ? { name: text, version: null }
        : { name: text.slice(0, equals), version: text.slice(equals + 1) },
    )
  }
  return names
}

/** Whether a package's standing for a name meets what a wish says of versions. A name provided without a version is older than all versions, as apk-tools has it. */
export function meets(dependency: Dependency, provided: Provided, record: ApkRecord): boolean {
  const { operator, version: required, orRevisionZero } = dependency
  if (dependency.identity !== undefined) return record.identity === dependency.identity
  if (operator === null) return true
  if (provided.version === null) return operator.startsWith('<')
  return (
    satisfiesVersion(provided.version, operator, required) ||
    (orRevisionZero === true && satisfiesVersion(provided.version, operator, `${required}-r0`))
  )
}
