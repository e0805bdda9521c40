// SPDX-License-Identifier: Apache-2.0
// What apk-tools and apko chose, recorded; the fixtures say how. Where the two differ, docs/decisions/0015-solver.md says whom we follow.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { indexRepositories, solveWorld } from '../../src/apk/index.ts'
import { aRecord, faultsOf, recordOfLine, stemsOf } from '../support/solver.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')

interface SmallCase {
  readonly name: string
  readonly world: readonly string[]
  readonly repositories: readonly { readonly packages: readonly string[]; readonly tag?: string }[]
  readonly apk: readonly string[] | null
  readonly apko: readonly string[] | null
}
const { cases } = JSON.parse(readFileSync(join(FIXTURES, 'solver-cases.json'), 'utf8')) as {
  cases: SmallCase[]
}

/** Worlds for which apk-tools has no answer and we have: apko's, or one that neither finds. */
const BEYOND_APK: Readonly<Record<string, readonly string[]>> = {
  'a version without its revision': ['a-1-r0'],
  'a need that nothing has, of the newest': ['a-1'],
  'a virtual name with one bearer and no priority': ['c-1'],
  'a virtual name with two bearers and no priority': ['c-1'],
  'a conflict of the newest': ['a-1', 'b-1', 'c-1'],
  'install_if that conflicts': ['a-1', 'b-1'],
  'install_if that needs what nothing has': ['a-1'],
  'a tag that no repository has': ['a-1'],
}

describe('small worlds are solved as apk-tools solves them', () => {
  it.each(cases)('$name', ({ name, world, repositories, apk }) => {
    const index = indexRepositories(
      repositories.map(({ packages, ...tag }, rank) => ({
        name: `r${rank}`,
        packages: packages.map(recordOfLine),
        ...tag,
      })),
    )
    const solution = solveWorld(index, world)
    const ours = solution.status === 'solved' ? stemsOf(solution.packages).sort() : null
    expect(ours).toEqual(BEYOND_APK[name] ?? apk)
  })

  it('and go beyond it only where it has no answer', () => {
    const beyond = cases.filter(({ name }) => name in BEYOND_APK)
    expect(beyond.length).toBe(Object.keys(BEYOND_APK).length)
    expect(beyond.filter(({ apk }) => apk !== null)).toEqual([])
    expect(cases.length).toBe(80)
  })
})

type Told = readonly string[] | null

interface CorpusCase {
  readonly world: readonly string[]
  readonly apk: Told
  readonly apko: Told
}

function readCorpus() {
  const text = gunzipSync(readFileSync(join(FIXTURES, 'solver-corpus.txt.gz'))).toString('utf8')
  const [packages = '', rest = ''] = text.split('\n\n')
  const records = packages
    .split('\n')
    .slice(1)
    .map((line) => {
      const [name, version, depends, provides] = JSON.parse(line) as [string, string, string, string]
      return aRecord({ name, version, depends: words(depends), provides: words(provides) })
    })
  const stems = (steps: readonly number[] | null): Told => {
    if (steps === null) return null
    const stems: string[] = []
    let place = 0
    for (const step of steps) {
      place += step
      stems.push(`${records[place]?.name}-${records[place]?.version}`)
    }
    return stems.sort()
  }
  const all = rest
    .trim()
    .split('\n')
    .map((line): CorpusCase => {
      const [world, apk, apko] = JSON.parse(line) as [string, number[] | null, number[] | null | 'same']
      return { world: words(world), apk: stems(apk), apko: apko === 'same' ? stems(apk) : stems(apko) }
    })
  return { records, all }
}

const words = (text: string) => text.split(' ').filter((word) => word !== '')

describe('the environments of the corpus', () => {
  it('are what apk-tools and apko choose; where these differ, what one of them chooses', () => {
    const { records, all } = readCorpus()
    const index = indexRepositories([{ name: 'corpus', packages: records }])
    const counts: Record<string, number> = {}
    const faults: string[] = []
    for (const { world, apk, apko } of all) {
      const solution = solveWorld(index, world)
      const ours = solution.status === 'solved' ? stemsOf(solution.packages).sort() : null
      if (solution.status === 'solved') faults.push(...faultsOf(world, solution.packages))
      const kind = [like(ours, apk, 'apk-tools'), like(ours, apko, 'apko')].join(', ')
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    expect(faults).toEqual([])
    expect(counts).toEqual({
      'as apk-tools, as apko': 328,
      'as apk-tools, other than apko': 7,
      'as apk-tools, an answer where apko has none': 10,
      'other than apk-tools, as apko': 10,
      'an answer where apk-tools has none, as apko': 8,
      'an answer where apk-tools has none, other than apko': 1,
      // A need of the newest version cannot be met, and an older version has none such.
      'an answer where apk-tools has none, an answer where apko has none': 77,
      'no answer as apk-tools, no answer as apko': 59,
    })
  })
})

function like(ours: Told, theirs: Told, name: string): string {
  if (theirs === null) return ours === null ? `no answer as ${name}` : `an answer where ${name} has none`
  if (ours === null) return `no answer where ${name} has one`
  return ours.join(' ') === theirs.join(' ') ? `as ${name}` : `other than ${name}`
}
