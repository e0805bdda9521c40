// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Command,
  digestHex,
  digestOf,
  type Exec,
  type Exited,
  fixedClock,
  MillraceError,
  makeTempDirectory,
  openHttp,
  runCommand,
  systemClock,
  type TempDirectory,
} from '../../base/index.ts'
import type { MirrorRequest } from '../mirror.ts'
import { type MirrorServices, openMirrors, parseMirrors } from '../mirrors.ts'
import { cargoCommand } from './crates.ts'
import { goCommand, parseGoDownload } from './goproxy.ts'
import { mavenCommand, parseMavenFile } from './maven.ts'
import { npmCommand } from './npm.ts'
import { configuredIndex, defaultIndex, pipConfigCommand, pipHelpCommand } from './pypi.ts'
import { findProjectFile, projectPageUrl } from './pypi-page.ts'
import { complaint } from './registry-client.ts'

let temp: TempDirectory
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-clients')
})
afterAll(() => temp[Symbol.asyncDispose]())

const env = { HOME: '/home/u', PATH: '/usr/bin' }
const file = (kind: string, name: string, version: string, name_: string) => ({
  kind,
  name,
  version,
  file: name_,
})
const ended = (code: number, stdout = '', stderr = ''): Exited => ({
  ...{ code, signal: null, stdout, stderr, durationMs: 1 },
  ...{ timedOut: false, cancelled: false, truncated: false },
})

describe('the commands of registries’ clients', () => {
  it('npm gives the registry’s tarball, and runs nothing of it', () => {
    expect(npmCommand(file('npm', '@a/b', '1.2.3', 'b-1.2.3.tgz'), '/d', env)).toEqual({
      program: 'npm',
      args: [
        ...['pack', '--ignore-scripts', '--loglevel=error', '--cache', '/d/npm-cache'],
        ...['--pack-destination', '/d', '--', '@a/b@1.2.3'],
      ],
      env,
      cwd: '/d',
    })
  })

  it('go asks proxies only, in a module cache of its own', () => {
    expect(goCommand(file('goproxy', 'example.com/a/v2', 'v2.0.1', 'v2.0.1.zip'), '/d', env)).toEqual({
      program: 'go',
      args: ['mod', 'download', '-json', 'example.com/a/v2@v2.0.1'],
      env: {
        ...{ ...env, GO111MODULE: 'on', GOFLAGS: '-modcacherw', GOMODCACHE: '/d/modules', GOSUMDB: 'off' },
        ...{ GOTOOLCHAIN: 'local', GOVCS: '*:off', GOWORK: 'off' },
      },
      cwd: '/d',
    })
  })

  it.each([
    { name: 'without settings of the user', settings: undefined, before: [] },
    {
      name: 'with them',
      settings: '/home/u/.cargo/config.toml',
      before: ['--config', '/home/u/.cargo/config.toml'],
    },
  ])('cargo takes one crate into a home of its own, $name', ({ settings, before }) => {
    expect(cargoCommand(file('crates', 'itoa', '1.0.11', 'itoa-1.0.11.crate'), '/d', settings, env)).toEqual({
      program: 'cargo',
      args: [...before, 'info', '--quiet', 'itoa@1.0.11'],
      env: { ...env, CARGO_HOME: '/d/cargo' },
      cwd: '/d',
    })
  })

  it('mvn gets one artefact into a repository of ours', () => {
    const artifact = { group: 'g.h', artifact: 'a', version: '1.0', type: 'jar', classifier: 'sources' }
    expect(mavenCommand(artifact, '/r', '/d', env)).toEqual({
      program: 'mvn',
      args: [
        ...['--batch-mode', '--quiet', '--update-snapshots', '-Dmaven.repo.local=/r', '-Dstyle.color=never'],
        ...['dependency:get', '-Dartifact=g.h:a:1.0:jar:sources', '-Dtransitive=false'],
      ],
      env,
      cwd: '/d',
    })
    expect(mavenCommand({ ...artifact, classifier: '' }, '/r', '/d', env).args).toContain(
      '-Dartifact=g.h:a:1.0:jar',
    )
  })

  it('pip only tells where its index is', () => {
    const pip = (...args: string[]): Command => ({
      program: 'python3',
      args: ['-m', 'pip', ...args],
      env,
      cwd: '/d',
    })
    expect(pipConfigCommand('/d', env)).toEqual(pip('config', 'list'))
    expect(pipHelpCommand('/d', env)).toEqual(pip('download', '--help'))
  })
})

