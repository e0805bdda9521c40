// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { formatLocation, isMillraceError } from '../base/index.ts'
import { findRecipeProblems, parseRecipe } from './index.ts'

const HELLO = 'package:\n  name: hello\n  version: 1.0\n'

describe('a recipe', () => {
  it('keeps the source text of every scalar', () => {
    const { content } = parseRecipe(
      `package:
  name: hello
  version: 1.10
vars:
  a: 0x10
  b: 3.10
  c: yes
  d: null
  e: ~
  f:
  g: "null"
  3.12: 2024-01-01
  h: 'it''s'
data:
  - name: d
    items:
      3.10: 1_000
`,
      'hello.yaml',
    )
    expect(content.package.version).toBe('1.10')
    expect(content.vars).toEqual({
      a: '0x10',
      b: '3.10',
      c: 'yes',
      d: '',
      e: '',
      f: '',
      g: 'null',
      '3.12': '2024-01-01',
      h: "it's",
    })
    expect(content.data[0]?.items).toEqual({ '3.10': '1_000' })
  })

  it.each([
    ['yes', true],
    ['On', true],
    ['TRUE', true],
    ['y', true],
    ['no', false],
    ['off', false],
    ['False', false],
    ['', false],
  ])('takes %j for a truth value as YAML 1.1 does', (word, value) => {
    const { content } = parseRecipe(`${HELLO}update:\n  enabled: ${word}\n`, 'hello.yaml')
    expect(content.update.enabled).toBe(value)
  })

  it.each([
    ['0', 0],
    ['755', 755],
    ['0755', 493],
    ['0o755', 493],
    ['0x1F', 31],
    ['0b101', 5],
    ['+3', 3],
    ['1_000', 1000],
  ])('takes %s for a number as YAML 1.1 and Go do', (text, value) => {
    expect(parseRecipe(`${HELLO}  epoch: ${text}\n`, 'hello.yaml').content.package.epoch).toBe(value)
  })

  it('may use anchors, aliases and merge keys', () => {
    const { content } = parseRecipe(
      `${HELLO}vars: &vars
  a: one
  b: &b two
update:
  git: &git
    strip-prefix: v
  github:
    <<: *git
    identifier: x/y
environment:
  environment:
    <<: [*vars, {a: other, c: *b}]
    b: own
`,
      'hello.yaml',
    )
    expect(content.environment.environment).toEqual({ a: 'one', b: 'own', c: 'two' })
    expect(content.update.github).toMatchObject({ 'strip-prefix': 'v', identifier: 'x/y' })
  })

  it('leaves empty what is not there', () => {
    const { content } = parseRecipe(`${HELLO}subpackages:\nupdate:\n  github:\n`, 'hello.yaml')
    expect(content).toMatchObject({ subpackages: [], pipeline: [], vars: {}, test: { pipeline: [] } })
    expect(content.update.github?.identifier).toBe('')
    expect(content.update.git).toBeUndefined()
  })

  it('knows the place of everything in it', () => {
    const { locate } = parseRecipe(
      `${HELLO}pipeline:
  - uses: fetch
    with:
      uri: x
  - runs: |
      echo one
      echo two
`,
      'hello.yaml',
    )
    const places = [
      [],
      ['package', 'version'],
      ['pipeline'],
      ['pipeline', 0],
      ['pipeline', 0, 'with'],
      ['pipeline', 0, 'with', 'uri'],
      ['pipeline', 0, 'with', 'nothing'],
      ['pipeline', 1, 'runs'],
    ].map((path) => formatLocation(locate(path)))
    expect(places).toEqual([
      'hello.yaml:1:1',
      'hello.yaml:3:12',
      'hello.yaml:4:1',
      'hello.yaml:5:5',
      'hello.yaml:6:5',
      'hello.yaml:7:12',
      'hello.yaml:6:5',
      'hello.yaml:8:11',
    ])
    expect(formatLocation(locate(['pipeline', 1, 'runs'], 'two'))).toBe('hello.yaml:10:12')
  })
})

