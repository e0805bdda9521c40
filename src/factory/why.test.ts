// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { digestOf } from '../base/index.ts'
import type { BuildPlan } from '../plan/index.ts'
import { differencesOf } from './why.ts'

const plan: BuildPlan = {
  kind: 'https://millrace.dev/build-plan/v1',
  builder: { name: 'millrace', version: '1' },
  arch: 'x86_64',
  namespace: 'millrace',
  recipe: { name: 'zlib', version: '1.3', epoch: 0, fullVersion: '1.3-r0' },
  license: 'Zlib',
  packages: [],
  sources: [{ kind: 'fetch', uri: 'https://a/z', place: 'sha256:aa', sha256: 'aa', sha512: '', inputs: {} }],
  files: [{ path: 'fix.patch', digest: digestOf('1'), executable: false }],
  environment: [{ name: 'gcc', version: '14-r0', datahash: digestOf('gcc'), from: 'seed' }],
  variables: { CFLAGS: '-O2' },
  sourceDateEpoch: 1,
  documentationReaders: {},
}

describe('what differs between two plans', () => {
  it('is nothing when they are equal', () => {
    expect(differencesOf(plan, structuredClone(plan))).toEqual([])
  })

  it.each<{ name: string; change: Partial<BuildPlan>; want: RegExp }>([
    {
      name: 'a version',
      change: { recipe: { ...plan.recipe, fullVersion: '1.4-r0' } },
      want: /^version "1.3-r0" → "1.4-r0"$/,
    },
    {
      name: 'a package of the environment',
      change: { environment: [{ name: 'gcc', version: '15-r0', datahash: digestOf('15'), from: 'seed' }] },
      want: /^environment package gcc: 14-r0 \(seed, [0-9a-f]{12}\) → 15-r0 \(seed, [0-9a-f]{12}\)$/,
    },
    {
      name: 'a package that is gone',
      change: { environment: [] },
      want: /^environment package gcc is gone: /,
    },
    {
      name: 'a file beside the recipe',
      change: { files: [{ path: 'fix.patch', digest: digestOf('2'), executable: false }] },
      want: /^file fix.patch: sha256:.* → sha256:/,
    },
    { name: 'a variable', change: { variables: { CFLAGS: '-O3' } }, want: /^variable CFLAGS: -O2 → -O3$/ },
    { name: 'a source', change: { sources: [] }, want: /^source sha256:aa is gone: https:\/\/a\/z$/ },
    {
      name: 'the builder',
      change: { builder: { name: 'millrace', version: '2' } },
      want: /^builder "1" → "2"$/,
    },
  ])('is told in words: $name', ({ change, want }) => {
    expect(differencesOf(plan, { ...plan, ...change })).toEqual([expect.stringMatching(want)])
  })
})
