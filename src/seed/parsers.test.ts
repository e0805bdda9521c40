// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { digestFromHex } from '../base/index.ts'
import { compareApkVersions, isApkVersion } from '../versions/index.ts'
import { unpackCommand } from './deb-tree.ts'
import { clausesOf, type DebianPackage, parseDebianStanza } from './debian-package.ts'
import { apkVersionOfDebian } from './debian-version.ts'
import { parseUris } from './lock.ts'
import { BASELAYOUT, leftOut, providesOfTree, resolveDepends, seedNames } from './names.ts'
import { isMergeLink, mergedPath, mergedTarget, pathMatcher } from './paths.ts'
import { askedSeed, parseSeedSpec } from './seed-spec.ts'

describe('an apk version of a Debian version', () => {
  it.each([
    ['2.72-3.1', '2.72-r30100'],
    ['1:1.17-4', '1.17-r40000'],
    ['5.2.37-2+b10', '5.2.37-r20010'],
    ['2.41-12.1+deb13u4', '2.41-r120104'],
    ['1:1.3.dfsg+really1.3.1-1+deb13u1', '1.3.1-r10001'],
    ['2.12.7+dfsg+really2.9.14-2.1+deb13u3', '2.9.14-r20103'],
    ['6.5+20250216-2', '6.5_p20250216-r20000'],
    ['1:2.47.3-0+deb13u1', '2.47.3-r1'],
    ['20250419+deb13u1', '20250419-r1'],
    ['20240727.1', '20240727.1-r0'],
    ['2026f-0+deb13u1', '2026f-r1'],
    ['1:9.2p1-2', '9.2_p1-r20000'],
    ['1.0~rc2-1', '1.0_rc2-r10000'],
    ['1.0~git2024-1', '1.0_pre2024-r10000'],
    ['2.9.0-1~deb13u1', '2.9.0-r10001'],
    ['3.5.0+ds1-0+deb13u2', '3.5.0-r2'],
    ['r5-1', '5-r10000'],
    ['none', '0-r0'],
  ])('%s → %s', (debian, apk) => {
    expect(apkVersionOfDebian(debian)).toBe(apk)
    expect(isApkVersion(apk)).toBe(true)
  })

  it('grows as Debian’s does, from release to update to rebuild', () => {
    const growing = [
      '1.0~rc1-1',
      '1.0-1',
      '1.0-1+b1',
      '1.0-1.1',
      '1.0-2',
      '1.0-2+deb13u1',
      '1.0-10',
      '1.0.1-1',
      '1.1-1',
    ]
    const apk = growing.map(apkVersionOfDebian)
    for (const [index, version] of apk.slice(1).entries())
      expect(compareApkVersions(apk[index] ?? '', version), `${apk[index]} < ${version}`).toBeLessThan(0)
  })

  it('is one, whatever stands there', () => {
    const piece = fc.constantFrom(
      '1',
      '.',
      '~',
      '+',
      '-',
      'rc',
      'dfsg',
      'really',
      'deb13u1',
      'a',
      ':',
      '_',
      '0',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 12 }), (pieces) => {
        expect(apkVersionOfDebian(pieces.join(''))).toSatisfy(isApkVersion)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('Debian’s dependencies', () => {
  it.each([
    ['libc6 (>= 2.38), libgcc-s1', [['libc6'], ['libgcc-s1']]],
    ['a | b (<< 2:1~) , perl:any', [['a', 'b'], ['perl']]],
    ['a [amd64 !arm64] <!nocheck>', [['a']]],
    ['', []],
    [undefined, []],
    [' , |', []],
  ])('%s', (text, want) => {
    expect(clausesOf(text)).toEqual(want)
  })

  it('are names, whatever stands there', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const clause of clausesOf(text)) {
          expect(clause).not.toEqual([])
          for (const name of clause) expect(name).toMatch(/\S/)
        }
      }),
    )
  })

  const debian = (name: string, depends: string[][] = [], provides: string[] = []): DebianPackage => ({
    ...{ name, version: '1', source: name, summary: '', homepage: '', depends, provides, uri: 'x' },
    ...{ digest: digestFromHex('00'.repeat(32)), sizeBytes: 1 },
  })
  const all = (...packages: DebianPackage[]) => new Map(packages.map((one) => [one.name, one]))
  const leave = new Set(['dpkg'])

  it('become the first name that is there, else who provides one; what is left out is left out', () => {
    const one = debian('a', [['x', 'b'], ['awk'], ['dpkg'], ['a']])
    const others = all(one, debian('b'), debian('gawk', [], ['awk']))
    expect(resolveDepends(one, others, leave)).toEqual(['b', 'gawk'])
  })

  it('that nobody meets are an error, with the nearest name', () => {
    const one = debian('a', [['libfo1', 'bar']])
    expect(() => resolveDepends(one, all(one, debian('libfoo1')), leave)).toThrowError(
      expect.objectContaining({
        code: 'SEED_FAILED',
        why: expect.stringMatching(/libfo1 or bar.*near: libfoo1/),
      }),
    )
  })
})

