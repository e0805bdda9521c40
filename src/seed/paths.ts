// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'

const MERGED = /^(?:usr\/)?(?:(s?bin)|lib(?:64)?)(?=\/|$)/

/** Where a path lies in a merged tree: `bin`, `sbin` and `usr/sbin` are `usr/bin`; `lib`, `lib64` and `usr/lib64` are `usr/lib`. */
export function mergedPath(path: string): string {
  return path.replace(MERGED, (_, program: string | undefined) =>
    program === undefined ? 'usr/lib' : 'usr/bin',
  )
}

/** The target of a link that may have moved: a relative one is written anew when it would now lead elsewhere. */
export function mergedTarget(path: string, target: string): string {
  if (target.startsWith('/')) return target
  const before = posix.join(posix.dirname(`/${path}`), target).slice(1)
  const after = posix.join(posix.dirname(`/${mergedPath(path)}`), target).slice(1)
  if (mergedPath(before) === mergedPath(after)) return target
  return posix.relative(posix.dirname(`/${mergedPath(path)}`), `/${mergedPath(before)}`) || '.'
}

/** Whether a link only says that the tree is merged: `lib64` → `usr/lib64`. */
export function isMergeLink(path: string, target: string): boolean {
  return mergedPath(posix.join(posix.dirname(`/${path}`), target).slice(1)) === mergedPath(path)
}

/** A test for paths: `*` stands for any part of one name, `**` for any number of names. A pattern covers what lies below what it names. */
export function pathMatcher(patterns: readonly string[]): (path: string) => boolean {
  if (patterns.length === 0) return () => false
  const forms = patterns.map((pattern) =>
    pattern
      .split('/')
      .map((name) =>
        name === '**'
          ? '(?:[^/]+/)*'
          : `${name.replace(/[.+^${}()|[\]\\?]/g, '\\$&').replaceAll('*', '[^/]*')}/`,
      )
      .join('')
      .replace(/\/$/, ''),
  )
  const form = new RegExp(`^(?:${forms.join('|')})(?:/|$)`)
  return (path) => form.test(path)
}
