// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isMillraceError } from '../base/index.ts'
import { evaluateCondition } from './condition.ts'

const variables = new Map([
  ['a.b', 'x'],
  ['quoted', `it's "so" \\ `],
  ['foo.BAR_BAZ-1', 'bar'],
])
const holds = (text: string) =>
  evaluateCondition(text, variables, () => ({ what: 'testing', locate: () => undefined }))

describe('a condition', () => {
  it.each([
    ['', true],
    ['  \n', true],
    ["'a' == 'a'", true],
    ["'a' != 'a'", false],
    [`"a" == 'a'`, true],
    ['\'\' == ""', true],
    ["'a'=='a'&&'b'=='b'", true],
    ["'a' == 'b' || 'b' == 'b'", true],
    // From left to right: (true || true) && false, and (false && true) || true.
    ["'a' == 'a' || 'a' == 'a' && 'a' == 'b'", false],
    ["'a' == 'b' && 'a' == 'a' || 'a' == 'a'", true],
    ["'a' == 'a' || ('a' == 'a' && 'a' == 'b')", true],
    ["(('a' == 'a'))", true],
    ["${{a.b}} == 'x'", true],
    ["'x' == ${{ a.b }}", true],
    ['${{\ta.b\n}} == ${{a.b}}', true],
    ["${{foo.BAR_BAZ-1}} != 'bar'", false],
    [`\${{quoted}} == "it's \\"so\\" \\\\ "`, true],
    ["'it\\'s' == \"it's\"", true],
    ["'a\\nb\\tc' == 'a\\nb\\tc'", true],
    ["'\\d' == '\\\\d'", true],
    ["'a\\\\b' == 'ab'", false],
  ])('%j is %j', (text, value) => {
    expect(holds(text)).toBe(value)
  })

  it.each([
    ["'a'", '== or !='],
    ["'a' == ", "a quoted text or ${{name}} at character 8 of 'a' == , it ends"],
    ["'a' == 'a' 'b'", 'the end, && or ||'],
    ["'a' == 'a' &&", 'a quoted text'],
    ["('a' == 'a'", '&&, || or )'],
    ["'a' == 'a", "a closing '"],
    ["a == 'a'", "found a == 'a'"],
    ["'a' === 'a'", 'a quoted text'],
    ["!('a' == 'a')", 'a quoted text'],
    ["${{nothing}} == 'a'", '${{nothing}} is not defined'],
    ["${{}} == 'a'", 'has no name in it'],
    ["'${{a.b}}' == 'x'", 'quotes of its own'],
    [`${'('.repeat(1000)}'a' == 'a'`, 'fewer parentheses'],
  ])('%j is refused', (text, message) => {
    expect(() => holds(text)).toThrow(message)
  })

  it('of any text is true, false or a located problem', () => {
    const part = fc.constantFrom(
      "'a'",
      '"b"',
      '==',
      '!=',
      '&&',
      '||',
      '(',
      ')',
      ' ',
      '${{a.b}}',
      '${{',
      '}}',
      '\\',
      'x',
      "'",
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          expect(typeof holds(parts.join(''))).toBe('boolean')
        } catch (error) {
          expect(isMillraceError(error, 'RECIPE_INVALID')).toBe(true)
        }
      }),
    )
  })
})