describe('a stanza of Debian’s index', () => {
  const text = [
    'Package: libfoo1t64',
    'Source: foo (1.2-3)',
    'Version: 1:1.2-3+b1',
    'Pre-Depends: a',
    'Depends: b (>= 1), c | d',
    'Provides: libfoo1 (= 1.2), foo-abi',
    'Homepage: https://foo.example/',
    'Description: a library',
    ' in many words',
    `SHA256: ${'ab'.repeat(32)}`,
    'Size: 123',
  ].join('\n')

  it('says what a package is', () => {
    expect(parseDebianStanza(text, 'http://mirror.example/f.deb')).toEqual({
      ...{ name: 'libfoo1t64', version: '1:1.2-3+b1', source: 'foo', summary: 'a library' },
      ...{
        homepage: 'https://foo.example/',
        depends: [['a'], ['b'], ['c', 'd']],
        provides: ['libfoo1', 'foo-abi'],
      },
      ...{ uri: 'http://mirror.example/f.deb', digest: digestFromHex('ab'.repeat(32)), sizeBytes: 123 },
    })
  })

  it.each(['Package', 'Version', 'SHA256'])('without a %s is refused', (field) => {
    const without = text.split('\n').filter((line) => !line.startsWith(`${field}:`))
    expect(() => parseDebianStanza(without.join('\n'), 'x')).toThrowError(
      expect.objectContaining({ code: 'SEED_FAILED' }),
    )
  })
})

describe('where apt would fetch from', () => {
  it('is a URI by name and version; other lines say nothing', () => {
    const text = [
      "'http://m.example/pool/a_1%3a2.0%2b1_amd64.deb' a_1%3a2.0%2b1_amd64.deb 100 SHA256:00",
      "'http://m.example/pool/b_1_all.deb' b_1_all.deb 1 MD5Sum:00",
      'Reading package lists...',
      "'http://m.example/x",
    ].join('\n')
    expect([...parseUris(text)]).toEqual([
      ['a=1:2.0+1', 'http://m.example/pool/a_1%3a2.0%2b1_amd64.deb'],
      ['b=1', 'http://m.example/pool/b_1_all.deb'],
    ])
  })
})

