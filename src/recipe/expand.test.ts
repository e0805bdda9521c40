// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../base/index.ts'
import {
  type ExpandedStep,
  type ExpandOptions,
  expandRecipe,
  isTargeted,
  parseRecipe,
  sourceMount,
} from './index.ts'

/** @param yaml what follows the package's name and version. */
function expand(
  yaml: string,
  pipelines: Readonly<Record<string, string>> = {},
  options: Partial<ExpandOptions> = {},
) {
  const find = (name: string) => {
    const text = Object.hasOwn(pipelines, name) ? pipelines[name] : undefined
    return text === undefined ? undefined : { text, file: `pipelines/${name}.yaml` }
  }
  const recipe = parseRecipe(`package:\n  name: hello\n  version: 1.2.3\n  epoch: 4\n${yaml}`, 'hello.yaml')
  return expandRecipe(recipe, { arch: 'x86_64', find, pipelineNames: Object.keys(pipelines), ...options })
}

/** The scripts of the main package and everything below it. */
const scripts = (yaml: string, pipelines = {}, options = {}) =>
  allScripts(expand(yaml, pipelines, options).packages[0]?.steps ?? [])
const allScripts = (steps: readonly ExpandedStep[]): string[] =>
  steps.flatMap(({ script, steps: children }) => [
    ...(script === '' ? [] : [script]),
    ...allScripts(children),
  ])
const echo = (...names: readonly string[]) =>
  `pipeline:\n  - runs: '${names.map((name) => `\${{${name}}}`).join(' ')}'\n`

