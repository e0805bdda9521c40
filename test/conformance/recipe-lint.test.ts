// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeTempDirectory, runCommand } from '../../src/base/index.ts'
import { lintRecipes } from '../../src/factory/index.ts'
import { findShared } from '../support/shared.ts'

const corpus = join(findShared() ?? '', 'corpus')
const reason = existsSync(join(corpus, 'README.md'))
  ? ''
  : ' (skipped: there is no corpus beside the checkout)'
if (reason !== '') console.warn(`the lints of recipes${reason}`)

/** How many recipes there are, and how many findings of each lint: what a change of a lint does to real recipes is seen here. */
const COUNTS = {
  '2025-04-15': {
    recipes: 3260,
    findings: {
      'recipe/branch': 85,
      'recipe/commit': 67,
      'recipe/license': 46,
      'recipe/test': 111,
      'recipe/unused': 41,
      'recipe/update': 48,
    },
  },
  '2026-08-22': {
    recipes: 3341,
    findings: {
      'recipe/branch': 111,
      'recipe/commit': 3,
      'recipe/license': 63,
      'recipe/unused': 118,
      'recipe/update': 12,
    },
  },
}

describe.skipIf(reason !== '')(`the recipes of Wolfi${reason}`, () => {
  it.each(Object.entries(COUNTS))(
    'of %s are all read, and have findings that are counted',
    { timeout: 240_000 },
    async (snapshot, counts) => {
      await using temp = await makeTempDirectory(tmpdir(), 'millrace-recipe-lint')
      const { code, stderr } = await runCommand({
        program: 'tar',
        args: ['-xJf', join(corpus, `wolfi-${snapshot}.tar.xz`), '-C', temp.path],
      })
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      const linted = lintRecipes([temp.path], {
        arch: 'x86_64',
        pipelineDirectories: [join(temp.path, 'pipelines')],
        distroDirectory: join(import.meta.dirname, '../../distro'),
        lists: {},
      })
      expect(linted.flatMap(({ problems }) => problems.map((problem) => problem.message))).toEqual([])
      const findings: Record<string, number> = {}
      for (const { lint } of linted.flatMap((one) => one.findings))
        findings[lint.name] = (findings[lint.name] ?? 0) + 1
      expect({ recipes: linted.length, findings }).toEqual(counts)
      const found = Object.values(findings).reduce((sum, one) => sum + one, 0)
      console.info(`${snapshot}: ${linted.length} recipes linted, ${found} findings`)
    },
  )
})
