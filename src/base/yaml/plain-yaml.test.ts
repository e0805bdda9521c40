// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDocument } from 'yaml'
import { readPlainYaml } from './plain-yaml.ts'

/** What the full parser makes of a text: undefined where it finds anything wrong. */
function full(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe' })
  if (document.errors.length + document.warnings.length > 0) return undefined
  return withoutNulls(document.toJS())
}

function withoutNulls(tree: unknown): unknown {
  if (tree === null) return ''
  if (typeof tree === 'string') return /^(~|null|Null|NULL)$/.test(tree) ? '' : tree
  if (Array.isArray(tree)) return tree.map(withoutNulls)
  return Object.fromEntries(Object.entries(tree as object).map(([key, value]) => [key, withoutNulls(value)]))
}

describe('plain YAML', () => {
  it.each<[name: string, text: string, tree: unknown]>([
    ['a map', 'a: 1\nb: two words # not this\n', { a: '1', b: 'two words' }],
    ['maps in maps', '# c\na:\n  b:\n    c: d\n\n  e: f\n', { a: { b: { c: 'd' }, e: 'f' } }],
    ['nothing', 'a:\nb: ~\nc: null\nd: # c\ne: {}\nf: []\n', { a: '', b: '', c: '', d: '', e: {}, f: [] }],
    ['a list below its key', 'a:\n  - b\n  - c: d\n    e: f\n  -\n', { a: ['b', { c: 'd', e: 'f' }, ''] }],
    ['a list beside its key', 'a:\n- b\n- c: d\ne: f\n', { a: ['b', { c: 'd' }], e: 'f' }],
    [
      'quotes',
      `a: 'it''s # : '\nb: "a\\n\\t\\"\\\\" # c\n"c d": e\n'f': g\n`,
      { a: "it's # : ", b: 'a\n\t"\\', 'c d': 'e', f: 'g' },
    ],
    ['a flow list of words', 'a: [b, c-1.2, null]\n', { a: ['b', 'c-1.2', ''] }],
    [
      'a literal text',
      'a: |\n  b\n    c\n\n  #d\n\nb: |-\n  x\nc: |+\n  y\n\n',
      { a: 'b\n  c\n\n#d\n', b: 'x', c: 'y\n\n' },
    ],
    ['a folded text', 'a: >-\n  b\n  c\n\n  d\n', { a: 'b c\nd' }],
    ['a folded text below empty lines', 'a: >-\n\n\n  b\n  c\n', { a: '\n\nb c' }],
    [
      'what looks like something else',
      'a: http://x:1/#y\nb: -x\nc: a:b\nd: ${{x.y}}\n',
      { a: 'http://x:1/#y', b: '-x', c: 'a:b', d: '${{x.y}}' },
    ],
  ])('has %s', (_, text, tree) => {
    expect(readPlainYaml(text)).toEqual(tree)
    expect(full(text)).toEqual(tree)
  })

  it.each([
    ['no last newline', 'a: b'],
    ['an anchor', 'a: &b c\n'],
    ['an alias', 'a: *b\n'],
    ['a tag', 'a: !b c\n'],
    ['a merge', '<<: b\n'],
    ['a key twice', 'a: b\na: c\n'],
    ['a tab', 'a:\tb\n'],
    ['a line separator, which ends no line', 'a: \u2028\n'],
    ['a text over two lines', 'a: b\n  c\n'],
    ['a quoted text over two lines', 'a: "b\n  c"\n'],
    ['a map in a line', 'a: b: c\n'],
    ['a second document', 'a: b\n---\nc: d\n'],
    ['an indentation in digits', 'a: |2\n    b\n'],
    ['folded lines that go deeper', 'a: >\n  b\n    c\n'],
    ['a name objects have anyway', '__proto__: b\n'],
    ['a depth of its own', 'a:\n    b: c\n  d: e\n'],
    ['a list of its own', '- a\n'],
  ])('leaves %s to the full parser', (_, text) => {
    expect(readPlainYaml(text)).toBeUndefined()
  })

  it('of any kind is what the full parser makes of it', () => {
    const part = fc.constantFrom(
      ...[
        'a',
        'b',
        'c:',
        'a: ',
        'b:',
        '- ',
        '-',
        '\n',
        '\n',
        '\n  ',
        '\n    ',
        '  ',
        ' ',
        '#',
        ' # c',
        '"',
        "'",
        '"x"',
        "'y'",
      ],
      ...[
        '|',
        '|\n',
        '>\n',
        '|-\n  ',
        '>+\n   ',
        '[',
        ']',
        '[a, b]',
        '{}',
        ',',
        ':',
        '~',
        'null',
        '\t',
        '\\n',
        '${{x}}',
        '?',
        '&a',
        '*a',
        '!',
        '%',
        '@',
        '---',
        '<<: ',
      ],
    )
    let read = 0
    fc.assert(
      fc.property(fc.array(part, { maxLength: 24 }), (parts) => {
        const text = `${parts.join('')}\n`
        const plain = readPlainYaml(text)
        if (plain === undefined) return
        read += 1
        expect(full(text)).toEqual(plain)
      }),
      { numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(20)
  })

  it('of nested maps, lists and texts is read back as it was written', () => {
    const word = fc.constantFrom('a', 'b-1', 'c.d', 'x y', 'echo "$1"', 'it is')
    const lines = fc.array(fc.constantFrom('one', '  two', '', '# three', 'four: five', '- six'), {
      minLength: 1,
      maxLength: 5,
    })
    interface Node {
      readonly text: (indent: string) => string
    }
    const scalar: fc.Arbitrary<Node> = fc.oneof(
      word.map((value) => ({ text: () => ` ${value}\n` })),
      fc.tuple(fc.constantFrom('|', '|-', '>-'), lines).map(([header, body]) => ({
        text: (indent: string) =>
          ` ${header}\n${['first', ...body].map((line) => (line === '' ? '\n' : `${indent}  ${line}\n`)).join('')}`,
      })),
    )
    const { node } = fc.letrec<{ node: Node }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        scalar,
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((items) => ({
          text: (indent: string) =>
            `\n${items.map((item) => `${indent}  -${item.text(`${indent}  `)}`).join('')}`,
        })),
        fc
          .uniqueArray(fc.tuple(fc.constantFrom('k', 'l', 'm-n'), tie('node')), {
            minLength: 1,
            maxLength: 3,
            selector: ([key]) => key,
          })
          .map((entries) => ({
            text: (indent: string) =>
              `\n${entries.map(([key, value]) => `${indent}  ${key}:${value.text(`${indent}  `)}`).join('')}`,
          })),
      ),
    }))
    fc.assert(
      fc.property(node, (value) => {
        const text = `root:${value.text('')}`
        const plain = readPlainYaml(text)
        const wanted = full(text)
        if (plain === undefined) return fc.pre(false)
        expect(plain).toEqual(wanted)
      }),
      { numRuns: 1000 },
    )
  })
})