describe('variables', () => {
  it.each([
    ['package.name', 'hello'],
    ['package.version', '1.2.3'],
    ['package.epoch', '4'],
    ['package.full-version', '1.2.3-r4'],
    ['package.srcdir', '/home/build'],
    ['targets.outdir', '/home/build/melange-out'],
    ['targets.destdir', '/home/build/melange-out/hello'],
    ['targets.contextdir', '/home/build/melange-out/hello'],
    ['targets.package.hello', '/home/build/melange-out/hello'],
    ['targets.package.hello-dev', '/home/build/melange-out/hello-dev'],
    ['context.name', 'hello'],
    ['host.triplet.gnu', 'x86_64-pc-linux-gnu'],
    ['host.triplet.rust', 'x86_64-unknown-linux-gnu'],
    ['cross.triplet.gnu.glibc', 'x86_64-pc-linux-gnu'],
    ['cross.triplet.gnu.musl', 'x86_64-pc-linux-musl'],
    ['cross.triplet.rust.musl', 'x86_64-unknown-linux-musl'],
    ['build.arch', 'x86_64'],
    ['build.goarch', 'amd64'],
    ['options.nls.enabled', 'false'],
    ['vars.major', '1'],
    ['vars.plain', 'one'],
  ])('%s is %s in a step', (name, value) => {
    const yaml = `vars:
  plain: one
options:
  nls: {}
var-transforms:
  - from: \${{package.version}}
    match: ^(\\d+).*$
    replace: $1
    to: major
subpackages:
  - name: hello-dev
`
    expect(scripts(yaml + echo(name))).toEqual([value])
  })

  it.each([
    ['x86', 'i486-pc-linux-gnu', 'i686-unknown-linux-gnu', '386'],
    ['aarch64', 'aarch64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu', 'arm64'],
    ['armhf', 'arm-unknown-linux-gnueabihf', 'armv6-unknown-linux-gnueabihf', 'arm/v6'],
    ['armv7', 'armv7l-unknown-linux-gnueabihf', 'armv7-unknown-linux-gnueabihf', 'arm/v7'],
    ['ppc64le', 'powerpc64le-unknown-linux-gnu', 'powerpc64le-unknown-linux-gnu', 'ppc64le'],
    ['s390x', 's390x-ibm-linux-gnu', 's390x-unknown-linux-gnu', 's390x'],
    ['riscv64', 'riscv64-unknown-linux-gnu', 'riscv64-unknown-linux-gnu', 'riscv64'],
    ['loongarch64', 'loongarch64-unknown-linux-gnu', 'loongarch64-unknown-linux-gnu', 'loong64'],
  ])('name %s as %s, %s and %s', (arch, gnu, rust, oci) => {
    const yaml = echo('host.triplet.gnu', 'host.triplet.rust', 'build.goarch')
    expect(scripts(yaml, {}, { arch })).toEqual([`${gnu} ${rust} ${oci}`])
    expect(scripts(echo('host.triplet.gnu'), {}, { arch, libc: 'musl' })).toEqual([
      gnu.replace('gnu', 'musl'),
    ])
  })

  it('follow the package being made inside a subpackage', () => {
    const yaml = `subpackages:
  - name: hello-dev
    pipeline:
      - runs: \${{targets.destdir}} \${{targets.contextdir}} \${{targets.subpkgdir}} \${{subpkg.name}} \${{context.name}}
`
    expect(expand(yaml).packages[1]?.steps[0]?.script).toBe(
      '/home/build/melange-out/hello /home/build/melange-out/hello-dev /home/build/melange-out/hello-dev hello-dev hello-dev',
    )
  })

  it('may name each other in any order, and package fields may name them', () => {
    const yaml = `  description: \${{package.name}} \${{vars.a}}
vars:
  a: \${{ vars.b }}-a
  b: \${{vars.c}}-b
  c: c
`
    expect(expand(yaml).packages[0]?.description).toBe('hello c-b-a')
  })

  it('of transforms build on earlier ones', () => {
    const yaml = `var-transforms:
  - from: \${{package.version}}
    match: \\.
    replace: _
    to: under
  - from: v\${{ vars.under }}
    match: (\\d)_(\\d)
    replace: \${2}-$1
    to: swapped
${echo('vars.under', 'vars.swapped')}`
    expect(scripts(yaml)).toEqual(['1_2_3 v2-1_3'])
  })

  it('are put in at parse time only when spelt exactly, and left alone where they are unknown', () => {
    const yaml = `  description: "\${{package.name}} \${{ package.name }} \${{nothing.known}}"\n`
    expect(expand(yaml).packages[0]?.description).toBe('hello ${{ package.name }} ${{nothing.known}}')
  })

  it('are found in dependencies and package lists with spaces too', () => {
    const yaml = `  dependencies:
    runtime: ["a=\${{ package.full-version }}"]
    provides: ["b=\${{package.version}}"]
    replaces: ["c"]
    provider-priority: \${{ vars.priority }}
vars:
  priority: 12
environment:
  contents:
    packages: [z, "a-\${{ vars.priority }}", z]
`
    const { packages, environment } = expand(yaml)
    expect(packages[0]?.dependencies).toEqual({
      runtime: ['a=1.2.3-r4'],
      provides: ['b=1.2.3'],
      replaces: ['c'],
      providerPriority: 12,
      replacesPriority: 0,
    })
    expect(environment.packages).toEqual(['a-12', 'z'])
  })

  it('are not put into environments of steps at compile time, nor into uses and labels', () => {
    const yaml = `pipeline:
  - label: \${{package.name}}
    runs: x
    environment:
      A: \${{package.name}}
      B: \${{targets.destdir}}
`
    expect(expand(yaml).packages[0]?.steps[0]).toMatchObject({
      label: '${{package.name}}',
      environment: { A: 'hello', B: '${{targets.destdir}}' },
    })
  })

  it('can be given from outside', () => {
    expect(scripts(`vars:\n  a: one\n${echo('vars.a')}`, {}, { vars: { a: 'two' } })).toEqual(['two'])
  })

  it('say of updates where to look, not what to do with what is found', () => {
    const yaml = `vars:
  x: y
update:
  github:
    identifier: a/\${{vars.x}}
    strip-prefix: \${{vars.x}}
    tag-filter-prefix: \${{vars.x}}
`
    expect(expand(yaml).update.github).toMatchObject({
      identifier: 'a/y',
      'strip-prefix': '${{vars.x}}',
      'tag-filter-prefix': 'y',
    })
  })
})

describe('ranges', () => {
  it('make a subpackage of each item, in the byte order of keys', () => {
    const yaml = `vars:
  v: 1
data:
  - name: plugins
    items:
      b: Beta
      B: big
      a: Alpha
      é: e
subpackages:
  - range: plugins
    name: hello-\${{range.value}}
    description: \${{range.key}} of \${{package.name}} \${{vars.v}}
    if: "'\${{range.key}}' != 'é'"
    pipeline:
      - uses: with-paths
        with:
          paths: \${{range.key}}
    test:
      pipeline:
        - runs: \${{range.key}} \${{context.name}}
`
    const { packages, tests } = expand(yaml, {
      'with-paths': 'inputs:\n  paths: {}\npipeline:\n  - runs: ${{inputs.paths}}\n',
    })
    expect(packages.slice(1).map(({ name, description }) => [name, description])).toEqual([
      ['hello-big', 'B of hello 1'],
      ['hello-Alpha', 'a of hello 1'],
      ['hello-Beta', 'b of hello 1'],
    ])
    expect(packages[1]?.steps[0]?.steps[0]?.script).toBe('B')
    expect([...tests].map(([name, { steps }]) => [name, steps[0]?.script])).toEqual([
      ['hello-big', 'B hello-big'],
      ['hello-Alpha', 'a hello-Alpha'],
      ['hello-Beta', 'b hello-Beta'],
    ])
  })
})