describe('a recipe is refused', () => {
  const cases: [name: string, text: string, place: string, why: string, fix: string][] = [
    // Not YAML.
    ['with a key twice', `${HELLO}  version: 2.0\n`, '4:3', 'the key version is there twice', 'remove one'],
    [
      'with a tab',
      `${HELLO}pipeline:\n\t- runs: x\n`,
      '5:1',
      'a tab stands where the indentation is',
      'indent with spaces',
    ],
    [
      'with a colon in a value',
      `${HELLO}  description: a: b\n`,
      '4:16',
      'a second ": " in description: a: b',
      'put quotes',
    ],
    [
      'with an open quote',
      `${HELLO}  description: "abc\n`,
      '4:16',
      'what "abc opens is never closed',
      'close the quote',
    ],
    [
      'with an open bracket',
      `${HELLO}pipeline: [a\n`,
      '4:11',
      'what [a opens is never closed',
      'close the quote',
    ],
    ['with an unknown alias', `${HELLO}  description: *x\n`, '4:16', 'there is no &x above', 'put quotes'],
    ['with a tag', `${HELLO}  description: !foo x\n`, '4:16', 'has a tag', 'remove the tag'],
    [
      'with a reserved character',
      `${HELLO}  description: @x\n`,
      '4:16',
      'means something to YAML',
      'put quotes',
    ],
    ['with two documents', `${HELLO}---\na: b\n`, '4:1', 'here; a recipe is one', 'remove the ---'],
    [
      'with a key too deep',
      `${HELLO}   epoch: 1\n`,
      '3:12',
      'indented as if they belonged to its value',
      'same indentation',
    ],
    [
      'with a key without its colon',
      `${HELLO}  epoch\n`,
      '4:3',
      'epoch has no colon behind it',
      'add a colon',
    ],
    ['with a map for a key', `${HELLO}? [a, b]\n: c\n`, '4:3', 'cannot be a key', 'write the key as a text'],
    [
      'with a control character',
      `${HELLO}  description: "a\u0000b"\n`,
      '4:18',
      'a control character',
      'remove it',
    ],
    ['with a NUL in a text', `${HELLO}  description: "a\\0b"\n`, '4:16', 'NUL', 'remove it'],
    [
      'that merges a text',
      `${HELLO}vars:\n  <<: x\n`,
      '5:7',
      '<< takes over the keys of a map',
      'name an anchor',
    ],
    // Not a recipe.
    ['when it is empty', '', '1:1', 'package is missing', 'add package:'],
    ['when it is a list', '- a\n', '1:1', 'expected a map, found a list', 'remove the dashes'],
    ['when it is a text', 'hello\n', '1:1', 'expected a map, found the text "hello"', 'write keys below it'],
    ['without a package', 'pipeline: []\n', '1:1', 'package is missing', 'add package:'],
    ['without a version', 'package:\n  name: hello\n', '1:1', 'version is missing', 'add version: "1.0"'],
    ['with an empty version', 'package:\n  name: hello\n  version:\n', '3:3', 'found nothing', 'write one'],
    [
      'with a misspelt key',
      'package:\n  nmae: hello\n  version: 1\n',
      '2:3',
      'no key "nmae" in package',
      'did you mean name?',
    ],
    [
      'with a key of nobody',
      `${HELLO}  foo: bar\n`,
      '4:3',
      'no key "foo" in package',
      'known here: annotations, checks',
    ],
    [
      'with a key of another place',
      `${HELLO}dependencies:\n  runtime: [a]\n`,
      '4:1',
      'no key "dependencies" in a recipe',
      'it belongs in package',
    ],
    [
      'with a key one level up',
      `${HELLO}environment:\n  packages: [a]\n`,
      '5:3',
      'no key "packages" in environment',
      'it belongs in environment.contents',
    ],
    [
      'with an odd key in a step',
      `${HELLO}pipeline:\n  - pipeline:\n      - rnus: x\n`,
      '6:9',
      'no key "rnus" in pipeline[0].pipeline[0]',
      'did you mean runs?',
    ],
    [
      'with an odd key in an account',
      `${HELLO}environment:\n  accounts:\n    runas: root\n`,
      '6:5',
      'no key "runas"',
      'did you mean run-as?',
    ],
    [
      'with a tag-filter for git',
      `${HELLO}update:\n  git:\n    tag-filter: v\n`,
      '6:5',
      'no key "tag-filter" in update.git',
      'it belongs in update.github',
    ],
    // Values.
    [
      'with a fraction for an epoch',
      `${HELLO}  epoch: 1.5\n`,
      '4:10',
      'expected a whole number, found "1.5"',
      'write 1',
    ],
    [
      'with an octal that is none',
      `${HELLO}  epoch: 08\n`,
      '4:10',
      'a number that begins with 0 is octal',
      'write 8',
    ],
    ['with a negative epoch', `${HELLO}  epoch: -1\n`, '4:10', 'found "-1"', 'write 0 or more'],
    [
      'with a word for an epoch',
      `${HELLO}  epoch: one\n`,
      '4:10',
      'expected a whole number, found "one"',
      'write digits only',
    ],
    [
      'with a huge epoch',
      `${HELLO}  epoch: 99999999999999999999\n`,
      '4:10',
      'expected a whole number',
      'digits',
    ],
    [
      'with neither true nor false',
      `${HELLO}update:\n  enabled: maybe\n`,
      '5:12',
      'expected true or false, found "maybe"',
      'write true or false',
    ],
    [
      'with seconds for a time-out',
      `${HELLO}  timeout: 90\n`,
      '4:12',
      'expected a duration with its units',
      'write 90s, or 90m',
    ],
    [
      'with words for a time-out',
      `${HELLO}  timeout: 1 hour\n`,
      '4:12',
      'expected a duration',
      'as in 90s, 45m or 1h30m',
    ],
    [
      'with a bad name',
      'package:\n  name: "-x y"\n  version: 1\n',
      '2:9',
      'expected a package name, found "-x y"',
      'begin with a letter',
    ],
    [
      'with a text for a list',
      `${HELLO}  copyright: MIT\n`,
      '4:14',
      'expected a list, found the text "MIT"',
      'write it as a list: - "MIT"',
    ],
    [
      'with a map for a list',
      `${HELLO}pipeline:\n  runs: x\n`,
      '4:1',
      'expected a list, found a map',
      'put a dash',
    ],
    [
      'with a list for an input',
      `${HELLO}pipeline:\n  - uses: git-checkout\n    with:\n      sparse-paths:\n        - a\n        - b\n`,
      '7:7',
      'expected one text, found a list',
      '"a b"',
    ],
    [
      'with a list for vars',
      `${HELLO}vars:\n  - a: b\n`,
      '4:1',
      'expected a map of names and values, found a list',
      'remove the dashes',
    ],
    [
      'with a map for a script',
      `${HELLO}pipeline:\n  - runs:\n      a: b\n`,
      '5:5',
      'expected one text, found a map',
      'put quotes around it',
    ],
    [
      'with a priority that is none',
      `${HELLO}  dependencies:\n    provider-priority: high\n`,
      '5:24',
      'expected a whole number, found "high"',
      'digits',
    ],
    [
      'with a pattern Go does not read',
      `${HELLO}var-transforms:\n  - from: x\n    match: (?=x)\n    replace: a\n    to: b\n`,
      '6:12',
      'Go has no group (?=x',
      'RE2 syntax',
    ],
    [
      'with an ignore pattern that is open',
      `${HELLO}update:\n  ignore-regex-patterns:\n    - '[a'\n`,
      '6:7',
      '[a has no ] behind it',
      'RE2 syntax',
    ],
    [
      'with an unknown period',
      `${HELLO}update:\n  schedule:\n    period: hourly\n`,
      '6:13',
      'found "hourly"',
      'daily, weekly, monthly',
    ],
    [
      'with an odd CPE part',
      `${HELLO}  cpe:\n    part: h\n`,
      '5:11',
      'expected a or o, found "h"',
      'did you mean a?',
    ],
    [
      'with an odd CPE vendor',
      `${HELLO}  cpe:\n    vendor: Foo Bar\n    product: x\n`,
      '5:13',
      'found "Foo Bar"',
      'write foo_bar',
    ],
    // Contradictions.
    [
      'with both uses and runs',
      `${HELLO}pipeline:\n  - uses: strip\n    runs: x\n`,
      '5:5',
      'both uses and runs',
      'keep one',
    ],
    [
      'with inputs for nobody',
      `${HELLO}pipeline:\n  - runs: x\n    with:\n      a: b\n`,
      '6:5',
      'with, but no uses',
      'name the pipeline',
    ],
    [
      'with an undefined range',
      `${HELLO}data:\n  - name: plugins\nsubpackages:\n  - range: plugin\n    name: x-\${{range.key}}\n`,
      '7:12',
      'no data named plugin',
      'did you mean plugins?',
    ],
    [
      'with two data of a name',
      `${HELLO}data:\n  - name: a\n  - name: a\n`,
      '6:11',
      'another data is named a',
      'a name of its own',
    ],
    [
      'with two packages of a name',
      `${HELLO}subpackages:\n  - name: hello\n`,
      '5:11',
      'another package of the recipe is named hello',
      'a name of its own',
    ],
    ['with half a CPE', `${HELLO}  cpe:\n    vendor: a\n`, '4:3', 'product is missing', 'add product'],
    [
      'with a capability too many',
      `${HELLO}  setcap:\n    - path: /x\n      reason: y\n      add:\n        cap_sys_module: +ep\n`,
      '7:7',
      'cap_sys_module is no capability',
      'cap_net_raw',
    ],
    [
      'with a capability for no reason',
      `${HELLO}  setcap:\n    - path: /x\n      add:\n        cap_net_raw: +ep\n`,
      '5:7',
      'a capability needs a reason',
      'add reason:',
    ],
  ]

  it.each(cases)('%s', (_, text, place, why, fix) => {
    const [first] = findRecipeProblems(text, 'hello.yaml')
    expect(first).toMatchObject({
      code: 'RECIPE_INVALID',
      why: expect.stringContaining(why),
      fix: expect.stringContaining(fix),
    })
    expect(`${first?.at?.line}:${first?.at?.column}`).toBe(place)
    expect(() => parseRecipe(text, 'hello.yaml')).toThrow(first?.message)
  })

  it('for several reasons at once, in the order of the text', () => {
    const text = `${HELLO}  epoch: x
  foo: bar
pipeline:
  - rnus: x
  - uses: [a]
`
    const problems = findRecipeProblems(text, 'hello.yaml')
    expect(problems.map(({ at }) => at?.line)).toEqual([4, 5, 7, 8])
  })
})

