// SPDX-License-Identifier: Apache-2.0
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestFromHex } from '../base/index.ts'
import { gitMirrors, parseMirrors } from './mirrors.ts'
import { isWanted, parsePackageUri, wantedDigests } from './source.ts'

const HEX = 'ab'.repeat(32)

describe('the digests of a source', () => {
  it('are one or both, in any case of letters', () => {
    const wanted = (sha256?: string, sha512?: string) =>
      wantedDigests({ uri: 'u', name: 'n', sha256, sha512 })
    expect(wanted(HEX.toUpperCase())).toEqual({ sha256: `sha256:${HEX}`, sha512: null })
    expect(wanted('', HEX + HEX)).toEqual({ sha256: null, sha512: HEX + HEX })
    expect(wanted(HEX, HEX + HEX)).toEqual({ sha256: `sha256:${HEX}`, sha512: HEX + HEX })
  })

  it.each([
    ['none', undefined, undefined, 'it names no digest'],
    ['empty ones', '', '', 'it names no digest'],
    ['a short one', 'abc', undefined, 'its sha256 is "abc"; expected 64 hexadecimal digits'],
    ['other letters', `${'x'.repeat(64)}`, undefined, 'expected 64 hexadecimal digits'],
    ['a sha256 for the sha512', undefined, HEX, 'expected 128 hexadecimal digits'],
    ['a good and a bad one', HEX, 'no', 'its sha512 is "no"'],
  ])('are refused: %s', (_, sha256, sha512, why) => {
    const at = { file: 'x.yaml', line: 3, column: 5 }
    expect(() => wantedDigests({ uri: 'u', name: 'n', sha256, sha512, at })).toThrowError(
      expect.objectContaining({ code: 'RECIPE_INVALID', why: expect.stringContaining(why), at }),
    )
  })

  it('must all fit', () => {
    const found = { sha256: digestFromHex(HEX), sha512: HEX + HEX }
    const other = { sha256: digestFromHex('00'.repeat(32)), sha512: '00'.repeat(64) }
    expect(isWanted(found, { sha256: found.sha256, sha512: null })).toBe(true)
    expect(isWanted(found, { sha256: null, sha512: found.sha512 })).toBe(true)
    expect(isWanted(found, found)).toBe(true)
    expect(isWanted(found, { sha256: found.sha256, sha512: other.sha512 })).toBe(false)
    expect(isWanted(found, { sha256: other.sha256, sha512: found.sha512 })).toBe(false)
  })
})

