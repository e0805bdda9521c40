// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importsOf, readSources, type SourceFile } from '../test/support/imports.ts'

const ROOT = join(import.meta.dirname, '..')
const code = (folder: string) => readSources(ROOT, folder).filter(({ path }) => !path.endsWith('.test.ts'))
const page = code('web')

/** What is shared with the factory: the shapes of its answers, what turns events into progress, and the algorithms of graphs. */
const TYPES = 'src/server/api.ts'
const PURE = [
  'src/base/events.ts',
  'src/base/forecast.ts',
  'src/base/progress.ts',
  'src/base/words.ts',
  'src/recipe/graph/components.ts',
  'src/recipe/graph/edges.ts',
  'src/recipe/graph/levels.ts',
  'src/recipe/graph/reach.ts',
  'src/recipe/graph/shortest.ts',
]

const outside = (files: readonly SourceFile[]) =>
  files.flatMap(importsOf).filter(({ to }) => to.startsWith('src/') || to.startsWith('test/'))

describe('the page', () => {
  it('shares with the factory types, and what is pure', () => {
    const found = outside(page)
    expect(found.length).toBeGreaterThan(15)
    expect(
      found
        .filter(({ to }) => to !== TYPES && !PURE.includes(to))
        .map(({ from, to }) => `${from.path} ${to}`),
    ).toEqual([])
  })

  it('takes only types from the server', () => {
    const values = page.filter(({ text }) =>
      /^(import|export) (?!type )[^']*?from '[^']*\/server\/api\.ts'/m.test(text),
    )
    expect(values.map(({ path }) => path)).toEqual([])
  })

  it('gets nothing of Node through what is pure', () => {
    const pure = [...code('src/base'), ...code('src/recipe/graph')].filter(({ path }) => PURE.includes(path))
    const values = pure.flatMap(({ path, text }) =>
      [...text.matchAll(/^import (?!type )[^']*?from '([^']+)'/gm)].map(([, from]) => `${path} ${from}`),
    )
    expect(pure).toHaveLength(PURE.length)
    expect(
      values.filter(
        (one) => !/ \.\/(components|edges|events|forecast|levels|progress|reach|shortest)\.ts$/.test(one),
      ),
    ).toEqual([])
  })
})