describe('a path in a merged tree', () => {
  it.each([
    ['bin/sh', 'usr/bin/sh'],
    ['sbin', 'usr/bin'],
    ['usr/sbin/ldconfig', 'usr/bin/ldconfig'],
    ['lib/x.so', 'usr/lib/x.so'],
    ['lib64/ld.so', 'usr/lib/ld.so'],
    ['usr/lib64/x', 'usr/lib/x'],
    ['usr/bin/a', 'usr/bin/a'],
    ['library/x', 'library/x'],
    ['usr/libexec/x', 'usr/libexec/x'],
    ['etc/lib/x', 'etc/lib/x'],
  ])('%s is %s', (path, want) => {
    expect(mergedPath(path)).toBe(want)
  })

  it.each([
    ['lib/x.so', 'x.so.1', 'x.so.1'],
    ['lib/x.so', '/lib/y.so', '/lib/y.so'],
    ['bin/a', '../usr/bin/b', 'b'],
    ['lib64/ld.so', '../lib/m/ld.so', '../lib/m/ld.so'],
    ['usr/lib64/ld.so', '../lib/m/ld.so', '../lib/m/ld.so'],
    ['usr/lib/x.so', '../../lib/m/x.so', '../../lib/m/x.so'],
    ['bin/a', '../etc/b', '../../etc/b'],
    ['bin', 'usr', '.'],
  ])('a link from %s to %s leads on to %s', (path, target, want) => {
    expect(mergedTarget(path, target)).toBe(want)
  })

  it('stays where it is, merged twice; a link leads to the same place, moved or not', () => {
    const name = fc.constantFrom('bin', 'lib', 'lib64', 'sbin', 'usr', 'a', 'etc')
    const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'))
    const target = fc
      .array(fc.oneof(name, fc.constant('..')), { minLength: 1, maxLength: 6 })
      .map((n) => n.join('/'))
    const from = (base: string, link: string) =>
      new URL(link, `file:///${base}`).pathname.slice(1).replace(/\/$/, '')
    fc.assert(
      fc.property(path, target, (link, to) => {
        expect(mergedTarget(link, to)).not.toBe('')
        expect(mergedPath(mergedPath(link))).toBe(mergedPath(link))
        expect(mergedPath(from(mergedPath(link), mergedTarget(link, to)))).toBe(mergedPath(from(link, to)))
      }),
      { numRuns: 2000 },
    )
  })

  it('needs no link that only says it is merged', () => {
    expect(isMergeLink('lib64', 'usr/lib64')).toBe(true)
    expect(isMergeLink('bin', 'usr/bin')).toBe(true)
    expect(isMergeLink('usr/lib64', 'lib')).toBe(true)
    expect(isMergeLink('bin/sh', 'bash')).toBe(false)
  })
})

describe('a pattern of paths', () => {
  it.each([
    ['usr/share/doc', 'usr/share/doc/a/b', true],
    ['usr/share/doc', 'usr/share/doc', true],
    ['usr/share/doc', 'usr/share/doc-base', false],
    ['etc/cron*', 'etc/cron.daily/x', true],
    ['etc/cron*', 'etc/x/cron', false],
    ['usr/lib/gcc/**/lib*san.a', 'usr/lib/gcc/x86/14/libasan.a', true],
    ['usr/lib/gcc/**/lib*san.a', 'usr/lib/gcc/libasan.a', true],
    ['usr/lib/gcc/**/lib*san.a', 'usr/lib/gcc/x/libasan.so', false],
    ['a.b+c', 'aXb+c', false],
  ])('%s and %s: %s', (pattern, path, want) => {
    expect(pathMatcher([pattern])(path)).toBe(want)
  })

  it('that is none covers nothing', () => {
    expect(pathMatcher([])('a')).toBe(false)
  })
})

const spec = (names: string) =>
  parseSeedSpec(
    `suite: trixie\narchitectures: {x86_64: amd64}\nbaselayout: {directories: {}, links: {}, files: {}}\nnames: ${names}`,
    'seed.yaml',
  )

describe('the names of a seed', () => {
  it('are provided by one package, or are small packages of their own, or add to one of the same name', () => {
    const names = seedNames(
      spec('{one: [deb], other: [one], many: [a, one], both: [both, extra], base: [seed-baselayout]}'),
    )
    expect(names.wanted).toEqual(['a', 'both', 'deb', 'extra'])
    expect([...names.provided]).toEqual([
      [BASELAYOUT, ['base']],
      ['deb', ['one', 'other']],
    ])
    expect([...names.metas]).toEqual([['many', ['a', 'one']]])
    expect([...names.added]).toEqual([['both', ['extra']]])
  })

  it('that turn in a circle come to an end', () => {
    expect(() => seedNames(spec('{a: [b], b: [a]}'))).not.toThrow()
  })

  it('come from a tree as well: libraries, programs, pkg-config files', () => {
    const entry = (path: string, executable = false) => ({ path, executable })
    expect(
      providesOfTree([
        entry('usr/lib/x86_64-linux-gnu/libz.so.1'),
        entry('usr/lib/x86_64-linux-gnu/libz.so'),
        entry('usr/lib/libc.so.6'),
        entry('usr/lib/python3/liba.so.1'),
        entry('usr/bin/sh', true),
        entry('usr/bin/notes'),
        entry('usr/bin/a b', true),
        entry('usr/bin/ldconfig', true),
        entry('usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc'),
        entry('usr/share/pkgconfig/x.pc'),
      ]),
    ).toEqual(['cmd:ldconfig', 'cmd:sh', 'pc:x', 'pc:zlib', 'so:libc.so.6', 'so:libz.so.1'])
  })
})

