// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isMillraceError } from '../base/index.ts'
import { archsOf, parseImage, parseImageSheet, readImage } from './index.ts'
import { shellWords } from './shell-words.ts'

const WHOLE = `
contents:
  repositories: [https://packages.example/edge/]
  build_repositories: ['@local ./packages']
  runtime_repositories: [https://packages.example/stable]
  keyring: [https://packages.example/key.rsa.pub]
  runtime_keyring:
    - name: other.rsa.pub
      content: |
        -----BEGIN PUBLIC KEY-----
        MIIB
        -----END PUBLIC KEY-----
  packages: [nginx, glibc=2.41-r0]
entrypoint:
  command: /usr/sbin/nginx -c "/etc/nginx/nginx.conf" -e /dev/stderr
cmd: -g 'daemon off;'
stop-signal: SIGQUIT
work-dir: /srv
vcs-url: https://example.org/x.git
accounts:
  run-as: nginx
  users:
    - username: nginx
      uid: 65532
      gid: 65532
      shell: /bin/false
      homedir: /var/lib/nginx
  groups:
    - groupname: nginx
      gid: 65532
      members: [nginx]
archs: [x86_64, arm64]
environment:
  LANG: C.UTF-8
  EMPTY:
paths:
  - path: /var/lib/nginx
    type: directory
    uid: 65532
    permissions: 0o755
    recursive: true
annotations:
  org.opencontainers.image.title: nginx
volumes: [/srv/data]
layering:
  strategy: origin
  budget: 10
format: tar
`