describe('a URI of a package’s file', () => {
  const parts = (kind: string, name: string, version: string, file: string) => ({ kind, name, version, file })
  it.each([
    [
      'debian-source:bzip2=1.0.8-6/bzip2_1.0.8.orig.tar.gz',
      parts('debian-source', 'bzip2', '1.0.8-6', 'bzip2_1.0.8.orig.tar.gz'),
    ],
    ['debian-source:a=1:2.0/a_2.0.tar.xz', parts('debian-source', 'a', '1:2.0', 'a_2.0.tar.xz')],
    ['npm:@babel/core=7.0.0/core-7.0.0.tgz', parts('npm', '@babel/core', '7.0.0', 'core-7.0.0.tgz')],
    [
      'maven:junit:junit=4.13.2/junit-4.13.2.jar',
      parts('maven', 'junit:junit', '4.13.2', 'junit-4.13.2.jar'),
    ],
    [
      'goproxy:example.com/a/v2=v2.0.0/v2.0.0.zip',
      parts('goproxy', 'example.com/a/v2', 'v2.0.0', 'v2.0.0.zip'),
    ],
    ['https://example.com/a.tar.gz', null],
    ['https://example.com/a=1/a.tar.gz', null],
    ['pypi:six', null],
    ['pypi:six=1', null],
    ['pypi:six=1/', null],
    ['pypi:six=1/a/b', null],
    ['pypi:six=1/..', null],
    ['pypi:six=../x', null],
    ['pypi:a/../b=1/x', null],
    ['pypi:-e=1/x', null],
    ['pypi:six=-1/x', null],
    ['pypi:six=1/-x', null],
    ['pypi:si x=1/x', null],
  ])('%s', (uri, want) => {
    expect(parsePackageUri(uri)).toEqual(want)
  })

  it('never has a part that leads out of a directory or is taken for an option', () => {
    const piece = fc.constantFrom('pypi', ':', '=', '/', '..', '-', '.', 'a', '1', '@', '\0', ' ')
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 14 }), (pieces) => {
        const found = parsePackageUri(pieces.join(''))
        if (found === null) return
        for (const part of [found.name, found.version, found.file]) {
          expect(part.split('/')).not.toContain('..')
          expect(part).not.toMatch(/^-|\0|^$/)
        }
        expect(found.version + found.file).not.toContain('/')
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the list of mirrors', () => {
  it('is read in its order', () => {
    const text = 'mirrors:\n- kind: npm\n- kind: debian-sources\n  suites: [bookworm, trixie-security]\n'
    expect(parseMirrors(text, 'm.yaml')).toEqual([
      { kind: 'npm' },
      { kind: 'debian-sources', suites: ['bookworm', 'trixie-security'] },
    ])
  })

  it('has those of git repositories, their directories from where the list is', () => {
    const text =
      'mirrors:\n- {kind: git-mirror, from: "https://h/o/", to: ../git}\n- kind: pypi\n- {kind: git-mirror, from: "https://h/", to: "https://m/x/"}\n- {kind: git-bundle, directory: /b}\n'
    expect(gitMirrors(parseMirrors(text, 'm.yaml'), '/etc/distro')).toEqual([
      { kind: 'git-mirror', from: 'https://h/o/', to: '/etc/git' },
      { kind: 'git-mirror', from: 'https://h/', to: 'https://m/x/' },
      { kind: 'git-bundle', directory: '/b' },
    ])
  })

  it.each([
    [
      'a kind spelt wrong',
      'mirrors:\n  - kind: goprxy\n',
      [2, 11],
      'expected one of debian-sources, pypi, npm, maven, goproxy, crates, git-mirror, git-bundle, found the text "goprxy"',
      'did you mean goproxy?',
    ],
    [
      'a key spelt wrong',
      'mirros: []',
      [1, 1],
      'there is no key "mirros" in m.yaml',
      'did you mean mirrors?',
    ],
    [
      'a key spelt wrong in an entry',
      'mirrors:\n- kind: debian-sources\n  siutes: [sid]\n',
      [3, 3],
      'there is no key "siutes" in mirrors[0]',
      'did you mean suites?',
    ],
    [
      'a key of another kind’s',
      'mirrors: [{kind: npm, suites: [sid]}]',
      [1, 23],
      'there is no key "suites" in mirrors[0]',
      'known here: kind',
    ],
    ['no kind', 'mirrors: [{}]', [1, 11], 'kind is missing', 'add kind: one of debian-sources, pypi, npm'],
    [
      'no suites',
      'mirrors: [{kind: debian-sources, suites: []}]',
      [1, 34],
      'expected at least 1 item, found an empty list',
      'write at least 1 item',
    ],
    [
      'a suite that is none',
      'mirrors: [{kind: debian-sources, suites: ["../x"]}]',
      [1, 43],
      'expected a suite in lower-case letters, such as trixie-security, found the text "../x"',
      'write a suite',
    ],
    [
      'no list',
      'mirrors: npm',
      [1, 10],
      'expected a list, found the text "npm"',
      'write it as a list: - "npm"',
    ],
    ['no YAML', 'mirrors: [{', [1, 11], 'what { opens is never closed', 'close the quote'],
    ['nothing', '', [1, 1], 'expected a map, found nothing', 'write keys'],
  ] as const)('is refused with its place and a way out: %s', (_, text, [line, column], why, fix) => {
    expect(() => parseMirrors(text, 'm.yaml')).toThrowError(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        why,
        fix: expect.stringContaining(fix),
        at: { file: 'm.yaml', line, column },
      }),
    )
  })
})
