// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest'
import { type Exec, MillraceError } from '../../base/index.ts'
import {
  ancestorCommand,
  contentsCommand,
  fetchCommand,
  formatCredentials,
  formatGitConfig,
  type GitSetting,
  initCommand,
  listCommand,
  probeGit,
  refsCommand,
  repackCommand,
  resolveCommand,
  submodulesCommand,
  treeCommand,
} from './commands.ts'
import { troubleOf } from './git-trouble.ts'

const setting: GitSetting = {
  ...{ home: '/w/home', config: '/w/gitconfig', protocols: ['https', 'ssh'] },
  environment: { https_proxy: 'http://proxy:3128', HOME: '/root', GIT_SSH_COMMAND: 'evil' },
}
const words = (...args: string[]) => ['--git-dir', '/r', ...args]

describe('git', () => {
  it.each([
    ['lists', listCommand(setting, '/r', ['HEAD']), words('ls-remote', '--quiet', 'upstream', 'HEAD')],
    [
      'fetches',
      fetchCommand(setting, '/r', { refspecs: ['+refs/tags/v1:refs/tags/v1'], depth: 1, withTags: false }),
      words(
        ...[
          'fetch',
          '--quiet',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
          '--no-recurse-submodules',
          '--force',
        ],
        ...['--no-tags', '--depth=1', '--', 'upstream', '+refs/tags/v1:refs/tags/v1'],
      ),
    ],
    [
      'fetches a history',
      fetchCommand(setting, '/r', { refspecs: ['x'], depth: null, withTags: true }),
      words(
        ...[
          'fetch',
          '--quiet',
          '--no-write-fetch-head',
          '--no-auto-maintenance',
          '--no-recurse-submodules',
          '--force',
        ],
        ...['--', 'upstream', 'x'],
      ),
    ],
    [
      'makes',
      initCommand(setting, '/r'),
      ['init', '--quiet', '--bare', '--object-format=sha1', '--template=', '--', '/r'],
    ],
    [
      'packs',
      repackCommand(setting, '/r', false),
      [
        ...['-c', 'pack.threads=1', '-c', 'pack.compression=6', '-c', 'core.compression=6'],
        ...words('repack', '--quiet', '-a', '-d', '-F', '-n', '--window=0', '--depth=50'),
      ],
    ],
    [
      'resolves',
      resolveCommand(setting, '/r', '-x'),
      words('rev-parse', '--verify', '--quiet', '--end-of-options', '-x'),
    ],
    ['compares', ancestorCommand(setting, '/r', 'a', 'b'), words('merge-base', '--is-ancestor', 'a', 'b')],
    ['reads trees', treeCommand(setting, '/r', 'c'), words('ls-tree', '-r', '-z', '-l', '--full-tree', 'c')],
    ['reads objects', contentsCommand(setting, '/r', 'a\n'), words('cat-file', '--batch', '--buffer')],
    [
      'reads .gitmodules',
      submodulesCommand(setting, '/r', 'c'),
      words('config', '--blob', 'c:.gitmodules', '--list', '-z', '--no-includes'),
    ],
    [
      'reads refs',
      refsCommand(setting, '/r'),
      words('for-each-ref', '--format=%(objectname) %(refname) %(*objectname)'),
    ],
  ])('%s', (_, { program, args, cwd }, want) => {
    expect({ program, args, cwd }).toEqual({ program: 'git', args: want, cwd: '/w/home' })
  })

  it('knows nothing of its user, asks nobody, and speaks the protocols that it may', () => {
    const { env } = listCommand({ ...setting, systemConfig: '/dev/null' }, '/r', [])
    expect(env).toEqual({
      ...{ GIT_ALLOW_PROTOCOL: 'https:ssh', GIT_ASKPASS: 'false', GIT_ATTR_NOSYSTEM: '1' },
      ...{ GIT_CONFIG_GLOBAL: '/w/gitconfig', GIT_CONFIG_SYSTEM: '/dev/null', GIT_NO_LAZY_FETCH: '1' },
      ...{ GIT_NO_REPLACE_OBJECTS: '1', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' },
      GIT_SSH_COMMAND: 'ssh -o BatchMode=yes -o ConnectTimeout=15',
      ...{ HOME: '/w/home', LANG: 'C.UTF-8', LC_ALL: 'C', SSH_ASKPASS: 'false', XDG_CONFIG_HOME: '/w/home' },
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      https_proxy: 'http://proxy:3128',
    })
    expect(Object.keys(env ?? {})).toEqual(Object.keys(env ?? {}).toSorted())
    expect(listCommand(setting, '/r', []).env).not.toHaveProperty('GIT_CONFIG_SYSTEM')
  })

  it('is told the URL in a file, quoted', () => {
    const text = formatGitConfig({
      url: 'https://h/a"b\\c',
      trusted: ['/srv/x'],
      credentials: '/w/c',
      headers: { 'private-token': 't"1' },
    })
    expect(text).toContain('[remote "upstream"]\n\turl = "https://h/a\\"b\\\\c"\n')
    expect(text).toContain('[credential]\n\thelper =\n\thelper = "store --file=\'/w/c\'"\n')
    expect(text).toContain('[safe]\n\tdirectory = "/srv/x"\n')
    expect(text).toContain('[http]\n\textraHeader = "private-token: t\\"1"\n\tfollowRedirects = false\n')
    expect(text).toContain('fsckObjects = true')
    expect(
      formatCredentials({ protocol: 'https', host: 'h:1' }, { username: 'a@b', password: 'c/d\n' }),
    ).toBe('https://a%40b:c%2Fd%0A@h:1\n')
  })
})

describe('the git of this machine', () => {
  const said =
    (stdout: string, code = 0): Exec =>
    async () => ({
      ...{
        code,
        signal: null,
        stdout,
        stderr: '',
        durationMs: 1,
        timedOut: false,
        cancelled: false,
        truncated: false,
      },
    })
  it.each([
    ['git version 2.39.5', { status: 'ready', version: '2.39.5' }],
    ['git version 3.0.1 (Apple Git-1)', { status: 'ready', version: '3.0.1' }],
    ['git version 2.28.1', { status: 'missing', reason: 'git 2.28.1 is older than 2.29' }],
    ['what?', { status: 'missing' }],
  ])('is %s', async (text, want) => {
    expect(await probeGit({ exec: said(text) })).toMatchObject(want)
  })

  it('may not be there', async () => {
    const exec: Exec = async () => {
      throw new MillraceError('TOOL_MISSING', {
        what: 'starting git',
        why: 'the program is not on PATH',
        fix: '',
      })
    }
    expect(await probeGit({ exec })).toMatchObject({
      status: 'missing',
      reason: 'the program is not on PATH',
      fix: expect.stringContaining('git'),
    })
  })
})

describe('what git complains of', () => {
  it.each([
    [
      "fatal: unable to access 'https://u:p@h/x/': Could not resolve host: h",
      'unreachable',
      "unable to access 'https://…@h/x/': Could not resolve host: h",
    ],
    ["fatal: couldn't find remote ref refs/heads/x", 'lasting', "couldn't find remote ref refs/heads/x"],
    [
      "remote: Repository not found.\nfatal: repository 'https://h/x/' not found",
      'lasting',
      "repository 'https://h/x/' not found",
    ],
    [
      'error: RPC failed; curl 18 transfer closed\nfatal: early EOF',
      'passing',
      'RPC failed; curl 18 transfer closed · early EOF',
    ],
    [
      `error: object ${'a'.repeat(40)}: hasDotgit: contains '.git'\nfatal: fsck error in packed object`,
      'hostile',
      expect.stringContaining('hasDotgit'),
    ],
    ['fatal: dumb http transport does not support shallow capabilities', 'not-shallow', expect.anything()],
    ['fatal: \u001b[31mred\u0007', 'passing', 'red'],
    ['', 'passing', 'git ended with code 128'],
  ])('%j', (stderr, kind, said) => {
    const exited = {
      code: 128,
      signal: null,
      stdout: '',
      stderr,
      durationMs: 1,
      timedOut: false,
      cancelled: false,
      truncated: false,
    }
    expect(troubleOf(exited)).toEqual({ kind, words: said })
  })
})