describe('build options', () => {
  const yaml = `vars:
  tls: openssl
environment:
  contents:
    packages: [a, b]
options:
  gnutls:
    vars:
      tls: gnutls
    environment:
      contents:
        packages:
          add: [c, tools]
          remove: [a]
  minimal:
    environment:
      contents:
        packages:
          remove: [tools]
pipeline:
  - runs: parse \${{vars.tls}}
  - runs: compile \${{ vars.tls }} \${{options.gnutls.enabled}} \${{options.minimal.enabled}}
`

  it('change nothing unless switched on', () => {
    expect(expand(yaml).environment.packages).toEqual(['a', 'b'])
    expect(scripts(yaml)).toEqual(['parse openssl', 'compile openssl false false'])
  })

  it('change packages, and variables as far as they are not in place yet', () => {
    const options = { buildOptions: ['gnutls', 'unknown', 'minimal'] }
    expect(expand(yaml, {}, options).environment.packages).toEqual(['b', 'c'])
    expect(scripts(yaml, {}, options)).toEqual(['parse openssl', 'compile gnutls true true'])
  })
})

describe('steps that use a pipeline', () => {
  it('take inputs, defaults where nothing is given, and defaults with variables', () => {
    const pipelines = {
      make: `inputs:
  dir: {default: .}
  opts: {}
  host: {default: "\${{host.triplet.gnu}}"}
  both: {default: "\${{inputs.dir}}/\${{inputs.opts}}"}
pipeline:
  - runs: \${{inputs.dir}} [\${{inputs.opts}}] \${{inputs.host}} \${{inputs.both}}
`,
    }
    const yaml = (given: string) => `pipeline:\n  - uses: make\n    with: ${given}\n`
    expect(scripts(yaml('{}'), pipelines)).toEqual(['. [] x86_64-pc-linux-gnu ./'])
    expect(scripts(yaml('{dir: "", opts: -x, host: "${{build.arch}}"}'), pipelines)).toEqual([
      '. [-x] x86_64 ./-x',
    ])
  })

  it('hand inputs on, but only those that are named', () => {
    const pipelines = {
      outer: `inputs:
  opts: {default: outer}
  dir: {default: here}
pipeline:
  - uses: inner
    with:
      opts: \${{inputs.opts}}
  - runs: \${{inputs.dir}}
    pipeline:
      - runs: nested \${{inputs.dir}}
`,
      inner: `inputs:
  opts: {}
  dir: {default: there}
pipeline:
  - runs: \${{inputs.opts}} \${{inputs.dir}}
`,
    }
    expect(scripts('pipeline:\n  - uses: outer\n    with:\n      opts: given\n', pipelines)).toEqual([
      'given there',
      'here',
      'nested here',
    ])
  })

  it('add what is needed to the environment, where their if holds', () => {
    const pipelines = {
      build: `needs:
  packages: [make, "\${{inputs.compiler}}"]
inputs:
  compiler: {default: gcc}
pipeline:
  - if: \${{inputs.compiler}} == 'clang'
    needs:
      packages: [lld]
    runs: x
`,
    }
    const yaml = `environment:
  contents:
    packages: [make, busybox]
pipeline:
  - uses: build
  - uses: build
    if: \${{build.arch}} == 'aarch64'
    with:
      compiler: clang
`
    expect(expand(yaml, pipelines).environment.packages).toEqual(['busybox', 'gcc', 'make'])
    expect(expand(yaml, pipelines, { arch: 'aarch64' }).environment.packages).toEqual([
      'busybox',
      'clang',
      'gcc',
      'lld',
      'make',
    ])
  })

  it('keep their name and what the file does not say; environments come together', () => {
    const pipelines = {
      file: 'name: of the file\nenvironment:\n  B: file\n  C: file\nworking-directory: /of/file\npipeline:\n  - runs: x\nunknown: ignored\n',
    }
    const yaml = `pipeline:
  - uses: file
    name: mine
    label: kept
    working-directory: mine
    environment:
      A: mine
      B: mine
`
    expect(expand(yaml, pipelines).packages[0]?.steps[0]).toMatchObject({
      label: 'mine',
      uses: 'file',
      workingDirectory: '/of/file',
      environment: { A: 'mine', B: 'file', C: 'file' },
    })
  })

  it('that were compiled before keep their own steps', () => {
    const yaml = 'pipeline:\n  - uses: not-looked-up\n    pipeline:\n      - runs: compiled\n'
    expect(scripts(yaml)).toEqual(['compiled'])
  })

  it('may bring inputs without a file', () => {
    expect(scripts('pipeline:\n  - inputs:\n      a: {default: b}\n    runs: ${{inputs.a}}\n')).toEqual(['b'])
  })
})

