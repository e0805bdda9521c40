// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isMillraceError, parseSettingsFile } from './index.ts'

const Kind = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('plain') }),
  z.strictObject({ kind: z.literal('sized'), count: z.number().int().positive() }),
])
const Settings = z.strictObject({ name: z.string(), on: z.boolean().default(false), list: z.array(Kind) })
const parse = (text: string) => parseSettingsFile(Settings, text, 'some/settings.yaml')

describe('a settings file', () => {
  it('has numbers, truth values and texts as YAML has them', () => {
    expect(parse('name: "1"\non: true\nlist: [{kind: sized, count: 0x10}]\n')).toEqual({
      ...{ name: '1', on: true },
      list: [{ kind: 'sized', count: 16 }],
    })
  })

  it.each([
    ['a number in quotes', '[{kind: sized, count: "3"}]', 'a number, found the text "3"', 'without quotes'],
    [
      'a number that is not whole',
      '[{kind: sized, count: 1.5}]',
      'a whole number, found the number 1.5',
      'digits',
    ],
    [
      'a number too small',
      '[{kind: sized, count: 0}]',
      'more than 0, found the number 0',
      'write more than 0',
    ],
    ['a map for a word', '[{kind: {toString: x}}]', 'one of plain, sized, found a map', 'write one of'],
    ['nothing at all', '', 'a list, found nothing', 'put a dash'],
  ])('is refused with its place: %s', (_, list, why, fix) => {
    expect(() => parse(`name: x\nlist: ${list}\n`)).toThrowError(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        why: `expected ${why}`,
        fix: expect.stringContaining(fix),
        at: { file: 'some/settings.yaml', line: 2, column: expect.any(Number) },
      }),
    )
  })

  it('of any kind gives settings or a located problem, never another error', () => {
    const piece = fc.constantFrom(
      ...['name: ', 'list:', 'on: ', 'kind: ', 'sized', 'count: ', 'toString: ', '__proto__: ', '1', 'true'],
      ...[
        '\n',
        '  ',
        '- ',
        '"',
        '[',
        ']',
        '{',
        '}',
        ', ',
        '&a ',
        '*a',
        '<<: ',
        '!',
        '!!int ',
        '|',
        '---\n',
        '\t',
      ],
    )
    const text = fc.oneof(
      fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(text, (found) => {
        try {
          parse(found)
        } catch (error) {
          if (!isMillraceError(error, 'SETTINGS_INVALID')) throw error
          expect([error.at?.file, error.why, error.fix]).not.toContain('')
          expect(error.at?.line).toBeGreaterThan(0)
        }
      }),
      { numRuns: 1000 },
    )
  })
})
