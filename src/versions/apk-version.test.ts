// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compareApkVersions,
  isApkVersion,
  parseApkVersion,
  satisfiesVersion,
  type VersionOperator,
} from './index.ts'

const digits = fc.nat(20).map(String)
const anyVersion = fc
  .tuple(
    digits,
    fc.array(fc.oneof(digits, fc.constantFrom('0', '01', '007')), { maxLength: 3 }),
    fc.constantFrom('', 'a', 'b'),
    fc.array(
      fc.tuple(
        fc.constantFrom('alpha', 'beta', 'pre', 'rc', 'cvs', 'svn', 'git', 'hg', 'p'),
        fc.constantFrom('', '1', '2'),
      ),
      { maxLength: 2 },
    ),
    fc.constantFrom('', '~0a', '~ff'),
    fc.constantFrom('', '-r0', '-r1', '-r10'),
  )
  .map(
    ([first, rest, letter, suffixes, hash, revision]) =>
      [first, ...rest].join('.') +
      letter +
      suffixes.map(([name, n]) => `_${name}${n}`).join('') +
      hash +
      revision,
  )

describe('apk versions', () => {
  it.each(['1', '1.2.3', '1.2b', '1.2_rc1', '1.2_rc1_p3', '20240101', '1.2~0a1b-r3', '0.1_git20240101-r0'])(
    '%s is one',
    (text) => {
      expect(parseApkVersion(text)).toBe(text)
    },
  )

  it.each([
    '',
    'a',
    '1.',
    '.1',
    '1..2',
    '1.2bb',
    '1_foo',
    '1-r',
    '1-1',
    '1.2-r1-r2',
    '1 ',
    'v1',
    '1.2_rc1b',
    '1.2~xyz',
  ])('%j is none', (text) => {
    expect(isApkVersion(text)).toBe(false)
    expect(() => parseApkVersion(text)).toThrow(expect.objectContaining({ code: 'VERSION_INVALID' }))
  })

  // Each version is older than the next.
  it.each([
    [
      [
        '1.0_alpha',
        '1.0_alpha1',
        '1.0_beta',
        '1.0_pre',
        '1.0_rc',
        '1.0_rc1',
        '1.0',
        '1.0-r0',
        '1.0-r1',
        '1.0_cvs',
        '1.0_p',
        '1.0_p1',
        '1.0a',
        '1.0.1',
        '1.1',
      ],
    ],
    [['4.09-r1', '4.5.14']],
    [['1.05', '1.1', '1.5', '1.10']],
    [['8.2.0015', '8.2.002']],
    [['9', '10', '11.0']],
    [['1.2_rc1_git1', '1.2_rc1_p1', '1.2_rc2', '1.2']],
  ])('order %j', (ordered) => {
    for (const [index, older] of ordered.entries())
      for (const newer of ordered.slice(index + 1)) {
        expect(compareApkVersions(older, newer), `${older} < ${newer}`).toBeLessThan(0)
        expect(compareApkVersions(newer, older), `${newer} > ${older}`).toBeGreaterThan(0)
      }
  })

  it('are in one total order', () => {
    fc.assert(
      fc.property(anyVersion, anyVersion, anyVersion, (a, b, c) => {
        expect(isApkVersion(a)).toBe(true)
        expect(Math.sign(compareApkVersions(a, b))).toBe(-Math.sign(compareApkVersions(b, a)) + 0)
        if (compareApkVersions(a, b) <= 0 && compareApkVersions(b, c) <= 0)
          expect(compareApkVersions(a, c)).toBeLessThanOrEqual(0)
      }),
      { numRuns: 2000 },
    )
  })

  it.each<[string, VersionOperator, string, boolean]>([
    ['1.2.3-r4', '~', '1.2', true],
    ['1.2.3-r4', '~', '1.2.3', true],
    ['1.20', '~', '1.2', false],
    ['1.2', '~', '1.2.3', false],
    ['1.3', '>~', '1.2', true],
    ['1.2.9', '<~', '1.2', true],
    ['1.1', '<~', '1.2', true],
    ['1.2-r0', '=', '1.2-r0', true],
    ['1.2-r0', '=', '1.2', false],
    ['1.2-r0', '>=', '1.2', true],
    ['1.2', '<', '1.2', false],
    ['1.2', '<=', '1.2', true],
    ['1.3', '==', '1.3', true],
  ])('%s %s %s is %s', (version, operator, required, want) => {
    expect(satisfiesVersion(version, operator, required)).toBe(want)
  })
})