describe('an image definition', () => {
  it('is read key by key, scalars as they stand in the text', () => {
    const { content } = parseImage(WHOLE, 'nginx.yaml')
    expect(content).toMatchObject({
      contents: { packages: ['nginx', 'glibc=2.41-r0'], repositories: ['https://packages.example/edge/'] },
      accounts: { 'run-as': 'nginx', users: [{ uid: 65532, gid: 65532 }] },
      paths: [{ uid: 65532, permissions: 0o755, recursive: true }],
      layering: { strategy: 'origin', budget: 10 },
      environment: { EMPTY: '' },
    })
    expect(content.paths[0]?.gid).toBeUndefined()
    expect(archsOf(content, ['aarch64', 'riscv64'])).toEqual(['aarch64'])
  })

  it('without anything in it is an image without anything in it', () => {
    const { content } = parseImage('contents:\n', 'empty.yaml')
    expect(content).toMatchObject({ contents: { packages: [] }, paths: [], archs: [] })
  })

  const refused: readonly { name: string; yaml: string; line: number; why: RegExp; fix: RegExp }[] = [
    {
      name: 'a misspelt key',
      yaml: 'contents:\n  packges: [a]',
      line: 2,
      why: /no key "packges" in contents/,
      fix: /packages/,
    },
    {
      name: 'a misspelt key at the top',
      yaml: 'entrypiont: {}',
      line: 1,
      why: /in an image definition/,
      fix: /entrypoint/,
    },
    {
      name: 'a text where a list belongs',
      yaml: 'archs: x86_64',
      line: 1,
      why: /expected a list/,
      fix: /- "x86_64"/,
    },
    { name: 'YAML that is none', yaml: 'cmd: "x', line: 1, why: /never closed/, fix: /close/ },
    {
      name: 'a second document',
      yaml: 'cmd: x\n---\ncmd: y',
      line: 2,
      why: /an image definition is one/,
      fix: /---/,
    },
    {
      name: 'a tag',
      yaml: 'cmd: !x y',
      line: 1,
      why: /an image definition takes none/,
      fix: /quotes/,
    },
    {
      name: 'a service bundle',
      yaml: 'entrypoint:\n  type: service-bundle',
      line: 2,
      why: /several services/,
      fix: /an image for each/,
    },
    {
      name: 'services',
      yaml: 'entrypoint:\n  services:\n    a: b',
      line: 2,
      why: /several services/,
      fix: /each/,
    },
    {
      name: 'another entrypoint type',
      yaml: 'entrypoint:\n  type: shell',
      line: 2,
      why: /service-bundle/,
      fix: /./,
    },
    {
      name: 'a base image',
      yaml: 'contents:\n  baseimage:\n    image: ./base',
      line: 2,
      why: /base image/,
      fix: /packages/,
    },
    { name: 'EROFS', yaml: 'format: erofs', line: 1, why: /EROFS/, fix: /leave/ },
    {
      name: 'certificates',
      yaml: 'certificates:\n  providers: [a]',
      line: 1,
      why: /certificates/,
      fix: /package/,
    },
    {
      name: 'a budget without strategy',
      yaml: 'layering:\n  budget: 5',
      line: 2,
      why: /strategy/,
      fix: /origin/,
    },
    {
      name: 'a budget beyond overlay',
      yaml: 'layering:\n  strategy: origin\n  budget: 400',
      line: 3,
      why: /127/,
      fix: /100/,
    },
    {
      name: 'an unwanted package',
      yaml: 'contents:\n  packages: ["!busybox"]',
      line: 2,
      why: /absence/,
      fix: /only/,
    },
    { name: 'an unknown architecture', yaml: 'archs: [x86-64]', line: 1, why: /"x86-64"/, fix: /x86_64/ },
    {
      name: 'a relative path',
      yaml: 'paths:\n  - path: var/x\n    type: directory',
      line: 2,
      why: /absolute/,
      fix: /\//,
    },
    {
      name: 'a path that leads upwards',
      yaml: 'paths:\n  - path: /a/../../b\n    type: directory',
      line: 2,
      why: /\.\./,
      fix: /./,
    },
    {
      name: 'a link without source',
      yaml: 'paths:\n  - path: /a\n    type: symlink',
      line: 2,
      why: /source/,
      fix: /source/,
    },
    { name: 'a path without type', yaml: 'paths:\n  - path: /a', line: 2, why: /type/, fix: /directory/ },
    {
      name: 'a mode that is none',
      yaml: 'paths:\n  - path: /a\n    type: directory\n    permissions: 0o17777',
      line: 4,
      why: /0o7777/,
      fix: /octal/,
    },
    {
      name: 'a user that is root',
      yaml: 'accounts:\n  users:\n    - username: me\n      uid: 0',
      line: 4,
      why: /root/,
      fix: /65532/,
    },
    {
      name: 'a user name with a colon',
      yaml: 'accounts:\n  users:\n    - username: "a:b"\n      uid: 5',
      line: 3,
      why: /account/,
      fix: /letters/,
    },
    { name: 'an open quote in a command', yaml: 'cmd: sh -c "x', line: 1, why: /not closed/, fix: /close/ },
    {
      name: 'a command and a fragment',
      yaml: 'entrypoint:\n  command: a\n  shell-fragment: b',
      line: 3,
      why: /both/,
      fix: /one/,
    },
  ]
  it.each(refused)('with $name is refused with its place', ({ yaml, line, why, fix }) => {
    try {
      parseImage(yaml, 'x.yaml')
      expect.unreachable()
    } catch (error) {
      if (!isMillraceError(error, 'IMAGE_INVALID')) throw error
      expect(error.why).toMatch(why)
      expect(error.fix).toMatch(fix)
      expect(error.at).toMatchObject({ file: 'x.yaml', line })
    }
  })

  it('of any text is read, or refused in words', () => {
    const mutated = fc
      .tuple(fc.nat(WHOLE.length), fc.nat(12), fc.string({ maxLength: 6 }))
      .map(([at, length, other]) => WHOLE.slice(0, at) + other + WHOLE.slice(at + length))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.string()), (text) => {
        try {
          parseImage(text, 'x.yaml')
        } catch (error) {
          if (!isMillraceError(error, 'IMAGE_INVALID')) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('a command line', () => {
  it.each([
    ['', []],
    ['nginx  -g "daemon off;"', ['nginx', '-g', 'daemon off;']],
    [`a 'b "c' "d 'e"`, ['a', 'b "c', "d 'e"]],
    ['a\\ b "x\\"y" ""', ['a b', 'x"y', '']],
    [`pre'fix'"ed"`, ['prefixed']],
  ])('%j is split as a shell splits it', (line, words) => {
    expect(shellWords(line)).toEqual(words)
  })

  it.each(['"', "a 'b", 'a \\'])('%j is not complete', (line) => {
    expect(shellWords(line)).toBeUndefined()
  })

  it('quoted word by word gives the words back', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')
        expect(shellWords(line)).toEqual(words)
      }),
    )
  })
})

const SHEET = 'description: x\ntests:\n'

describe('an image sheet', () => {
  it('says how an image is tested', () => {
    const sheet = parseImageSheet(
      `description: A web server
version-of: nginx
tags: [latest, stable]
writable: [/var/lib/nginx]
tests:
  - name: answers
    http: {port: 8080, path: /, body: 'Welcome'}
  - name: tells its version
    args: [-v]
    stderr: 'nginx/1\\.'
  - name: fails
    command: [/bin/x, "1"]
    exit: 3
    timeout: 500ms
  - name: ends
    signal: {within: 5s, port: 8080}
    exit: 0
  - name: no shell
    absent: [/bin/sh]
  - name: is nobody
    user: "65532"
`,
      'nginx.test.yaml',
    )
    expect(sheet).toMatchObject({
      versionOf: 'nginx',
      tags: ['latest', 'stable'],
      writable: ['/var/lib/nginx'],
    })
    expect(sheet.cases).toMatchObject([
      { kind: 'http', port: 8080, status: 200, timeoutMs: 30_000 },
      { kind: 'args', argv: ['-v'], exit: 0, stdout: null },
      { kind: 'command', exit: 3, timeoutMs: 500 },
      { kind: 'signal', signal: 'SIGTERM', withinMs: 5000, port: 8080, exit: 0 },
      { kind: 'absent', paths: ['/bin/sh'] },
      { kind: 'user', user: '65532' },
    ])
  })

  it.each([
    ['no description', 'tests:\n  - {name: a, user: "1"}', /description/],
    ['no tests', 'description: x', /tests/],
    ['a test that tries nothing', `${SHEET}  - name: a`, /nothing to try/],
    ['a test that tries two things', `${SHEET}  - {name: a, args: [b], user: "1"}`, /several/],
    ['a test without name', `${SHEET}  - {user: "1"}`, /name/],
    [
      'an expectation that means nothing',
      `${SHEET}  - {name: a, user: "1", stdout: x}`,
      /stdout means nothing/,
    ],
    ['a pattern that is none', `${SHEET}  - {name: a, args: [b], stdout: "("}`, /pattern/],
    ['a time without unit', `${SHEET}  - {name: a, args: [b], timeout: "30"}`, /time/],
    ['a port that is none', `${SHEET}  - {name: a, http: {port: 70000}}`, /port/],
    ['a misspelt signal', `${SHEET}  - {name: a, signal: {name: SIGTREM}}`, /SIGTREM/],
    ['a misspelt key', `${SHEET}  - {name: a, stdotu: b}`, /stdotu/],
    ['a second document', `${SHEET}---\na: b`, /an image sheet is one/],
    ['a tag that is none', 'description: x\ntags: ["a b"]\ntests:\n  - {name: a, user: "1"}', /tag/],
  ])('with %s is refused with its place', (_, yaml, why) => {
    expect(() => parseImageSheet(yaml, 'x.test.yaml')).toThrow(
      expect.objectContaining({
        code: 'IMAGE_INVALID',
        why: expect.stringMatching(why),
        at: expect.objectContaining({ file: 'x.test.yaml' }),
      }),
    )
  })
})

describe('a directory of images', () => {
  let directory: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'millrace-images-'))
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))
  const write = (files: Record<string, string>) =>
    Promise.all(
      Object.entries({ 'a.test.yaml': `${SHEET}  - {name: t, user: "1"}`, ...files }).map(([name, text]) =>
        writeFile(join(directory, name), text),
      ),
    )

  it('gives an image laid on top of what it includes', async () => {
    await write({
      'a.yaml': 'include: b.yaml\ncontents: {packages: [one]}\nenvironment: {X: "2"}\ncmd: over',
      'b.yaml':
        'include: c.yaml\ncontents: {packages: [two]}\nenvironment: {X: "1", Y: "1"}\nentrypoint: {command: base}\ncmd: base',
      'c.yaml': 'contents: {packages: [three]}\nwork-dir: /srv',
    })
    expect((await readImage(directory, 'a')).content).toMatchObject({
      contents: { packages: ['three', 'two', 'one'] },
      environment: { X: '2', Y: '1' },
      entrypoint: { command: 'base' },
      cmd: 'over',
      'work-dir': '/srv',
      include: '',
    })
  })

  it('refuses files that include each other, and says how', async () => {
    await write({ 'a.yaml': 'include: b.yaml', 'b.yaml': 'include: a.yaml' })
    await expect(readImage(directory, 'a', 'images')).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      why: 'the files include each other: a.yaml → b.yaml → a.yaml',
      at: { file: 'images/b.yaml' },
    })
  })

  it.each(['/etc/passwd', '../x.yaml', 'https://example.org/x.yaml', 'git://x'])(
    'refuses to include %s',
    async (include) => {
      await write({ 'a.yaml': `include: ${include}` })
      await expect(readImage(directory, 'a')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    },
  )

  it('says what is missing, and refuses names that no registry has', async () => {
    await write({ 'a.yaml': 'cmd: x', 'b.yaml': 'cmd: x' })
    await expect(readImage(directory, 'c')).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(readImage(directory, 'b')).rejects.toMatchObject({ code: 'NOT_FOUND', fix: /tested/ })
    await expect(readImage(directory, '../a')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
    await expect(readImage(directory, 'A')).rejects.toMatchObject({ code: 'IMAGE_INVALID' })
  })
})
