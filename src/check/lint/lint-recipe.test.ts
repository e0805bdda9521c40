// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { expandRecipe, parseRecipe } from '../../recipe/index.ts'
import { levelsFor, lintRecipe } from './index.ts'

const HEAD = `package:
  name: x
  version: "1.0"
  epoch: 0
  copyright:
    - license: MIT
`
const TAIL = `update:
  enabled: true
  github:
    identifier: x/x
test:
  pipeline:
    - runs: x
`
const PIPELINES: Readonly<Record<string, string>> = {
  fetch:
    'inputs:\n  uri: {}\n  expected-sha256: {}\n  expected-sha512: {}\npipeline:\n  - runs: echo ${{inputs.uri}}\n',
  'git-checkout':
    'inputs:\n  repository: {}\n  tag: {}\n  branch: {}\n  expected-commit: {}\npipeline:\n  - runs: echo\n',
  own: 'pipeline:\n  - runs: echo ${{vars.a}}\n',
}

/** `LINT:LINE: WHAT` of each finding. */
function lint(text: string, disabled: readonly string[] = []): string[] {
  const find = (name: string) => {
    const pipeline = PIPELINES[name]
    return pipeline === undefined ? undefined : { text: pipeline, file: `${name}.yaml` }
  }
  const recipe = parseRecipe(text, 'x.yaml')
  const expanded = expandRecipe(recipe, { arch: 'x86_64', find })
  return lintRecipe({ text, recipe, expanded, find }, levelsFor({}, disabled)).map(
    ({ lint: { name }, at, what }) => `${name.slice('recipe/'.length)}:${at?.line}: ${what}`,
  )
}

describe('a recipe', () => {
  it.each<[claim: string, middle: string, told: string[]]>([
    ['that is as it should be', '', []],
    [
      'that fetches without a digest',
      'pipeline:\n  - uses: fetch\n    with:\n      uri: https://a.example/x.tar.gz\n',
      ['digest:8: https://a.example/x.tar.gz is fetched without a digest'],
    ],
    [
      'that fetches without a digest on other architectures only',
      'pipeline:\n  - if: ${{build.arch}} == "aarch64"\n    uses: fetch\n    with:\n      uri: https://a.example/x.tar.gz\n',
      ['digest:8: https://a.example/x.tar.gz is fetched without a digest'],
    ],
    [
      'that checks out a tag without its commit',
      'pipeline:\n  - uses: git-checkout\n    with:\n      repository: https://a.example/x\n      tag: v1\n',
      ['commit:8: https://a.example/x is checked out without an expected-commit'],
    ],
    [
      'that checks out a branch',
      `pipeline:\n  - uses: git-checkout\n    with:\n      repository: https://a.example/x\n      branch: main\n      expected-commit: ${'a'.repeat(40)}\n`,
      ['branch:8: its source is on the branch main, which moves on'],
    ],
    [
      'with variables, transformed ones and data that nobody uses',
      'vars:\n  a: "1"\n  b: "2"\n  bb: "3"\nvar-transforms:\n  - from: ${{package.version}}\n    match: x\n    replace: y\n    to: c\ndata:\n  - name: d\n    items: {e: f}\npipeline:\n  - runs: echo ${{vars.bb}}\n',
      [
        'unused:8: nothing uses the variable a',
        'unused:9: nothing uses the variable b',
        'unused:15: nothing uses the variable c',
        'unused:17: no range goes over the data d',
      ],
    ],
    [
      'with variables that a condition, a transform and a pipeline use',
      'vars:\n  a: "1"\n  b: "2"\n  c: "3"\nvar-transforms:\n  - from: ${{vars.b}}\n    match: x\n    replace: y\n    to: d\npipeline:\n  - uses: own\n  - if: >-\n      "${{vars.c}}" == "3"\n    runs: echo ${{vars.d}}\n',
      [],
    ],
    [
      'with an input of a step that nobody uses',
      'pipeline:\n  - pipeline:\n      - inputs:\n          a: {default: x}\n          b: {default: y}\n        runs: echo ${{inputs.a}}\n',
      ['unused:11: nothing uses the input b'],
    ],
    [
      'whose checks.disabled names what is no lint',
      'subpackages:\n  - name: y\n    checks:\n      disabled:\n        - usrmerge\n        - usrlocl\n    pipeline:\n      - runs: echo\n',
      ['checks:12: there is no lint named "usrlocl"'],
    ],
  ])('%s', (_, middle, told) => {
    expect(lint(HEAD + middle + TAIL)).toEqual(told)
  })

  it.each<[claim: string, license: string, told: string[]]>([
    ['an expression', '    - license: MIT OR Apache-2.0', []],
    ['a name that SPDX has in another spelling', '    - license: Apache 2', ['license:6: ', 'license:6: ']],
    ['a deprecated name', '    - license: GPL-2.0', ['license:6: GPL-2.0 is deprecated']],
    ['none', '    - attestation: x', ['license:6: this entry names no license']],
  ])('whose license is %s', (_, license, told) => {
    const found = lint(HEAD.replace('    - license: MIT', license) + TAIL)
    expect(found).toEqual(told.map((one) => expect.stringContaining(one)))
  })

  it('without license, tests and update is told all of it at its name and version', () => {
    expect(lint('package:\n  name: x\n  version: "1.0"\n')).toEqual([
      'license:2: it names no license',
      'test:2: none of its packages has a test',
      'update:3: nothing says where its new versions appear',
    ])
  })

  it.each([
    ['manual: true', []],
    ['exclude-reason: it is data', []],
    ['enabled: true', ['update:7: its updates are enabled, and nothing says where they appear']],
    ['git: {}', []],
  ])('whose update says %j', (update, told) => {
    expect(lint(`${HEAD}update:\n  ${update}\ntest:\n  pipeline:\n    - runs: x\n`)).toEqual(told)
  })
})
