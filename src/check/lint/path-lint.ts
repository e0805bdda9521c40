// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'
import { formatCount } from '../../base/index.ts'
import type { LintEntry, LintPlace, OpenLint } from './lint.ts'

export interface PathLint {
  /** What one such name is called: `file in /dev`. */
  readonly noun: string
  /** Plural, where an s at the end does not make it. */
  readonly nouns?: string
  /** Asked of every name that is no directory. */
  readonly isWrong: (entry: LintEntry) => boolean
  /** Endings of packages that may have them: `-dev`. */
  readonly exempt?: readonly string[]
}

/** A lint that goes by the names of a package alone. */
export function pathLint({ noun, nouns, isWrong, exempt = [] }: PathLint): OpenLint {
  return ({ name }) => {
    if (exempt.some((ending) => name.endsWith(ending))) return undefined
    const places: LintPlace[] = []
    return {
      entry: (entry) => {
        if (entry.type !== 'directory' && isWrong(entry)) places.push({ path: entry.path })
        return undefined
      },
      finish: () =>
        places.length === 0 ? undefined : { what: `has ${formatCount(places.length, noun, nouns)}`, places },
    }
  }
}

/** True for what lies in a directory, however deep. */
export const isBelow = (directory: string) => (entry: Pick<LintEntry, 'path'>) =>
  entry.path.startsWith(`${directory}/`)

/** `.so` of `libz.so`; also of a name that has nothing before its dot. '' when there is no dot. */
export function extensionOf(path: string): string {
  const name = posix.basename(path)
  const dot = name.lastIndexOf('.')
  return dot === -1 ? '' : name.slice(dot)
}

export const hasExtension = (extension: string) => (entry: Pick<LintEntry, 'path'>) =>
  extensionOf(entry.path) === extension
