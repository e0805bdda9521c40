// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { findOurs, pipelineNames } from '../../test/support/run-pipeline.ts'
import { isMillraceError, type MillraceError } from '../base/index.ts'
import { expandRecipe, findRecipeProblems, parseRecipe } from './index.ts'

const HELLO = 'package:\n  name: hello\n  version: 1.0\n'

/** Mistakes people make in recipes: each with the place they are told of, what is said, and what is advised. */
const BROKEN: readonly [name: string, text: string, place: string, why: string, fix: string][] = [
  [
    'an input of its own that is required and missing',
    `${HELLO}pipeline:\n  - inputs:\n      a: {required: yes}\n    runs: \${{inputs.a}}\n`,
    '5:5',
    'it needs the input a',
    'add a to with',
  ],
  [
    'a resource of another name',
    `${HELLO}  resources:\n    cpus: 4\n`,
    '5:5',
    'there is no key "cpus" in package.resources',
    'did you mean cpu?',
  ],
  [
    'a key that is spelt wrong, and in the wrong place',
    `${HELLO}  licence: MIT\n`,
    '4:3',
    'there is no key "licence" in package',
    'did you mean license, in package.copyright[]?',
  ],
  [
    'an assertion spelt wrong',
    `${HELLO}pipeline:\n  - assertions:\n      required-step: 1\n`,
    '6:7',
    'there is no key "required-step" in pipeline[0].assertions',
    'did you mean required-steps?',
  ],
  [
    'an assertion in words',
    `${HELLO}pipeline:\n  - assertions:\n      required-steps: many\n`,
    '6:23',
    'expected a whole number, found "many"',
    'write digits only',
  ],
  [
    'a number for a truth value',
    `${HELLO}  options:\n    no-provides: 1\n`,
    '5:18',
    'expected true or false, found "1"',
    'write true or false',
  ],
  [
    'a name left empty',
    'package:\n  name:\n  version: 1\n',
    '2:3',
    'expected a package name, found ""',
    'use letters, digits and + _ . - and begin with a letter or digit',
  ],
  [
    'a name with a var nobody defines',
    'package:\n  name: a-${{vars.y}}\n  version: 1\nvars:\n  x: b\n',
    '2:11',
    'the variable ${{vars.y}} in "a-${{vars.y}}" is not known while a recipe is read',
    'use package.*, vars.* or, in a range, range.key and range.value, without spaces in the braces',
  ],
  [
    'needs without packages',
    `${HELLO}pipeline:\n  - needs: gcc\n`,
    '5:12',
    'expected a map, found the text "gcc"',
    'write keys below it, each with a colon and a value',
  ],
  [
    'a key twice',
    `${HELLO}pipeline:\n  - runs: a\n    runs: b\n`,
    '6:5',
    'the key runs is there twice in the same map',
    'remove one of the two, or merge what they say',
  ],
  [
    'a pipeline without dashes',
    `${HELLO}pipeline:\n  uses: strip\n`,
    '4:1',
    'expected a list, found a map',
    'put a dash and a space before each item',
  ],
  [
    'a dash without its space',
    `${HELLO}pipeline:\n  -uses: strip\n`,
    '4:1',
    'expected a list, found a map',
    'put a space behind the dash: - uses',
  ],
  [
    'an open parenthesis in an if',
    `${HELLO}pipeline:\n  - if: (\${{build.arch}} == 'x86_64'\n    runs: x\n`,
    '5:9',
    "expected &&, || or ) at character 29 of (${{build.arch}} == 'x86_64', it ends",
    "write it as in ${{build.arch}} == 'x86_64' && 'a' != 'b'",
  ],
  [
    'one = in an if',
    `${HELLO}pipeline:\n  - if: \${{build.arch}} = 'x86_64'\n    runs: x\n`,
    '5:9',
    "expected == or != at character 17 of ${{build.arch}} = 'x86_64', found = 'x86_64'",
    'write == for =',
  ],
  [
    'a bare word in an if',
    `${HELLO}pipeline:\n  - if: \${{build.arch}} == x86_64\n    runs: x\n`,
    '5:9',
    'expected a quoted text or ${{name}} at character 20 of ${{build.arch}} == x86_64, found x86_64',
    "put quotes around it: 'x86_64'",
  ],
  [
    'and in an if',
    `${HELLO}pipeline:\n  - if: \${{build.arch}} == 'x86_64' and 'a' == 'a'\n    runs: x\n`,
    '5:9',
    "expected the end, && or || at character 29 of ${{build.arch}} == 'x86_64' and 'a' == 'a', found and 'a' == 'a'",
    'write && for and',
  ],
  [
    'a variable spelt wrong',
    `${HELLO}pipeline:\n  - runs: echo \${{ package.nmae }}\n`,
    '5:16',
    'the variable ${{package.nmae}} is not defined here',
    'did you mean ${{package.name}}?',
  ],
  [
    'a pipeline spelt wrong',
    `${HELLO}pipeline:\n  - uses: go/biuld\n`,
    '5:11',
    'there is no pipeline of that name',
    'did you mean go/build? If not: a pipeline of your own is a file pipelines/go/biuld.yaml beside the recipe, in distro/, or below --pipeline-dir',
  ],
  [
    'an input spelt wrong',
    `${HELLO}pipeline:\n  - uses: fetch\n    with:\n      url: x\n`,
    '7:12',
    'fetch has no input "url"',
    'did you mean uri?',
  ],
  [
    'a digest that is none',
    `${HELLO}pipeline:\n  - uses: fetch\n    with:\n      uri: x\n      expected-sha256: zz\n`,
    '8:24',
    'expected-sha256 is "zz" (2 characters), expected 64 hexadecimal digits in lower case',
    'give the whole value',
  ],
  [
    'a transform of a variable spelt wrong',
    `${HELLO}var-transforms:\n  - from: \${{package.verison}}\n    match: x\n    replace: y\n    to: z\n`,
    '5:11',
    'the variable ${{package.verison}} is not defined here',
    'did you mean ${{package.version}}?',
  ],
  [
    'a transform to nothing',
    `${HELLO}var-transforms:\n  - from: a\n    match: x\n    replace: y\n`,
    '5:5',
    'to is missing',
    'add to',
  ],
  [
    'options in a list',
    `${HELLO}options:\n  - foo\n`,
    '4:1',
    'expected a map of names and values, found a list',
    'remove the dashes',
  ],
  [
    'packages of an option without add',
    `${HELLO}options:\n  foo:\n    environment:\n      contents:\n        packages:\n          - a\n`,
    '8:9',
    'expected a map, found a list',
    'remove the dashes',
  ],
  [
    'an identifier spelt wrong',
    `${HELLO}update:\n  github:\n    identifer: a/b\n`,
    '6:5',
    'there is no key "identifer" in update.github',
    'did you mean identifier?',
  ],
  [
    'a word for a number',
    `${HELLO}update:\n  release-monitor:\n    identifier: abc\n`,
    '6:17',
    'expected a whole number, found "abc"',
    'write digits only',
  ],
  [
    'a copyright without its dash',
    `${HELLO}  copyright:\n    license: MIT\n`,
    '4:3',
    'expected a list, found a map',
    'put a dash and a space before each item',
  ],
  [
    'a scriptlet spelt wrong',
    `${HELLO}  scriptlets:\n    postinstall: x\n`,
    '5:5',
    'there is no key "postinstall" in package.scriptlets',
    'did you mean post-install?',
  ],
  [
    'paths of a trigger spelt wrong',
    `${HELLO}  scriptlets:\n    trigger:\n      script: x\n      path: /a\n`,
    '7:7',
    'there is no key "path" in package.scriptlets.trigger',
    'did you mean paths?',
  ],
  [
    'a test in the package',
    `${HELLO}  test:\n    pipeline:\n      - runs: x\n`,
    '4:3',
    'there is no key "test" in package',
    'it belongs in a recipe itself, not indented',
  ],
  [
    'a version in a subpackage',
    `${HELLO}subpackages:\n  - name: a\n    version: 1\n`,
    '6:5',
    'there is no key "version" in subpackages[0]',
    'it belongs in package',
  ],
  [
    'subpackages by name',
    `${HELLO}subpackages:\n  a:\n    pipeline: []\n`,
    '4:1',
    'expected a list, found a map',
    'put a dash and a space before each item',
  ],
  [
    'items in a list',
    `${HELLO}data:\n  - name: d\n    items:\n      - a\n`,
    '6:5',
    'expected a map of names and values, found a list',
    'remove the dashes',
  ],
  [
    'one package without its dash',
    `${HELLO}environment:\n  contents:\n    packages: gcc\n`,
    '6:15',
    'expected a list, found the text "gcc"',
    'write it as a list: - "gcc"',
  ],
  [
    'a period spelt wrong',
    `${HELLO}update:\n  schedule:\n    period: dayly\n`,
    '6:13',
    'expected daily or weekly or monthly, found "dayly"',
    'did you mean daily?',
  ],
  [
    'one architecture without its dash',
    `${HELLO}  target-architecture: x86_64\n`,
    '4:24',
    'expected a list, found the text "x86_64"',
    'write it as a list: - "x86_64"',
  ],
  [
    'a script that is not indented',
    `${HELLO}pipeline:\n  - runs: |\n    echo\n   bad\n`,
    '6:5',
    'echo has no colon behind it',
    'add a colon and a value, or indent it below the key it belongs to',
  ],
  [
    'two subpackages of a name',
    `${HELLO}subpackages:\n  - name: a\n  - name: a\n`,
    '6:11',
    'another package of the recipe is named a',
    'give each a name of its own',
  ],
  [
    'a range of nothing',
    `${HELLO}subpackages:\n  - range: x\n    name: a\n`,
    '5:12',
    'there is no data named x',
    'add it to data; there is none yet',
  ],
  [
    'capitals in a CPE',
    `${HELLO}  cpe:\n    vendor: a\n    product: B\n`,
    '6:14',
    'expected lower-case letters, digits and + _ . - found "B"',
    'write b, or leave it out',
  ],
  [
    'an environment as in a shell',
    `${HELLO}environment:\n  environment:\n    - A=b\n`,
    '5:3',
    'expected a map of names and values, found a list',
    'remove the dashes',
  ],
  [
    'annotations in a list',
    `${HELLO}  annotations: [a]\n`,
    '4:3',
    'expected a map of names and values, found a list',
    'remove the dashes',
  ],
  [
    'a version with a v',
    'package:\n  name: a\n  version: v1.0\n',
    '3:12',
    '"v1.0" is no version that apk can order',
    'write numbers with dots, then a letter or suffixes such as _rc1, _beta2, _git20250131 or _p1; the revision goes to epoch',
  ],
  [
    'a version with a dash',
    'package:\n  name: a\n  version: 1.0-beta1\n',
    '3:12',
    '"1.0-beta1" is no version that apk can order',
    'write numbers with dots, then a letter or suffixes such as _rc1, _beta2, _git20250131 or _p1; the revision goes to epoch',
  ],
  [
    'a version with its revision',
    'package:\n  name: a\n  version: 1.0-r2\n',
    '3:12',
    '"1.0-r2" is no version that apk can order',
    'write numbers with dots, then a letter or suffixes such as _rc1, _beta2, _git20250131 or _p1; the revision goes to epoch',
  ],
  [
    'half a key',
    `${HELLO}pipeline:\n  - working-dir: x\n    runs: y\n`,
    '5:5',
    'there is no key "working-dir" in pipeline[0]',
    'did you mean working-directory?',
  ],
  [
    'variables in a text',
    `${HELLO}pipeline:\n  - environment: A=b\n    runs: y\n`,
    '5:18',
    'expected a map of names and values, found the text "A=b"',
    'write keys below it, each with a colon and a value',
  ],
  [
    'an option spelt wrong',
    `${HELLO}options:\n  foo:\n    var:\n      a: b\n`,
    '6:5',
    'there is no key "var" in options.foo',
    'did you mean vars?',
  ],
  [
    'an update in the package',
    `${HELLO}  update:\n    enabled: true\n`,
    '4:3',
    'there is no key "update" in package',
    'it belongs in a recipe itself, not indented',
  ],
  [
    'environment in a subpackage',
    `${HELLO}subpackages:\n  - name: a\n    environment: {}\n`,
    '6:5',
    'there is no key "environment" in subpackages[0]',
    'it belongs in a recipe itself, not indented',
  ],
  [
    'packages right below the environment',
    `${HELLO}environment:\n  packages:\n    - gcc\n`,
    '5:3',
    'there is no key "packages" in environment',
    'it belongs in environment.contents',
  ],
  [
    'a test without environment around its packages',
    `${HELLO}test:\n  contents:\n    packages: [a]\n`,
    '5:3',
    'there is no key "contents" in test',
    'it belongs in environment',
  ],
  [
    'a pipeline of a pipeline spelt wrong',
    `${HELLO}pipeline:\n  - pipelines:\n      - runs: x\n`,
    '5:5',
    'there is no key "pipelines" in pipeline[0]',
    'did you mean pipeline?',
  ],
  [
    'a capability of another world',
    `${HELLO}  setcap:\n    - path: /x\n      add: {cap_bpf: "+ep"}\n      reason: y\n`,
    '6:7',
    'cap_bpf is no capability a package may give to /x',
    'allowed are cap_ipc_lock, cap_net_admin, cap_net_bind_service, cap_net_raw, cap_sys_admin',
  ],
  [
    'a replacement without its match',
    `${HELLO}var-transforms:\n  - from: a\n    to: b\n    replace: x\n    macth: y\n`,
    '8:5',
    'there is no key "macth" in var-transforms[0]',
    'did you mean match?',
  ],
  [
    'a lookahead',
    `${HELLO}update:\n  ignore-regex-patterns:\n    - '^(?!1)'\n`,
    '6:7',
    'the pattern "^(?!1)" cannot be read: Go has no group (?!1',
    'write it in RE2 syntax, which Go uses',
  ],
  [
    'a list of lists',
    `${HELLO}  dependencies:\n    runtime:\n      - [a, b]\n`,
    '6:9',
    'expected one text, found a list',
    'write one text; several go in one, separated as runtime wants it: "a b"',
  ],
  [
    'a dependency made a map by a colon',
    `${HELLO}  dependencies:\n    provides:\n      - so: libx.so.1\n`,
    '6:9',
    'expected one text, found a map',
    'write one text; if a colon made it a map, put quotes around it',
  ],
  [
    'an input made a list',
    `${HELLO}pipeline:\n  - uses: strip\n    with:\n      - opts: x\n`,
    '6:5',
    'expected a map of names and values, found a list',
    'remove the dashes',
  ],
  [
    'a var made a map',
    `${HELLO}vars:\n  a:\n    b: c\n`,
    '5:3',
    'expected one text, found a map',
    'write one text; if a colon made it a map, put quotes around it',
  ],
  [
    'runs in capitals',
    `${HELLO}pipeline:\n  - Runs: x\n`,
    '5:5',
    'there is no key "Runs" in pipeline[0]',
    'did you mean runs?',
  ],
  [
    '&& as one &',
    `${HELLO}pipeline:\n  - if: "'a' == 'a' & 'b' == 'b'"\n    runs: x\n`,
    '5:9',
    "expected the end, && or || at character 12 of 'a' == 'a' & 'b' == 'b', found & 'b' == 'b'",
    'write && for &',
  ],
  [
    'an if without a right side',
    `${HELLO}pipeline:\n  - if: \${{build.arch}} ==\n    runs: x\n`,
    '5:9',
    'expected a quoted text or ${{name}} at character 19 of ${{build.arch}} ==, it ends',
    "write it as in ${{build.arch}} == 'x86_64' && 'a' != 'b'",
  ],
  [
    'a commit cut off',
    HELLO +
      'pipeline:\n  - uses: git-checkout\n    with:\n      repository: https://example.org/x\n      expected-commit: abc123\n',
    '8:24',
    'expected-commit is "abc123" (6 characters), expected 40 hexadecimal digits in lower case',
    'give the whole value',
  ],
  [
    'a branch and a tag spelt wrong',
    HELLO +
      'pipeline:\n  - uses: git-checkout\n    with:\n      repository: https://example.org/x\n      tags: v1\n',
    '8:13',
    'git-checkout has no input "tags"',
    'did you mean tag?',
  ],
]

/** What a person is told first of a recipe, with the pipelines of the distro. */
function firstProblem(text: string): MillraceError | undefined {
  const [problem] = findRecipeProblems(text, 'hello.yaml')
  if (problem !== undefined) return problem
  try {
    const options = { arch: 'x86_64', find: findOurs, pipelineNames: pipelineNames() }
    expandRecipe(parseRecipe(text, 'hello.yaml'), options)
    return undefined
  } catch (error) {
    if (isMillraceError(error, 'RECIPE_INVALID')) return error
    throw error
  }
}

describe('a broken recipe', () => {
  it.each(BROKEN)(
    '(%s) is told with its place, what is wrong, and what to type',
    (_, text, place, why, fix) => {
      const problem = firstProblem(text)
      expect([`${problem?.at?.line}:${problem?.at?.column}`, problem?.why, problem?.fix]).toEqual([
        place,
        why,
        fix,
      ])
      expect(problem?.at?.file).toBe('hello.yaml')
    },
  )

  it('is one of many kinds', () => {
    expect(new Set(BROKEN.map(([, text]) => text)).size).toBeGreaterThan(60)
  })
})
