// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

export interface SourceFile {
  /** Relative to the checkout, such as `src/base/error.ts`. */
  readonly path: string
  readonly text: string
}

export interface Import {
  readonly from: SourceFile
  /** The file imported, relative to the checkout. */
  readonly to: string
}

export function readSources(root: string, folder: string): SourceFile[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('/node_modules/') && !path.includes('/dist/'))
    .sort()
    .map((path) => ({ path: relative(root, path), text: readFileSync(path, 'utf8') }))
}

/** Relative imports and re-exports of a file, static and dynamic. */
export function importsOf(file: SourceFile): Import[] {
  const form = /(?:from\s+|import\s+|import\()\s*'(\.[^']+)'/g
  return [...file.text.matchAll(form)].map(([, target = '']) => ({
    from: file,
    to: join(dirname(file.path), target),
  }))
}
