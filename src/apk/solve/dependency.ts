// SPDX-License-Identifier: Apache-2.0
import {
  compareApkVersions,
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
}

const FORM =
  /^(!?)([^@=<>~!\s]+?)(?:@([\w.-]+))?(?:(>=|<=|==|=~|~=|>~|<~|=|<|>|~)([^@\s]+?))?(?:@([\w.-]+))?$/

const known = new Map<string, Dependency | undefined>()

/** Undefined when the text is no dependency, or its version is none. Both places of a tag are read: `name@tag=1` and `name=1@tag`. */
export function parseDependency(text: string): Dependency | undefined {
  if (known.has(text)) return known.get(text)
  if (known.size > 200_000) known.clear()
  const dependency = readDependency(text)
  known.set(text, dependency)
  return dependency
}

function readDependency(text: string): Dependency | undefined {
  const match = FORM.exec(text)
  if (match === null) return undefined
  const [, bang, name = '', tag, operator, version = '', lateTag] = match
  if (operator !== undefined && (!isVersionOperator(operator) || !isApkVersion(version))) return undefined
  return {
    text,
    name,
    conflict: bang === '!',
    tag: tag ?? lateTag ?? null,
    operator: (operator as VersionOperator | undefined) ?? null,
    version,
  }
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

/** Whether a package's standing for a name meets a wish. A name provided without a version counts with the package's own, as apko has it. */
export function meets(dependency: Dependency, provided: Provided, record: ApkRecord): boolean {
  if (dependency.operator === null) return true
  return satisfiesVersion(provided.version ?? record.version, dependency.operator, dependency.version)
}

export { compareApkVersions }
