// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { isMillraceError } from '../../base/index.ts'
import { formatRecipe } from './format-recipe.ts'

const PACKAGE = 'package:\n  name: hello\n  version: 1.0\n'
const format = (text: string) => formatRecipe(text, 'hello.yaml')

describe('a formatted recipe', () => {
  it.each<[name: string, text: string, formatted: string]>([
    ['two spaces a level', 'package:\n    name: hello\n    version:   1.0\n', PACKAGE],
    [
      'the dashes of a list below its key',
      `${PACKAGE}\npipeline:\n- runs: a\n-   runs: b\n`,
      `${PACKAGE}\npipeline:\n  - runs: a\n\n  - runs: b\n`,
    ],
    [
      'one empty line between sections and steps, none at the ends',
      `\n\n${PACKAGE}pipeline:\n\n  - runs: a\n\n\n  - runs: b\nupdate:\n  enabled: true\n\n\n`,
      `${PACKAGE}\npipeline:\n  - runs: a\n\n  - runs: b\n\nupdate:\n  enabled: true\n`,
    ],
    [
      'comments where they stand',
      `# on top\n${PACKAGE}  epoch: 1 # why\n  # of dependencies\n  dependencies:\n    runtime:\n      - a # one\n      # - b\n# of the pipeline\npipeline:\n  # of the step\n  - runs: a\n# at the end\n`,
      `# on top\n${PACKAGE}  epoch: 1 # why\n  # of dependencies\n  dependencies:\n    runtime:\n      - a # one\n      # - b\n\n# of the pipeline\npipeline:\n  # of the step\n  - runs: a\n\n# at the end\n`,
    ],
    [
      'comments below a key without a value where they stand',
      `${PACKAGE}  description:\n  # nothing yet\n  # at all\n  url: x\n`,
      `${PACKAGE}  description:\n  # nothing yet\n  # at all\n  url: x\n`,
    ],
    [
      'quotes, and escapes in them',
      `${PACKAGE}  description: "caf\\u00e9 \\U0001F600"\n  url: 'it''s'\n`,
      `${PACKAGE}  description: "caf\\u00e9 \\U0001F600"\n  url: 'it''s'\n`,
    ],
    [
      'long texts in one line, whatever their length',
      `${PACKAGE}  description: ${'long '.repeat(60)}end\n`,
      `${PACKAGE}  description: ${'long '.repeat(60)}end\n`,
    ],
    [
      'scripts line by line',
      `${PACKAGE}\npipeline:\n    - runs: |\n\n            if x; then\n              y # not a comment\n\n            fi\n`,
      `${PACKAGE}\npipeline:\n  - runs: |\n\n      if x; then\n        y # not a comment\n\n      fi\n`,
    ],
    [
      'folded texts line by line',
      `${PACKAGE}  description: >-\n     one\n     two\n\n     three\n`,
      `${PACKAGE}  description: >-\n    one\n    two\n\n    three\n`,
    ],
    [
      'flow lists in one line',
      `${PACKAGE}\npipeline:\n  - needs: { packages: [ a,b ] }\n`,
      `${PACKAGE}\npipeline:\n  - needs: {packages: [a, b]}\n`,
    ],
    ['a newline of its own kind at the ends of lines', PACKAGE.replaceAll('\n', '\r\n'), PACKAGE],
  ])('has %s', (_, text, formatted) => {
    expect(format(text)).toBe(formatted)
    expect(format(formatted)).toBe(formatted)
  })

  it('leaves the empty lines of a pipeline file', () => {
    const text =
      'name: x\nneeds:\n  packages:\n    - a\ninputs:\n  b:\n\npipeline:\n  - runs: c\n  - runs: d\n'
    expect(format(text)).toBe(text)
  })

  it('of anything that can be written as YAML says the same, and is the same when formatted again', () => {
    const text = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('a: b', '- x', '# y', 'null', 'yes', '1.10', ' a', 'a\n', 'a\n\n  b\n', '|', '"'),
    )
    const tree = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 3 },
        text,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('pipeline', 'runs', 'a b', 'package'), tie('node')),
      ),
    })).node
    let count = 0
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('package', 'pipeline', 'data', 'x'), tree), (recipe) => {
        const written = stringify(recipe, { indent: 4, indentSeq: false })
        try {
          const once = format(written)
          expect(format(once)).toBe(once)
          count += 1
        } catch (error) {
          // Texts with characters that no file may have.
          if (!isMillraceError(error, 'RECIPE_INVALID')) throw error
        }
      }),
    )
    expect(count).toBeGreaterThan(50)
  })

  it('is refused for what is not YAML, with its place', () => {
    expect(() => format(`${PACKAGE}  name: again\n`)).toThrow('the key name is there twice')
    try {
      format('a: b: c\n')
    } catch (error) {
      expect(error).toMatchObject({ code: 'RECIPE_INVALID', at: { file: 'hello.yaml', line: 1, column: 4 } })
    }
    expect.assertions(2)
  })
})
