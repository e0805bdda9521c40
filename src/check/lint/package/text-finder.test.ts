// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TextFinder } from './text-finder.ts'

describe('a text in bytes that come in chunks', () => {
  it('is found where it is found in the whole, however they are cut', () => {
    const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 60 }).map((all) => all.join(''))
    const cuts = fc.array(fc.nat({ max: 60 }), { maxLength: 12 })
    const wanted = fc.constantFrom('a', 'ab', 'aab', 'abab', 'bbbbb')
    fc.assert(
      fc.property(letters, cuts, wanted, (text, at, word) => {
        const finder = new TextFinder(word)
        const ends = [...at.filter((one) => one < text.length).sort((a, b) => a - b), text.length]
        for (const [index, end] of ends.entries())
          finder.chunk(Buffer.from(text.slice(ends[index - 1] ?? 0, end)))
        expect(finder.offset ?? -1).toBe(text.indexOf(word))
      }),
      { numRuns: 2000 },
    )
  })
})
