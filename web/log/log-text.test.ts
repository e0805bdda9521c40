// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanLine, findFirstError, isTrouble, LogLines, searchLines, splitAt, stepsOf } from './log-text.ts'

describe('a log', () => {
  it('is the same lines however it was cut on its way', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (pieces) => {
        const [whole, cut] = [new LogLines(), new LogLines()]
        whole.add(pieces.join(''))
        for (const piece of pieces) cut.add(piece)
        whole.end()
        cut.end()
        expect(cut.lines).toEqual(whole.lines)
      }),
    )
  })

  it.each([
    ['\x1b[31merror\x1b[0m: no', 'error: no'],
    ['10 %\r50 %\rdone', 'done'],
    ['text\r', 'text'],
    ['\x1b]8;;https://example.org\x07link\x1b]8;;\x07', 'link'],
  ])('shows %j as %j', (line, want) => expect(cleanLine(line)).toBe(want))

  it('has its steps', () => {
    expect(stepsOf(['── step 1 of 2: fetch', 'x', '── step 2 of 2: a: b'])).toEqual([
      { line: 0, index: 1, of: 2, label: 'fetch' },
      { line: 2, index: 2, of: 2, label: 'a: b' },
    ])
  })
})

describe('trouble', () => {
  it.each([
    "src/main.c:42:7: error: 'struct foo' has no member named 'bar'",
    'configure: error: no acceptable C compiler found in $PATH',
    'error[E0425]: cannot find value `x` in this scope',
    'fatal: not a git repository',
    'make[2]: *** [Makefile:12: all] Error 2',
    '/usr/bin/ld: a.o: undefined reference to `deflate`',
    '/usr/bin/ld: cannot find -lz: No such file or directory',
    'Traceback (most recent call last):',
    "thread 'main' panicked at src/main.rs:2:5:",
    'FAILED tests/test_a.py::test_b',
    'sh: 1: cmake: not found, command not found',
    'not ok 3 - reads',
    'panic: runtime error: index out of range',
  ])('is seen in %s', (line) => expect(isTrouble(line)).toBe(true))

  it.each([
    'gcc -Werror -c error.c -o error.o',
    'checking for error: header... no',
    '0 errors, 2 warnings',
    "warning: 'x' may be used uninitialized",
    'make: [Makefile:3: clean] Error 1 (ignored)',
    'installing errors.h',
    'ok 3 - reports an error',
  ])('is not seen in %s', (line) => expect(isTrouble(line)).toBe(false))

  it('begins where the factory says, else at the first line that looks like it', () => {
    const lines = ['error: of a probe', 'x', '  the real one', 'y']
    expect(findFirstError(lines, 'the real one')).toBe(2)
    expect(findFirstError(lines, 'not in the log')).toBe(0)
    expect(findFirstError(['x', 'y'])).toBeNull()
  })
})

describe('searching', () => {
  it('finds lines in whatever case', () => {
    expect(searchLines(['Checking', 'x', 'unchecked'], 'check')).toEqual([0, 2])
    expect(searchLines(['a'], '')).toEqual([])
  })

  it('cuts a line around the words, and loses nothing of it', () => {
    expect(splitAt('aXbxc', 'x')).toEqual(['a', 'X', 'b', 'x', 'c'])
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, words) => {
        expect(splitAt(text, words).join('')).toBe(text)
      }),
    )
  })
})