describe('the description of a seed', () => {
  const path = join(import.meta.dirname, '../../distro/seed.yaml')

  it('of this distro is whole: every name leads to packages, and nothing left out is asked for', () => {
    const own = parseSeedSpec(readFileSync(path, 'utf8'), 'distro/seed.yaml')
    const { wanted, metas } = seedNames(own)
    expect(wanted.filter((name) => own.leave.includes(name))).toEqual([])
    expect(Object.keys(own.onDemand).filter((name) => name in own.names)).toEqual([])
    expect([...metas.keys()]).toEqual(expect.arrayContaining(['build-base', 'busybox']))
  })

  it('takes up the on-demand names that are asked for, those that these stand on, and nothing else', () => {
    const onDemand = { 'x-dev': ['libx-dev', 'y-dev'], 'y-dev': ['liby-dev', 'zlib1g-dev'], z: ['z'] }
    const described = spec('{sh: [dash]}')
    const whole = { ...described, onDemand, leave: ['zlib1g-dev', 'ucf'] }
    const asked = askedSeed(whole, ['x-dev', 'sh', 'unknown'])
    expect(seedNames(asked).wanted).toEqual(['dash', 'libx-dev', 'liby-dev', 'zlib1g-dev'])
    expect([...leftOut(asked)]).toEqual(['ucf'])
    expect(seedNames(askedSeed(whole, [])).wanted).toEqual(['dash'])
    expect([...leftOut(whole)]).toEqual(['zlib1g-dev', 'ucf'])
  })

  it.each([
    [
      'a path upwards',
      'links: {a: {../x: y}}',
      13,
      'expected a path without a slash at its ends, and no dots, found the key "../x"',
      'write a path',
    ],
    ['an absolute path', 'links: {a: {/x: y}}', 13, 'found the key "/x"', 'write a path'],
    [
      'a key spelt wrong',
      'updaets: []',
      1,
      'there is no key "updaets" in seed.yaml',
      'did you mean updates?',
    ],
    ['a key of another section’s', 'files: {}', 1, 'there is no key "files"', 'it belongs in baselayout'],
    ['a name that is none', 'leave: ["a b"]', 9, 'found the text "a b"', 'write a package name'],
    ['one text for a list', 'leave: a', 8, 'expected a list, found the text "a"', '- "a"'],
    ['a number for a text', 'drop: [755]', 8, 'expected one text, found the number 755', 'in quotes'],
    ['no YAML', 'leave: [', 8, 'what [ opens is never closed', 'close the quote'],
  ] as const)('is refused with its place and a way out: %s', (_, more, column, why, fix) => {
    const text = `suite: trixie\narchitectures: {}\nnames: {}\nbaselayout: {directories: {}, links: {}, files: {}}\n${more}`
    expect(() => parseSeedSpec(text, 'seed.yaml')).toThrowError(
      expect.objectContaining({
        code: 'SETTINGS_INVALID',
        why: expect.stringContaining(why),
        fix: expect.stringContaining(fix),
        at: { file: 'seed.yaml', line: 5, column },
      }),
    )
  })
})

describe('the command that unpacks a .deb’s data', () => {
  it.each([
    ['.xz', 'xz -d -- /d/data.tar.xz'],
    ['.zst', 'zstd --rm -q -d -- /d/data.tar.zst'],
    ['.gz', 'gzip -d -- /d/data.tar.gz'],
    ['.bz2', 'bzip2 -d -- /d/data.tar.bz2'],
  ])('of %s', (suffix, want) => {
    const { program, args } = unpackCommand(suffix, `/d/data.tar${suffix}`)
    expect([program, ...args].join(' ')).toBe(want)
  })
})