describe('a file of a Maven artefact', () => {
  it.each([
    ['a-1.0.jar', { type: 'jar', classifier: '' }],
    ['a-1.0-sources.jar', { type: 'jar', classifier: 'sources' }],
    ['a-1.0-linux-x86_64.tar.gz', { type: 'tar.gz', classifier: 'linux-x86_64' }],
    ['a-1.0.pom', { type: 'pom', classifier: '' }],
    ['b-1.0.jar', null],
    ['a-1.1.jar', null],
    ['a-1.0', null],
    ['a-1.0.', null],
    ['a-1.0-.jar', null],
  ])('%s', (name, want) => {
    const known = { group: 'g.h', artifact: 'a', version: '1.0' }
    expect(parseMavenFile(file('maven', 'g.h:a', '1.0', name))).toEqual(want && { ...known, ...want })
  })
})

describe('where pip looks', () => {
  it.each([
    ['nothing is set', "global.cert='/c'\n:env:.cert='/c'\n", undefined],
    ['for everything', "global.index-url='https://a.example/simple'\n", 'https://a.example/simple'],
    [
      'the command’s own section stands before it',
      "global.index-url='https://a.example/'\ndownload.index-url='https://b.example/'\n",
      'https://b.example/',
    ],
    [
      'the environment before all',
      "global.index-url='https://a.example/'\n:env:.index-url=\"https://u:p'w@c.example/\"\n",
      "https://u:p'w@c.example/",
    ],
    ['further indexes are not it', "global.extra-index-url='https://a.example/'\n", undefined],
  ])('is read from its settings: %s', (_, list, want) => {
    expect(configuredIndex(list)).toBe(want)
  })

  it('is read from its help when nothing is set', () => {
    const help =
      '  -i, --index-url <url>  Base URL of the index (default\n                 https://a.example/simple). This should\n  --extra-index-url <url> More (default https://b.example/).'
    expect(defaultIndex(help)).toBe('https://a.example/simple')
    expect(defaultIndex('Usage: pip download')).toBeUndefined()
  })
})

describe('a page of a Python index', () => {
  it('is at the normalized name', () => {
    expect(projectPageUrl('https://a.example/simple//', 'Foo_.Bar-baz')).toBe(
      'https://a.example/simple/foo-bar-baz/',
    )
  })

  const page = 'https://a.example/simple/six/'
  it.each([
    [
      'HTML with fragments',
      '<html><a class=x href="../../f/six-1.tar.gz#sha256=00">six</a></html>',
      'https://a.example/f/six-1.tar.gz',
    ],
    [
      'HTML with entities',
      "<a href='/f/six-1.tar.gz?a=1&amp;b=2'>",
      'https://a.example/f/six-1.tar.gz?a=1&b=2',
    ],
    [
      'JSON',
      '{"files":[{"url":"https://c.example/six-1.tar.gz","size":1}]}',
      'https://c.example/six-1.tar.gz',
    ],
    ['another file', '<a href="six-1.tar.gz.asc"><a href="six-1.zip">', undefined],
    ['another scheme', '<a href="file:///etc/six-1.tar.gz">', undefined],
    ['no JSON', '{"files":', undefined],
    ['other JSON', '{"files":[{"name":"six-1.tar.gz"}]}', undefined],
    ['nothing', '', undefined],
  ])('lists files: %s', (_, text, want) => {
    expect(findProjectFile(text, 'six-1.tar.gz', page)).toBe(want)
  })

  it('gives an http URL of that very file or nothing, whatever it holds', () => {
    const piece = fc.constantFrom(
      '<a href="',
      '">',
      'six-1.tar.gz',
      '%',
      '{"files":[',
      'javascript:',
      '//',
      "'",
      '\n',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 20 }), (parts) => {
        const url = findProjectFile(parts.join(''), 'six-1.tar.gz', page)
        expect(url ?? 'https://a.example/six-1.tar.gz').toMatch(/^https?:\/\/.*six-1\.tar\.gz/s)
      }),
    )
  })
})

describe('what go says of a module', () => {
  it('is its files by what they are, or an error', () => {
    expect(parseGoDownload('{"Zip":"/z","GoMod":"/m","Info":"/i"}')).toEqual({
      error: undefined,
      byExtension: new Map([
        ['.info', '/i'],
        ['.mod', '/m'],
        ['.zip', '/z'],
      ]),
    })
    expect(parseGoDownload('{"Error":"gone"}').error).toBe('gone')
    for (const text of ['', 'go: no', '[]', '{"Zip":1}'])
      expect(parseGoDownload(text)).toEqual({ error: undefined, byExtension: new Map() })
  })
})

