// SPDX-License-Identifier: Apache-2.0
import { posix } from 'node:path'

const LICENSE = '(?:un)?licen[sc]e'
const COPYING = 'copy(?:ing|right)'
const PREFERRED = '\\.(?:md|markdown|txt|html)'
const EXTENSION = '\\.[^./]+'

/** Names that files of license texts have, and how sure each is (melange.md §13). The first that fits counts. */
const NAMES: readonly (readonly [name: RegExp, weight: number])[] = (
  [
    [LICENSE, 1],
    [LICENSE + PREFERRED, 0.95],
    [COPYING, 0.9],
    [COPYING + PREFERRED, 0.85],
    [LICENSE + EXTENSION, 0.8],
    [COPYING + EXTENSION, 0.75],
    [`${LICENSE}[-_][^.]*(?:${EXTENSION})?`, 0.7],
    [`${COPYING}[-_][^.]*(?:${EXTENSION})?`, 0.65],
    [`\\w+[-_]${LICENSE}[^.]*(?:${EXTENSION})?`, 0.6],
    [`\\w+[-_]${COPYING}[^.]*(?:${EXTENSION})?`, 0.55],
    [`ofl${PREFERRED}`, 0.5],
    [`ofl${EXTENSION}`, 0.45],
    ['ofl', 0.4],
    ['patents', 0.35],
    [`patents${EXTENSION}`, 0.3],
  ] as const
).map(([name, weight]) => [new RegExp(`^${name}$`, 'i'), weight])

const IGNORED_EXTENSIONS = new Set(['.xml', '.go', '.gemspec', '.spdx', '.header'])
/** What these hold is other people's, or what a build made. */
const IGNORED_DIRECTORIES = new Set([
  ...['.virtualenv', 'env', 'node_modules', 'rust-src', 'rustc-src', 'venv', 'melange-out'],
])
const TOP_BONUS = 0.5
const SHALLOW_DEPTH = 2

/** How far below the top license files are looked for: `shallow` sees what is the project's own, `deep` what it brings along too. */
export type ScanDepth = 'shallow' | 'deep'

/** How sure a path's name says that it is a license; null for other files. At the top of the tree it counts more. */
export function licenseFileWeight(path: string, depth: ScanDepth): number | null {
  const parts = path.replace(/-\d+\.\d+\.\d+-/g, '-').split('/')
  if (!isLookedInto(parts.slice(0, -1), depth)) return null
  const name = posix.basename(path)
  if (IGNORED_EXTENSIONS.has(posix.extname(name))) return null
  const weight = NAMES.find(([form]) => form.test(name))?.[1]
  return weight === undefined ? null : weight + (parts.length === 1 ? TOP_BONUS : 0)
}

/** Whether license files are looked for in a directory. */
export function isLookedInto(directory: readonly string[], depth: ScanDepth): boolean {
  if (directory.some((part) => IGNORED_DIRECTORIES.has(part))) return false
  return depth === 'deep' || (directory.length < SHALLOW_DEPTH && !directory.includes('vendor'))
}