describe('a hostile text', () => {
  it.each([
    ['lists in lists', '['.repeat(50_000), 'nested more than'],
    ['closed lists in lists', `a: ${'['.repeat(3000)}${']'.repeat(3000)}`, 'nested more than'],
    ['dashes in dashes', '- '.repeat(5000), 'nested more than'],
    ['an alias of itself', 'a: &a\n  b: *a\n', 'nested more than'],
    ['aliases that multiply', bomb(), 'aliases counted each time'],
    ['much text', `a: ${'x'.repeat(4_000_001)}`, 'the limit is'],
  ])('of %s is refused in words', (_, text, why) => {
    expect(findRecipeProblems(text, 'x.yaml')).toMatchObject([{ why: expect.stringContaining(why) }])
  })

  it('of names that objects have anyway is read like any other', () => {
    const { content } = parseRecipe(`${HELLO}vars:\n  constructor: a\n  toString: b\n`, 'hello.yaml')
    expect(Object.entries(content.vars)).toEqual([
      ['constructor', 'a'],
      ['toString', 'b'],
    ])
    expect(findRecipeProblems(`${HELLO}__proto__: x\n`, 'x.yaml')).toMatchObject([
      { why: expect.stringContaining('__proto__') },
    ])
  })

  it('of any kind gives a recipe or located problems, never another error', () => {
    const yamlish = fc.array(
      fc.constantFrom(
        'package:',
        'name',
        ': ',
        '\n',
        '  ',
        '- ',
        '"',
        "'",
        '[',
        ']',
        '{',
        '}',
        '&a',
        '*a',
        '|',
        '>',
        '#',
        '!',
        '\t',
        'x',
        '1',
        '<<',
        '${{',
        '}}',
        '%',
        '---\n',
        '\r\n',
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(
        fc.oneof(
          yamlish.map((parts) => parts.join('')),
          fc.string({ unit: 'binary' }),
        ),
        (text) => {
          for (const problem of findRecipeProblems(text, 'x.yaml')) expect(problem.at?.file).toBe('x.yaml')
          try {
            parseRecipe(text, 'x.yaml')
          } catch (error) {
            expect(isMillraceError(error, 'RECIPE_INVALID')).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })

  it('in any quoting comes back as it went in', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9.-]{0,8}$/)
    const value = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((text) => !/[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]/.test(text))
    fc.assert(
      fc.property(fc.dictionary(name, value, { noNullPrototype: true }), (vars) => {
        const text = stringify({ package: { name: 'hello', version: '1' }, vars })
        const { content } = parseRecipe(text, 'hello.yaml')
        const isNothing = (word: string) => word === '~' || /^null$/i.test(word)
        for (const [key, given] of Object.entries(vars))
          if (!isNothing(given)) expect(content.vars[key]).toBe(given)
      }),
    )
  })
})

function bomb(): string {
  const nine = (name: string) => `[${Array.from({ length: 9 }, () => `*${name}`).join(', ')}]`
  return [
    'a: &a [x, x, x]',
    ...['b', 'c', 'd', 'e', 'f', 'g'].map(
      (name, index) => `${name}: &${name} ${nine('abcdef'[index] ?? 'a')}`,
    ),
  ].join('\n')
}