describe('sources', () => {
  const pipelines = {
    fetch:
      'inputs:\n  uri: {required: true}\n  expected-sha256: {}\n  expected-sha512: {}\npipeline:\n  - runs: x\n',
    'git-checkout':
      'inputs:\n  repository: {required: true}\n  tag: {}\n  branch: {}\n  expected-commit: {}\npipeline:\n  - runs: x\n',
    both: 'inputs:\n  url: {}\npipeline:\n  - pipeline:\n      - uses: fetch\n        with:\n          uri: ${{inputs.url}}\n',
  }
  const SHA = 'ab'.repeat(32)
  const yaml = `pipeline:
  - uses: fetch
    with:
      uri: https://example.org/hello-\${{package.version}}.tar.gz
      expected-sha256: ${SHA}
  - uses: fetch
    if: \${{build.arch}} != 'x86_64'
    with: {uri: other}
  - uses: both
    with: {url: nested}
subpackages:
  - name: hello-data
    pipeline:
      - uses: git-checkout
        with:
          repository: https://example.org/data.git
          tag: v\${{package.version}}
          expected-commit: ${'c'.repeat(40)}
test:
  pipeline:
    - uses: fetch
      with: {uri: for the test}
`

  it('are those of every step that will run, nested ones and subpackages included', () => {
    const { sources, tests } = expand(yaml, pipelines)
    expect(sources).toMatchObject([
      {
        kind: 'fetch',
        uri: 'https://example.org/hello-1.2.3.tar.gz',
        sha256: SHA,
        sha512: '',
        at: { line: 6, column: 5 },
      },
      { kind: 'fetch', uri: 'nested', at: { file: 'pipelines/both.yaml' } },
      {
        kind: 'git',
        repository: 'https://example.org/data.git',
        tag: 'v1.2.3',
        branch: '',
        commit: 'c'.repeat(40),
      },
    ])
    expect(tests.get('hello')?.sources).toMatchObject([{ uri: 'for the test' }])
  })

  it('have a place each in the sandbox', () => {
    const places = expand(yaml, pipelines).sources.map(sourceMount)
    expect(places).toEqual(
      [`sha256:${SHA}`, undefined, 'git/c0c9ba2ce2b5c2c8c4aa3f3bf3d3a3a9'].map((place, index) =>
        index === 2 ? expect.stringMatching(/^git\/[0-9a-f]{64}$/) : place,
      ),
    )
  })
})

describe('a package', () => {
  it('inherits nothing from the main one but the commit', () => {
    const yaml = `  commit: abc
  url: https://example.org
  description: main
  options: {no-provides: true}
  checks: {disabled: [dev]}
  scriptlets: {post-install: "#!/bin/sh"}
subpackages:
  - name: hello-doc
    setcap: [{path: /x, add: {cap_net_raw: +ep}, reason: y}]
  - name: hello-gone
    if: \${{build.arch}} == 'never'
    pipeline:
      - needs: {packages: [never]}
    test:
      pipeline:
        - runs: never
test:
  environment:
    contents: {packages: [jq]}
    environment: {A: b}
    accounts: {run-as: nobody}
  pipeline:
    - runs: hello
`
    const { packages, tests, environment } = expand(yaml)
    expect(packages.map(({ name }) => name)).toEqual(['hello', 'hello-doc'])
    expect(packages[0]).toMatchObject({ isMain: true, url: 'https://example.org', checksDisabled: ['dev'] })
    expect(packages[1]).toMatchObject({
      isMain: false,
      url: '',
      description: '',
      commit: 'abc',
      checksDisabled: [],
      setcap: [],
    })
    expect([...tests.keys()]).toEqual(['hello'])
    expect(tests.get('hello')).toMatchObject({ packages: ['jq'], variables: { A: 'b' }, runAs: 'nobody' })
    expect(environment.packages).toEqual([])
  })

  it('is for the architectures it targets', () => {
    const { targetArchitectures } = expand('  target-architecture: [aarch64]\n')
    expect([isTargeted(targetArchitectures, 'x86_64'), isTargeted(targetArchitectures, 'aarch64')]).toEqual([
      false,
      true,
    ])
    expect([isTargeted([], 'x86_64'), isTargeted(['all'], 'x86_64')]).toEqual([true, true])
  })
})

