// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { findOurs } from '../../test/support/run-pipeline.ts'
import { type ExpandedRecipe, type ExpandOptions, expandRecipe, formatRecipe, parseRecipe } from './index.ts'

const HELLO = 'package:\n  name: hello\n  version: 1.0\n'

function expand(rest: string, options: Partial<ExpandOptions> = {}): ExpandedRecipe {
  return expandRecipe(parseRecipe(HELLO + rest, 'hello.yaml'), { arch: 'x86_64', find: findOurs, ...options })
}

/** What melange's schema has and hardly a recipe uses. */
describe('a recipe may', () => {
  it.each<[name: string, rest: string, has: object]>([
    [
      'label its steps',
      'pipeline:\n  - label: first\n    runs: x\n',
      { packages: [{ steps: [{ label: 'first' }] }] },
    ],
    [
      'look for updates among tags of an image',
      'update:\n  oci:\n    identifier: cgr.dev/x\n    strip-prefix: v\n    tag-filter-prefix: v\n',
      { update: { oci: { identifier: 'cgr.dev/x', 'strip-prefix': 'v', 'tag-filter-prefix': 'v' } } },
    ],
    [
      'look for updates in data of versions',
      'update:\n  version_data:\n    version_format: f\n    sources:\n      - name: a\n        stream: b\n        ignore: ["^1"]\n        commit_source: c\n        use_release: yes\n',
      {
        update: {
          version_data: { version_format: 'f', sources: [{ name: 'a', ignore: ['^1'], use_release: true }] },
        },
      },
    ],
    [
      'leave subpackages out by an if, with their tests',
      "subpackages:\n  - name: a\n    if: ${{build.arch}} == 'aarch64'\n    test:\n      pipeline:\n        - runs: x\n  - name: b\n    if: ${{ build.arch }} == 'x86_64'\n",
      { packages: [{ name: 'hello' }, { name: 'b' }], tests: new Map() },
    ],
    [
      'leave items of a range out by an if',
      "data:\n  - name: d\n    items: {x: 1, y: 2}\nsubpackages:\n  - range: d\n    name: a-${{range.key}}\n    if: \"'${{range.value}}' == '2'\"\n",
      { packages: [{ name: 'hello' }, { name: 'a-y' }] },
    ],
    [
      'have a range of nothing',
      'data:\n  - name: d\nsubpackages:\n  - range: d\n    name: a-${{range.key}}\n',
      { packages: [{ name: 'hello' }] },
    ],
    [
      'have a range whose keys are numbers, in the order of their bytes',
      'data:\n  - name: d\n    items: {10: a, 9: b, 3.10: c}\nsubpackages:\n  - range: d\n    name: p${{range.key}}\n',
      { packages: [{ name: 'hello' }, { name: 'p10' }, { name: 'p3.10' }, { name: 'p9' }] },
    ],
    [
      'put spaces inside braces where dependencies are',
      '  dependencies:\n    runtime:\n      - a=${{ package.full-version }}\n    provider-priority: ${{ vars.p }}\nvars:\n  p: 12\n',
      { packages: [{ dependencies: { runtime: ['a=1.0-r0'], providerPriority: 12 }, priorityText: '12' }] },
    ],
    [
      'ask for resources, time and capabilities',
      '  timeout: 1h30m\n  resources: {cpu: 4, memory: 8Gi, disk: 10Gi, cpumodel: x}\n  test-resources: {cpu: 2}\ncapabilities:\n  add: [CAP_SYS_ADMIN]\n  drop: [CAP_CHOWN]\n',
      {
        ...{ timeout: '1h30m', resources: { cpu: '4', memory: '8Gi', disk: '10Gi', cpumodel: 'x' } },
        ...{ testResources: { cpu: '2' }, capabilities: { add: ['CAP_SYS_ADMIN'], drop: ['CAP_CHOWN'] } },
      },
    ],
    [
      'give a program capabilities',
      '  setcap:\n    - path: /usr/bin/x\n      add:\n        cap_net_bind_service,cap_net_raw: "+ep"\n      reason: ports\n',
      {
        packages: [{ setcap: [{ path: '/usr/bin/x', add: { 'cap_net_bind_service,cap_net_raw': '+ep' } }] }],
      },
    ],
    [
      'assert how many steps run',
      "pipeline:\n  - assertions: {required-steps: 1}\n    pipeline:\n      - if: \"'a' == 'b'\"\n        runs: x\n      - runs: y\n",
      { packages: [{ steps: [{ requiredSteps: 1, steps: [{ script: 'y' }] }] }] },
    ],
    ['say its epoch in octal, as Go reads it', '  epoch: 010\n', { epoch: 8, fullVersion: '1.0-r8' }],
    [
      'repeat itself by an alias',
      'environment:\n  contents:\n    packages: &all [b, a]\ntest:\n  environment:\n    contents:\n      packages: *all\n  pipeline:\n    - runs: x\n',
      { environment: { packages: ['a', 'b'] } },
    ],
  ])('%s', (_, rest, has) => {
    expect(expand(rest)).toMatchObject(has)
    expect(formatRecipe(formatRecipe(HELLO + rest, 'x'), 'x')).toBe(formatRecipe(HELLO + rest, 'x'))
  })

  it('have options that are switched on from outside: packages change, and variables where steps are', () => {
    const rest =
      "vars:\n  flags: plain\nenvironment:\n  contents:\n    packages:\n      - gcc\n      - ${{vars.flags}}\noptions:\n  clang:\n    vars:\n      flags: fast\n    environment:\n      contents:\n        packages:\n          add: [clang]\n          remove: [gcc]\npipeline:\n  - if: ${{options.clang.enabled}} == 'true'\n    runs: late ${{ vars.flags }}\n"
    const [off, on] = [expand(rest), expand(rest, { buildOptions: ['clang'] })]
    expect([off.environment.packages, off.packages[0]?.steps.length]).toEqual([['gcc', 'plain'], 0])
    expect([on.environment.packages, on.packages[0]?.steps[0]?.script]).toEqual([
      ['clang', 'plain'],
      'late fast',
    ])
  })

  it('name sources of other architectures, which are not fetched', () => {
    const source = (arch: string) =>
      `  - if: \${{build.arch}} == '${arch}'\n    uses: fetch\n    with:\n      uri: ${arch}\n      expected-none: yes\n`
    const { sources, namedSources } = expand(`pipeline:\n${source('aarch64')}${source('x86_64')}`)
    const urisOf = (list: typeof sources) => list.map((one) => (one.kind === 'fetch' ? one.uri : ''))
    expect([urisOf(sources), urisOf(namedSources)]).toEqual([['x86_64'], ['aarch64', 'x86_64']])
  })
})