describe('a client’s complaint', () => {
  it.each([
    [
      ended(1, '', 'note\nnpm error code E404\nnpm error 404 gone\nnpm error more'),
      'exit code 1: npm error code E404 · npm error 404 gone',
    ],
    [ended(1, '[ERROR] no such thing\n', '\u001b[0m\u001b[0m\n'), 'exit code 1: [ERROR] no such thing'],
    [ended(2, 'just\nthis', ''), 'exit code 2: just · this'],
    [ended(3), 'exit code 3'],
    [{ ...ended(0), code: null, timedOut: true }, 'ran out of time'],
  ])('is its first words about an error', (exited, want) => {
    expect(complaint(exited)).toBe(want)
  })
})

const settings = parseMirrors(
  'mirrors: [{kind: pypi}, {kind: npm}, {kind: maven}, {kind: goproxy}, {kind: crates}]',
  'mirrors.yaml',
)

async function ask(exec: Exec, uri: string, services: Partial<MirrorServices> = {}) {
  const http = openHttp({ proxies: {}, pause: async () => {} })
  const f = { exec, http, clock: fixedClock(0), proxies: {}, dataDirectory: temp.path, ...services }
  const directory = join(temp.path, `request-${Math.random()}`)
  await mkdir(directory)
  const request: MirrorRequest = {
    source: { uri, name: 'x' },
    wanted: { sha256: digestOf('x'), sha512: null },
    directory,
    onProgress: () => {},
    signal: new AbortController().signal,
  }
  const answers = []
  for (const mirror of openMirrors(f, settings)) {
    const answer = await mirror.fetch(request)
    if (answer !== null) answers.push(answer)
  }
  return answers
}