describe('an expansion is refused', () => {
  const HEX = 'a'.repeat(64)
  const pipelines = {
    strip: 'inputs:\n  opts: {default: -g}\npipeline:\n  - runs: strip ${{inputs.opts}}\n',
    fetch: 'inputs:\n  uri: {required: true}\n  expected-sha256: {}\npipeline:\n  - runs: x\n',
    broken: 'pipeline:\n  - runs: |\n      one\n      ${{inputs.nothing}}\n',
    odd: 'pipeline:\n  - runs: [a]\n',
    list: '- a\n',
    circle: 'pipeline:\n  - uses: circle\n',
  }
  const cases: [name: string, yaml: string, place: string, why: string, fix: string][] = [
    [
      'with an unknown pipeline',
      'pipeline:\n  - uses: nope\n',
      'hello.yaml:6:11',
      'there is no pipeline of that name',
      'correct the name; a pipeline of your own is a file pipelines/nope.yaml beside the recipe',
    ],
    [
      'with a pipeline spelt wrong',
      'pipeline:\n  - uses: ftech\n',
      'hello.yaml:6:11',
      'there is no pipeline of that name',
      'did you mean fetch?',
    ],
    [
      'with a pipeline outside',
      'pipeline:\n  - uses: ../x\n',
      'hello.yaml:6:11',
      'without ..',
      'give that path',
    ],
    [
      'with an absolute pipeline',
      'pipeline:\n  - uses: /x\n',
      'hello.yaml:6:11',
      'below a pipeline directory',
      'give that path',
    ],
    [
      'with pipelines that use each other',
      'pipeline:\n  - uses: circle\n',
      'pipelines/circle.yaml:2:5',
      'more than 30 deep',
      'remove the circle',
    ],
    [
      'with a pipeline file that is none',
      'pipeline:\n  - uses: list\n',
      'pipelines/list.yaml:1:1',
      'expected a map',
      'inputs and a pipeline',
    ],
    [
      'with a broken pipeline file',
      'pipeline:\n  - uses: odd\n',
      'pipelines/odd.yaml:2:5',
      'expected one text, found a list',
      '"a"',
    ],
    [
      'with an unknown variable in a pipeline file',
      'pipeline:\n  - uses: broken\n',
      'pipelines/broken.yaml:4:7',
      '${{inputs.nothing}} is not defined',
      'correct its name',
    ],
    [
      'with an unknown input',
      'pipeline:\n  - uses: strip\n    with:\n      otps: x\n',
      'hello.yaml:8:13',
      'strip has no input "otps"',
      'did you mean opts?',
    ],
    [
      'with an input that objects have anyway',
      'pipeline:\n  - uses: strip\n    with:\n      constructor: x\n',
      'hello.yaml:8:20',
      'no input "constructor"',
      'its inputs are: opts',
    ],
    [
      'without a required input',
      'pipeline:\n  - uses: fetch\n',
      'hello.yaml:6:5',
      'fetch needs the input uri',
      'add uri to with',
    ],
    [
      'with half a digest',
      'pipeline:\n  - uses: fetch\n    with:\n      uri: x\n      expected-sha256: abc\n',
      'hello.yaml:9:24',
      '(3 characters), expected 64',
      'give the whole value',
    ],
    [
      'with a digest in capitals',
      `pipeline:\n  - uses: fetch\n    with:\n      uri: x\n      expected-sha256: ${HEX.toUpperCase()}\n`,
      'hello.yaml:9:24',
      'in lower case',
      `write ${HEX}`,
    ],
    [
      'with an unknown variable, even where its if does not hold',
      "pipeline:\n  - if: ${{build.arch}} == 'no'\n    runs: |\n      one\n      two ${{targets.destdr}}\n",
      'hello.yaml:9:11',
      'not defined here',
      'did you mean ${{targets.destdir}}?',
    ],
    [
      'with a variable without a name',
      'pipeline:\n  - runs: echo ${{ }}\n',
      'hello.yaml:6:16',
      'no name in it',
      'write ${{name}}',
    ],
    [
      'with a variable that is open',
      'pipeline:\n  - runs: echo ${{package.name\n',
      'hello.yaml:6:16',
      'is not closed with }}',
      'write ${{package.name}}',
    ],
    [
      'with a variable of spaces',
      'pipeline:\n  - runs: echo ${{a b}}\n',
      'hello.yaml:6:16',
      'is not closed',
      'write',
    ],
    [
      'with a var nobody defines',
      'vars:\n  a: ${{vars.c}}\n  b: x\n',
      'hello.yaml:6:6',
      '${{vars.c}} is not defined',
      'vars.',
    ],
    [
      'with a var of the package',
      'vars:\n  a: ${{package.name}}\n',
      'hello.yaml:6:6',
      'not defined here',
      'var-transforms',
    ],
    [
      'with vars in a circle',
      'vars:\n  a: ${{vars.b}}\n  b: ${{vars.a}}\n',
      'hello.yaml:6:6',
      'a → b → a',
      'write one of them out',
    ],
    [
      'with a dependency on the build',
      '  dependencies:\n    runtime:\n      - a-${{build.arch}}\n',
      'hello.yaml:7:11',
      '${{build.arch}} is not defined',
      'nothing is known of the build yet',
    ],
    [
      'with a package list of the build',
      'environment:\n  contents:\n    packages:\n      - a-${{targets.destdir}}\n',
      'hello.yaml:8:11',
      'is not defined here',
      'package.* and vars.*',
    ],
    [
      'with a priority that is none',
      '  dependencies:\n    provider-priority: ${{vars.p}}\nvars:\n  p: high\n',
      'hello.yaml:6:24',
      'found "high"',
      'digits',
    ],
    [
      'with a bare var in an if',
      "vars:\n  x: y\npipeline:\n  - if: ${{vars.x}} == 'y'\n    runs: x\n",
      'hello.yaml:8:9',
      "found y == 'y'",
      "put quotes around it: 'y'",
    ],
    [
      'with quotes around a late variable',
      `pipeline:\n  - if: "'\${{build.arch}}' == 'x86_64'"\n    runs: x\n`,
      'hello.yaml:6:10',
      'quotes of its own',
      'write ${{build.arch}} without them',
    ],
    [
      'with assertions that cannot hold',
      "pipeline:\n  - assertions:\n      required-steps: 1\n    pipeline:\n      - if: ${{build.arch}} == 'x'\n        runs: x\n",
      'hello.yaml:7:23',
      'asserts that 1 of its 1 steps run, 0 would',
      'correct the if',
    ],
    [
      'with two packages of a name from a range',
      'data:\n  - name: p\n    items: {a: b, c: d}\nsubpackages:\n  - range: p\n    name: x\n',
      'hello.yaml:10:11',
      'two packages of it are named x',
      '${{range.key}}',
    ],
    [
      'with a range variable outside of one',
      'subpackages:\n  - name: x-${{range.key}}\n',
      'hello.yaml:6:13',
      '${{range.key}} in "x-${{range.key}}" is not known',
      'in a range',
    ],
    [
      'with a name that variables break',
      'vars:\n  a: b c\nsubpackages:\n  - name: x-${{vars.a}}\n',
      'hello.yaml:8:11',
      '"x-b c" is no package name',
      'letters, digits',
    ],
    [
      'with a pattern that searches for ever',
      `  description: ${'a'.repeat(60)}\nvar-transforms:\n  - from: \${{package.description}}\n    match: (a+)+b\n    replace: x\n    to: y\n`,
      'hello.yaml:8:12',
      'longer than',
      'repeats nothing that repeats',
    ],
  ]

  it.each(cases)('%s', (_, yaml, place, why, fix) => {
    let error: unknown
    try {
      expand(yaml, pipelines)
    } catch (thrown) {
      error = thrown
    }
    if (!isMillraceError(error, 'RECIPE_INVALID')) throw error
    expect(error).toMatchObject({ why: expect.stringContaining(why), fix: expect.stringContaining(fix) })
    expect(`${error.at?.file}:${error.at?.line}:${error.at?.column}`).toBe(place)
  })

  it.each(['1.0-beta', '1.0-r1', 'v1', 'latest'])('with the version %s', (version) => {
    const recipe = parseRecipe(`package:\n  name: hello\n  version: ${version}\n`, 'hello.yaml')
    expect(() => expandRecipe(recipe, { arch: 'x86_64', find: () => undefined })).toThrow(
      'no version that apk can order',
    )
  })
})
