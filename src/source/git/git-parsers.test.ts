// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { onMachine } from '../../../test/support/run-pipeline.ts'
import { runCommand } from '../../base/index.ts'
import { isRefName, parseCherryPicks } from './cherry-picks.ts'
import { isGitUrl, parseGitUrl, resolveSubmoduleUrl } from './git-url.ts'
import { parseRefs } from './obtain.ts'
import { ContentsReader, parseTree } from './source-tree.ts'
import { parseModules } from './submodules.ts'

const COMMIT = 'c0ffee'.repeat(6).concat('abcd')

describe('a repository’s URL', () => {
  it.each([
    ['https://github.com/o/n.git', { protocol: 'https', host: 'github.com', credentials: null }],
    ['https://h:8443/o/n', { protocol: 'https', host: 'h:8443' }],
    ['http://u:p%40w@h/x?y', { href: 'http://h/x?y', credentials: { username: 'u', password: 'p@w' } }],
    ['git://h/x', { protocol: 'git', host: 'h' }],
    ['ssh://git@h/x', { href: 'ssh://git@h/x', protocol: 'ssh', credentials: null }],
    ['git@github.com:o/n.git', { href: 'git@github.com:o/n.git', protocol: 'ssh', host: 'github.com' }],
    ['/srv/git/x', { href: 'file:///srv/git/x', protocol: 'file', host: '' }],
  ])('%s', (text, want) => {
    expect(parseGitUrl(text)).toMatchObject(want)
  })

  it('is never what git would take for an option, a helper or two lines, and tells no password', () => {
    const piece = fc.constantFrom(
      'https://',
      'ssh://',
      'ext::',
      '-',
      '--upload-pack=',
      '@',
      ':',
      '/',
      '..',
      '\n',
      '\0',
      'h',
      'git',
      '%0a',
      'u:secret',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ maxLength: 3 })), { maxLength: 10 }), (pieces) => {
        const parsed = parseGitUrl(pieces.join(''))
        if (!isGitUrl(parsed)) return
        expect(parsed.href).toMatch(/^(?!-)[\x21-\x7e]+$/)
        expect(parsed.href).not.toMatch(/^[\w.+-]+::/)
        expect(parsed.host).not.toMatch(/^-/)
        if (parsed.credentials !== null) expect(URL.parse(parsed.href)?.password).toBe('')
      }),
      { numRuns: 3000 },
    )
  })
})

describe('a submodule’s URL', () => {
  it.each([
    ['https://h/o/n.git', '../m.git', 'https://h/o/m.git'],
    ['https://h/o/n.git/', '../../p/m', 'https://h/p/m'],
    ['https://h/o/n', './m', 'https://h/o/n/m'],
    ['git@h:o/n', '../m', 'git@h:o/m'],
    ['git@h:n', '../m', 'git@h:m'],
    ['file:///srv/o/n', '../m', 'file:///srv/o/m'],
    ['https://h/n', 'https://other/m', 'https://other/m'],
    ['https://h/n', '../../m', undefined],
    ['https://h/n', '../', undefined],
  ])('of %s at %s', (parent, url, want) => {
    expect(resolveSubmoduleUrl(parent, url)).toBe(want)
  })

  it('stays on its parent’s host', () => {
    const part = fc.constantFrom('../', './', 'a/', 'b', '..')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const found = resolveSubmoduleUrl('https://host.example/one/two', `../${parts.join('')}`)
        expect(found ?? 'https://host.example/').toMatch(/^https:\/\/host\.example\//)
      }),
    )
  })
})

