// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { FIRST, SECOND } from '../build/index.ts'
import { COMPILER_OPTIONS } from '../plan/index.ts'
import { readDistro } from './distro.ts'

const DISTRO = fileURLToPath(new URL('../../distro', import.meta.url))

describe('the options of compilers in the distro', () => {
  it('come into every build with a C compiler, before which they are built with the seed alone', async () => {
    const { buildCompanions, graph, recipes } = await readDistro(DISTRO, 'x86_64')
    expect(buildCompanions['gcc']).toBe(COMPILER_OPTIONS)
    for (const name of recipes.keys())
      expect([name, graph.buildClosure.get(name)?.has(COMPILER_OPTIONS)]).toEqual([
        name,
        name !== COMPILER_OPTIONS,
      ])
    expect(graph.closure.get(COMPILER_OPTIONS)).toEqual(new Set())
  })

  it('keep every directory that a build works in out of what it makes', async () => {
    const source = await readFile(join(DISTRO, 'packages', COMPILER_OPTIONS, 'compiler.c'), 'utf8')
    const maps = [...source.matchAll(/-ffile-prefix-map=([^"]*)=\./g)].map(([, from]) => from)
    expect(maps).toEqual([FIRST.workspace, SECOND.workspace])
  })
})
