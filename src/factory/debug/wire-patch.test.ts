// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { wirePatch } from './wire-patch.ts'

const STEP = (indent: string) => `${indent}- uses: patch\n${indent}  with:\n${indent}    patches: fix.patch\n`

describe('a step that applies a patch', () => {
  it.each([
    {
      name: 'behind the last source, with every comment where it was',
      text: '# a recipe\npipeline:\n  - uses: fetch # the source\n    with:\n      uri: x # here\n  # then\n  - runs: make\n\n# end\n',
      line: 3,
      want: `# a recipe\npipeline:\n  - uses: fetch # the source\n    with:\n      uri: x # here\n${STEP('  ')}  # then\n  - runs: make\n\n# end\n`,
    },
    {
      name: 'spaced as the others are',
      text: 'pipeline:\n- uses: fetch\n\n- runs: |\n    make\n\n    make install\n\n- uses: strip\n',
      line: 4,
      want: `pipeline:\n- uses: fetch\n\n- runs: |\n    make\n\n    make install\n\n${STEP('')}\n- uses: strip\n`,
    },
    {
      name: 'at the end of a file without a last line end',
      text: 'pipeline:\n  - uses: fetch',
      line: 2,
      want: `pipeline:\n  - uses: fetch\n${STEP('  ')}`,
    },
    {
      name: 'before all when nothing is fetched',
      text: 'pipeline:\n    # first\n    - runs: make\n',
      line: null,
      want: `pipeline:\n    # first\n${STEP('    ')}    - runs: make\n`,
    },
  ])('stands $name', ({ text, line, want }) => {
    expect(wirePatch(text, 'x.yaml', line, 'fix.patch')).toBe(want)
  })

  it.each([
    { name: 'a pipeline in braces', text: 'pipeline: [{uses: fetch}]\n', line: 1 },
    { name: 'no pipeline', text: 'package:\n  name: x\n', line: 1 },
    { name: 'no step at the line', text: 'pipeline:\n  - uses: fetch\n', line: 7 },
  ])('is refused for $name', ({ text, line }) => {
    expect(() => wirePatch(text, 'x.yaml', line, 'fix.patch')).toThrowError(
      expect.objectContaining({ code: 'RECIPE_INVALID', at: { file: 'x.yaml' } }),
    )
  })

  it('changes no other step, however the recipe is laid out', () => {
    const runs = fc.constantFrom('a', 'make\n', 'x\n\ny\n', '# not a comment\n', 'it\'s: "quoted"\n')
    const block = (text: string) =>
      `- runs: |\n${text
        .trimEnd()
        .split('\n')
        .map((one) => (one === '' ? '' : `    ${one}`))
        .join('\n')}\n`
    const steps = fc.array(fc.tuple(runs, fc.constantFrom('', '\n', '# why\n', '\n# why\n')), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(steps, fc.nat(), (all, at) => {
        let text = 'pipeline:\n'
        const starts = all.map(([script, behind]) => {
          const line = text.split('\n').length
          text += block(script) + behind
          return line
        })
        const index = at % all.length
        const wired = wirePatch(text, 'x.yaml', starts[index] ?? 0, 'fix.patch')
        const [before, after] = [text, wired].map((one) => (parse(one) as { pipeline: unknown[] }).pipeline)
        expect(after?.toSpliced(index + 1, 1)).toEqual(before)
        expect(wired.length).toBeLessThanOrEqual(text.length + STEP('').length + 1)
      }),
    )
  })
})