describe('cherry-picks', () => {
  it.each([
    ['', []],
    [
      `  main/${COMMIT}: a fix # and why\n\n# nothing\n`,
      [{ branch: 'main', commit: COMMIT, comment: 'a fix' }],
    ],
    [`rel/1.2/${COMMIT}: x: y`, [{ branch: 'rel/1.2', commit: COMMIT, comment: 'x: y' }]],
    [`${COMMIT}: x`, [{ branch: null, commit: COMMIT, comment: 'x' }]],
    [`main/${COMMIT}`, { why: 'it is not of the form [branch/]commit: comment' }],
    [`main/${COMMIT}:  `, { why: 'it is not of the form [branch/]commit: comment' }],
    ['main/abc: x', { why: '"abc" is no commit: expected 40 hexadecimal digits in lower case' }],
    [`--exec/${COMMIT}: x`, { why: '"--exec" is no branch\'s name' }],
  ])('%j', (text, want) => {
    expect(parseCherryPicks(text)).toMatchObject(want)
  })
})

describe('the name of a branch or tag', () => {
  const missing = onMachine('git')
  it('is one that git itself takes', async ({ skip }) => {
    skip(missing !== undefined, missing)
    const piece = fc.constantFrom(
      'a',
      '/',
      '.',
      '..',
      '-',
      '@',
      '@{',
      '.lock',
      '~',
      '^',
      ':',
      '?',
      '[',
      '\\',
      ' ',
      '\u0001',
      'ä',
      '{',
    )
    const names = fc
      .sample(fc.array(piece, { minLength: 1, maxLength: 5 }), 150)
      .map((pieces) => pieces.join(''))
    for (const name of new Set(names.filter(isRefName))) {
      const { code } = await runCommand({ program: 'git', args: ['check-ref-format', `refs/tags/${name}`] })
      expect({ name, code }).toEqual({ name, code: 0 })
    }
  })

  it.each(['v1.2', 'release/1.2', 'a@b', 'v1-rc.1+x', 'ä'])('may be %s', (name) =>
    expect(isRefName(name)).toBe(true),
  )
  it.each(['', '-x', '/x', 'x/', 'a..b', 'a@{1}', '.a', 'a/.b', 'a.lock', 'a b', 'a\nb', 'a*', '@'])(
    'is never %j',
    (name) => expect(isRefName(name)).toBe(false),
  )
})

describe('what git prints', () => {
  it('of refs, of trees and of .gitmodules is read as it is meant', () => {
    expect([
      ...parseRefs(`${COMMIT}\trefs/tags/v1\n${COMMIT}\trefs/tags/v1^{}\nwarning: x\n`).keys(),
    ]).toEqual(['refs/tags/v1', 'refs/tags/v1^{}'])
    expect(
      parseTree(`100644 blob ${COMMIT}      12\ta b\nc\x00160000 commit ${COMMIT}       -\tlib\0`),
    ).toEqual([
      { mode: '100644', object: COMMIT, sizeBytes: 12, path: 'a b\nc' },
      { mode: '160000', object: COMMIT, sizeBytes: 0, path: 'lib' },
    ])
    const modules = parseModules(
      'core.x\ny\0submodule.a.b.path\nlib/x\0submodule.a.b.url\n../y\nz\0submodule.c.path\nc\0',
    )
    expect(modules.map(({ name, values }) => [name, ...values])).toEqual([
      ['a.b', ['path', 'lib/x'], ['url', '../y\nz']],
      ['c', ['path', 'c']],
    ])
  })

  it('of objects is read the same in whatever pieces it comes', () => {
    const contents = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 })
    fc.assert(
      fc.property(contents, fc.integer({ min: 1, max: 30 }), (blobs, size) => {
        const named = blobs.map((bytes, index) => ({ bytes, object: String(index).padStart(40, '0') }))
        const output = Buffer.concat(
          named.flatMap(({ bytes, object }) => [
            Buffer.from(`${object} blob ${bytes.length}\n`),
            bytes,
            Buffer.from('\n'),
          ]),
        )
        const reader = new ContentsReader()
        for (let at = 0; at < output.length; at += size) reader.push(output.subarray(at, at + size))
        expect([...reader.contents].map(([object, { sha256 }]) => [object, sha256])).toEqual(
          named.map(({ bytes, object }) => [object, createHash('sha256').update(bytes).digest('hex')]),
        )
      }),
    )
  })
})
