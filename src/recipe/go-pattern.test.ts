// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readGoPattern, replaceGo } from './index.ts'

const replace = (pattern: string, text: string, template: string) =>
  replaceGo(text, readGoPattern(pattern), template)

describe('a pattern of Go’s', () => {
  // Each result is what Go's regexp.ReplaceAllString gives.
  it.each([
    ['^ruby(\\d\\.\\d+)-.*', 'ruby3.2-foo', '$1', '3.2'],
    ['\\.', '1.2.3', '_', '1_2_3'],
    ['\\_', 'a_b', '.', 'a.b'],
    ['(\\d+)\\.(\\d+)', '1.2', '$2-$1', '2-1'],
    ['(\\d)', '1.2', '$1_x', '.'],
    ['(\\d)', '1.2', '${1}_x', '1_x.2_x'],
    ['(\\d)', '12', '$$1', '$1$1'],
    ['(?P<major>\\d+)\\..*', '10.2', 'v$major', 'v10'],
    ['(?<a>x)', 'x', '[${a}${b}$3]', '[x]'],
    ['(?P<1_>a)', 'a', '[$1_]', '[a]'],
    ['(?i)ALPHA', '1Alpha', 'x', '1x'],
    ['a(?i)b|c', 'aB C c', '.', '. . .'],
    ['a(?i:b)c', 'aBc aBC', '.', '. aBC'],
    ['(?s)a.b', 'a\nb', '.', '.'],
    ['a.b', 'a\nb a\rb', '.', 'a\nb .'],
    ['(?m)^a$', 'a\nb\na', '.', '.\nb\n.'],
    ['^a$', 'a\n', '.', 'a\n'],
    ['\\Aa\\z', 'a', '.', '.'],
    ['b*', 'abc', '-', '-a-c-'],
    ['', 'ab', '-', '-a-b-'],
    ['[[:alpha:]]+', 'ab1', '-', '-1'],
    ['[^[:digit:].]', '1.a', '-', '1.-'],
    ['[]a]', ']x', '.', '.x'],
    ['[a\\]b-d-]', 'c]-e', '.', '...e'],
    ['[\\d\\s]+', '1 2\u00a03', '.', '.\u00a0.'],
    ['\\s', '\v \u2003', '.', '\v.\u2003'],
    ['\\Qa.b\\E+', 'a.bb a-b', '.', '. a-b'],
    ['\\pL+\\PL', 'äb1', '.', '.'],
    ['\\p{Greek}', 'aα', '.', 'a.'],
    ['\\x41\\x{1F600}\\101', 'A😀A', '.', '.'],
    ['a{2,3}', 'aaaaa', '.', '..'],
    ['a{,3}', 'a{,3}', '.', '.'],
    ['x*?y', 'xxy', '.', '.'],
    ['(a|ab)(c|bcd)(d*)', 'abcd', '$1/$2/$3', 'a/bcd/'],
    ['[/#~&!-]', 'a/b#c', '', 'abc'],
  ])('%s makes of %j with %j %j', (pattern, text, template, result) => {
    expect(replace(pattern, text, template)).toBe(result)
  })

  it.each([
    ['(?=x)', 'Go has no group (?='],
    ['(?!x)', 'Go has no group (?!'],
    ['(?<=x)', 'Go has no group (?<'],
    ['\\1', 'Go has no escape \\1'],
    ['\\Z', 'Go has no escape \\Z'],
    ['\\C', 'Go has no escape \\C'],
    ['(?U)a+', 'the flag U'],
    ['(a', 'a ( has no ) behind it'],
    ['a)', 'a ) closes nothing'],
    ['[a', 'has no ] behind it'],
    ['[[:alfa:]]', 'Go has no class [:alfa:]'],
    ['*a', '* repeats nothing'],
    ['a**', '* is repeated once more'],
    ['a{2000}', 'more than 1000 times'],
    ['\\', 'Go has no escape'],
    ['[b-a]', ''],
  ])('%s is refused', (pattern, message) => {
    expect(() => readGoPattern(pattern)).toThrow(SyntaxError)
    expect(() => readGoPattern(pattern)).toThrow(message)
  })

  it('that is a text with its signs escaped matches that text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        const escaped = text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')
        expect(replace(escaped, `<${text}>`, 'x')).toBe('<x>')
        expect(replace(`(${escaped})`, `<${text}>`, '$1')).toBe(`<${text}>`)
      }),
    )
  })

  it('of any text is read or refused as a SyntaxError', () => {
    const part = fc.constantFrom(
      'a',
      '\\',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      '?',
      '*',
      '+',
      '|',
      '^',
      '$',
      '-',
      ':',
      'P<x>',
      '1',
      ',',
      'Q',
      'E',
      'p',
      'L',
      'i',
      '.',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        try {
          expect(readGoPattern(parts.join('')).expression).toBeInstanceOf(RegExp)
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError)
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('that could search for ever is stopped', () => {
    expect(() => replace('(a+)+b', 'a'.repeat(60), 'x')).toThrow(RangeError)
    expect(readGoPattern('^(\\d+\\.\\d+).*$').isCheap).toBe(true)
  })
})