describe('a registry as a mirror', () => {
  const uris = [
    'pypi:six=1.16.0/six-1.16.0.tar.gz',
    'npm:is-number=7.0.0/is-number-7.0.0.tgz',
    'maven:junit:junit=4.13.2/junit-4.13.2.jar',
    'goproxy:github.com/google/uuid=v1.6.0/v1.6.0.zip',
    'crates:itoa=1.0.11/itoa-1.0.11.crate',
  ]
  it.each(uris)('without its client answers that it is missing: %s', async (uri) => {
    const exec: Exec = async ({ program }) => {
      throw new MillraceError('TOOL_MISSING', {
        what: `starting ${program}`,
        why: 'it is not on PATH',
        fix: '',
      })
    }
    expect(await ask(exec, uri)).toEqual([
      {
        status: 'absent',
        asked: [expect.objectContaining({ answer: expect.stringMatching(/^starting \w+: it is not/) })],
      },
    ])
  })

  it.each(uris)('passes on what its client complains of: %s', async (uri) => {
    expect(await ask(async () => ended(1, '', 'error: no network'), uri)).toEqual([
      { status: 'absent', asked: [expect.objectContaining({ answer: 'exit code 1: error: no network' })] },
    ])
  })

  it.each([
    'https://example.com/six.tar.gz',
    'debian-source:six=1/six.tar.gz',
    'rubygems:six=1/six.gem',
    'pypi:six',
  ])('knows nothing of %s', async (uri) => {
    expect(await ask(async () => ended(0), uri)).toEqual([])
  })

  it.each([
    'npm:x=file:y/x.tgz',
    'npm:../x=1.0.0/x.tgz',
    'npm:a/b=1.0.0/x.tgz',
    'npm:x=latest/x.tgz',
    'goproxy:example.com/a=latest/latest.zip',
    'goproxy:/etc=v1.0.0/v1.0.0.zip',
    'crates:a@b=1.0.0/a-1.0.0.crate',
    'maven:a=1/a-1.jar',
    'maven:a:b:c=1/b-1.jar',
    'pypi:a[b]=1/a-1.tar.gz',
  ])('starts no client for %s', async (uri) => {
    const exec: Exec = async ({ program }) => {
      throw new Error(`${program} was started`)
    }
    for (const { status } of await ask(exec, uri)) expect(status).toBe('absent')
  })

  it('ends with the wish for it', async () => {
    const exec: Exec = async () => ({ ...ended(0), code: null, cancelled: true })
    await expect(ask(exec, 'npm:x=1.0.0/x-1.0.0.tgz')).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  it('gives what a client left, for npm, go, cargo and mvn', async () => {
    const leave = async (path: string) => {
      await mkdir(join(path, '..'), { recursive: true })
      await writeFile(path, path)
    }
    const exec: Exec = async ({ program, cwd = '', args }) => {
      const zip = join(cwd, 'modules', 'v1.6.0.zip')
      const repository = args.find((arg) => arg.startsWith('-Dmaven'))?.split('=')[1] ?? ''
      if (program === 'npm') await leave(join(cwd, 'is-number-7.0.0.tgz'))
      if (program === 'go') await leave(zip)
      if (program === 'cargo')
        await leave(join(cwd, 'cargo/registry/cache/some.example-00/itoa-1.0.11.crate'))
      if (program === 'mvn') await leave(join(repository, 'junit/junit/4.13.2/junit-4.13.2.jar'))
      return ended(0, program === 'go' ? JSON.stringify({ Zip: zip }) : '')
    }
    for (const uri of uris.slice(1)) {
      const [answer] = await ask(exec, uri)
      expect(answer).toMatchObject({
        status: 'found',
        place: uri.replace(/=.*/, '').replace(':', ': ') + expectVersion(uri),
      })
      if (answer?.status === 'found')
        expect(await readFile(answer.path, 'utf8')).toContain(uri.split('/').at(-1))
    }
  })
  const expectVersion = (uri: string) => ` ${/=([^/]+)/.exec(uri)?.[1]}`

  it('of Python is asked where pip says, and the file comes from where its page says', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/simple/six/') response.end('<a href="/files/six-1.16.0.tar.gz#sha256=0">six</a>')
      else if (request.url === '/files/six-1.16.0.tar.gz') response.end('the bytes')
      else response.writeHead(404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`
      const exec: Exec = async ({ args }) =>
        ended(0, args.includes('config') ? `global.index-url='${index}'\n` : '')
      const [found] = await ask(exec, uris[0] ?? '')
      expect(found).toMatchObject({ status: 'found', place: 'pypi: six 1.16.0' })
      if (found?.status === 'found') expect(await readFile(found.path, 'utf8')).toBe('the bytes')
      const [other] = await ask(exec, 'pypi:six=1.16.0/six-1.16.0.zip')
      expect(other).toEqual({
        status: 'absent',
        asked: [{ place: 'pypi: six 1.16.0', answer: 'its page lists no six-1.16.0.zip' }],
      })
      const [none] = await ask(exec, 'pypi:seven=1/seven-1.zip')
      expect(none).toEqual({
        status: 'absent',
        asked: [{ place: 'pypi: seven 1', answer: 'HTTP status 404 for its page' }],
      })
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})

describe('the real registries', () => {
  const wanted = [
    ['pypi:six=1.16.0/six-1.16.0.tar.gz', '1e61c37477a1626458e36f7b1d82aa5c9b094fa4802892072e49de9c60c4c926'],
    [
      'npm:is-number=7.0.0/is-number-7.0.0.tgz',
      '7b75c1057198cf97696909a9bee176c9c5e9bcb5b03bf3ecef2f484defadd51e',
    ],
    [
      'goproxy:github.com/google/uuid=v1.6.0/v1.6.0.zip',
      'd0f02f377217f42702e259684e06441edbf5140dddcc34ba9bea56038b38a6ed',
    ],
    [
      'crates:itoa=1.0.11/itoa-1.0.11.crate',
      '49f1f14873335454500d59611f1cf4a4b0f786f9ac11f4312a78e4cf2566695b',
    ],
    [
      'maven:junit:junit=4.13.2/junit-4.13.2.jar',
      '8e495b634469d64fb8acfa3495a065cbacc8a0fff55ce1e31007be4c16dc57d3',
    ],
  ] as const
  const clientEnvironment = Object.fromEntries(
    Object.entries(process.env).map(([name, value]) => [name, value ?? '']),
  )
  const proxies = Object.fromEntries(
    Object.entries(clientEnvironment).filter(([name]) => /^(https?|no)_proxy$/i.test(name)),
  )

  it.for(wanted)('give %s', { timeout: 180_000 }, async ([uri, sha256], { skip }) => {
    const services = { clientEnvironment, proxies, http: openHttp({ proxies }), clock: systemClock }
    const [answer] = await ask(runCommand, uri, services)
    // What a registry's client cannot do here, it cannot do for the factory either; that is no fault of ours.
    if (answer?.status !== 'found') {
      console.warn(`skipped: ${JSON.stringify(answer)}`)
      return skip(JSON.stringify(answer))
    }
    expect(digestHex(digestOf(await readFile(answer.path)))).toBe(sha256)
  })
})
