// SPDX-License-Identifier: Apache-2.0
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type GitHttpServer,
  type GitUpstream,
  openGitUpstream,
  serveGit,
  writeRawObject,
} from '../../../test/support/git-upstream.ts'
import { onMachine } from '../../../test/support/run-pipeline.ts'
import { diskTree, extractTar, readTar } from '../../archive/index.ts'
import {
  type Digest,
  type EventBody,
  type Exec,
  fixedClock,
  makeTempDirectory,
  openHttp,
  runCommand,
  type TempDirectory,
} from '../../base/index.ts'
import { type BlobStore, openBlobDirectory } from '../../store/index.ts'
import { openHostMemory } from '../host-memory.ts'
import { fetchGitSource, type GitFetchServices } from './fetch-git.ts'
import type { GitMirror } from './git-places.ts'
import { DEFAULT_GIT_LIMITS, type GitSettings } from './git-services.ts'
import { findStoredGitSource } from './remembered-git.ts'

const missing = onMachine('git')

/** Upstream's repositories are made once; what changes one copies it first. */
let shared: TempDirectory
let upstream: GitUpstream
let v2 = ''
let tip = ''
beforeAll(async () => {
  shared = await makeTempDirectory(tmpdir(), 'millrace-git-upstream')
  upstream = openGitUpstream(shared.path)
  if (missing !== undefined) return
  await upstream.sh(
    'hello',
    `echo 1 > a; mkdir -p dir/deep; echo d > dir/deep/d; git add .; git commit -qm one; git tag v1
     echo 2 > a; git commit -qam two; git tag -am 'release two' v2; git branch v2
     git checkout -q -b fixes; echo fix > b; git add b; git commit -qm fix; git checkout -q main
     echo 3 > a; git commit -qam three; git commit -q --allow-empty -m four
     git config uploadpack.allowAnySHA1InWant false`,
  )
  v2 = await upstream.commit('hello', 'v2^{commit}')
  tip = await upstream.commit('hello', 'main')
})
afterAll(() => shared[Symbol.asyncDispose]())

let temp: TempDirectory
let store: BlobStore
let servers: GitHttpServer[]
const events: EventBody[] = []
beforeEach(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-git')
  store = await openBlobDirectory(join(temp.path, 'blobs'))
  servers = []
  events.length = 0
})
afterEach(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]()
  await temp[Symbol.asyncDispose]()
})

interface Circumstances extends Partial<Omit<GitSettings, 'limits'>> {
  readonly limits?: Partial<GitSettings['limits']>
  readonly exec?: Exec
  readonly pauses?: number[]
  readonly dataDirectory?: string
  readonly signal?: AbortSignal
}

function services(given: Circumstances): GitFetchServices {
  const { limits, exec = runCommand, pauses = [], dataDirectory = temp.path, ...git } = given
  return {
    ...{ exec, store, dataDirectory, http: openHttp({ attempts: 1, proxies: {}, pause: async () => {} }) },
    hosts: openHostMemory(fixedClock(0)),
    emit: (event) => void events.push(event),
    pause: async (ms) => void pauses.push(ms),
    git: {
      ...{ protocols: ['http', 'file'], mirrors: [], environment: {}, systemConfig: '/dev/null' },
      credentialsFor: () => ({}),
      ...git,
      limits: { ...DEFAULT_GIT_LIMITS, ...limits },
    },
  }
}

const SECRET = 'Bearer letmein-12345678'
const AT = { file: 'hello.yaml', line: 7, column: 3 }
function fetchIt(repository: string, inputs: Readonly<Record<string, string>>, given: Circumstances = {}) {
  const source = { repository, inputs, name: 'hello.git', at: AT }
  return fetchGitSource(services(given), source, given.signal ?? new AbortController().signal)
}

const local = (name = 'hello') => `file://${join(upstream.root, name)}`

async function serve(kind: 'smart' | 'dumb' = 'smart'): Promise<GitHttpServer> {
  const server = await serveGit(upstream.root, kind)
  servers.push(server)
  return server
}

/** Unpacks a blob. @returns where, and what git says there. */
async function opened(digest: Digest) {
  const directory = join(temp.path, `opened-${digest.slice(7, 20)}`)
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory)
  await extractTar(readTar(store.read(digest), 'it'), diskTree(directory), 'it')
  const env = { PATH: '/usr/bin:/bin', HOME: temp.path, GIT_CONFIG_SYSTEM: '/dev/null' }
  const git = async (args: string, repository = 'repository') => {
    const command = {
      program: 'git',
      args: ['--git-dir', join(directory, repository), ...args.split(' ')],
      env,
    }
    const { stdout, stderr, code } = await runCommand(command)
    return code === 0 ? stdout.trim() : `${code}: ${stderr}`
  }
  return { directory, git }
}

const refused = (code: string, why: unknown = expect.anything(), fix: unknown = expect.anything()) =>
  expect.objectContaining({ code, why, fix, at: AT })

describe.skipIf(missing !== undefined)(`a git source${missing ? ` (skipped: ${missing})` : ''}`, () => {
  it('by a tag is that commit with the tag and no more, checked and in one pack', async () => {
    const { digest, from } = await fetchIt(local(), { tag: 'v2', 'expected-commit': v2 })
    expect(from).toBe(local())
    const { git, directory } = await opened(digest)
    expect(await git('rev-parse HEAD')).toBe(v2)
    expect(await git('describe')).toBe('v2')
    expect(await git('for-each-ref --format=%(refname):%(objecttype)')).toBe('refs/tags/v2:tag')
    expect(await git('rev-list --all --count')).toBe('1')
    expect(await git('fsck --strict')).toBe('')
    expect((await readdir(join(directory, 'repository'))).sort()).toEqual([
      'HEAD',
      'config',
      'objects',
      'packed-refs',
      'refs',
      'shallow',
    ])
    expect(await readFile(join(directory, 'lfs-pointers'), 'utf8')).toBe('')
    expect(await readdir(join(temp.path, 'downloads'))).toEqual([])
  })

  it('is the same bytes whoever gives it: smart and dumb HTTP, a directory, a bundle', async () => {
    const inputs = { branch: 'main', 'expected-commit': v2 }
    await upstream.sh('hello', 'git update-server-info; git repack -adqf --depth=1; git update-server-info')
    await mkdir(join(temp.path, 'bundles'))
    await upstream.sh('hello', `git bundle create -q '${join(temp.path, 'bundles', 'hello.bundle')}' --all`)
    const [smart, dumb] = [await serve('smart'), await serve('dumb')]
    const mirror = (to: string): GitMirror => ({ kind: 'git-mirror', from: 'http://mirror.invalid/', to })
    const ways: [string, GitMirror][] = [
      ['http://mirror.invalid/hello/.git', mirror(`${smart.url}/`)],
      ['http://mirror.invalid/hello/.git', mirror(`${dumb.url}/`)],
      ['http://mirror.invalid/hello', mirror(upstream.root)],
      ['http://mirror.invalid/o/hello.git', { kind: 'git-bundle', directory: join(temp.path, 'bundles') }],
    ]
    const found = []
    for (const [index, [repository, one]] of ways.entries()) {
      const dataDirectory = join(temp.path, String(index))
      found.push(await fetchIt(repository, inputs, { mirrors: [one], dataDirectory }))
    }
    expect(new Set(found.map(({ digest }) => digest)).size).toBe(1)
    expect(found.map(({ from }) => from)).toEqual([
      `${smart.url}/hello/.git`,
      `${dumb.url}/hello/.git`,
      `file://${join(upstream.root, 'hello')}`,
      `file://${join(temp.path, 'bundles', 'hello.bundle')}`,
    ])
  })

  it('comes from the store the next time, though nothing else is there any more', async () => {
    const inputs = { tag: 'v2', 'expected-commit': v2 }
    const server = await serve()
    const url = `${server.url}/hello/.git`
    const { digest } = await fetchIt(url, inputs)
    expect(events.at(-1)).toMatchObject({ type: 'task.progressed', task: 'fetch:hello.git', unit: 'bytes' })
    const before = server.requests.length
    expect(before).toBeGreaterThan(1)
    const never: Exec = () => Promise.reject(new Error('git was started'))
    expect(await fetchIt(url, inputs, { exec: never })).toMatchObject({ digest, from: 'store' })
    expect(
      await fetchIt(url, { ...inputs, 'max-retries': '9', reason: 'other' }, { exec: never }),
    ).toMatchObject({ from: 'store' })
    expect(server.requests.length).toBe(before)
    const planned = { repository: url, inputs, name: 'hello' }
    expect(await findStoredGitSource(services({}), planned)).toMatchObject({ digest })
    const invalid = { ...planned, inputs: { depth: 'all' } }
    expect(await findStoredGitSource(services({}), invalid)).toBeUndefined()
    await expect(fetchIt(url, { ...inputs, depth: '2' }, { exec: never })).rejects.toThrow('git was started')
  })

  it('has as much history as is asked for, and the tags of it', async () => {
    const count = async (inputs: Record<string, string>) => {
      const { git } = await opened((await fetchIt(local(), inputs)).digest)
      return [
        await git('rev-list --all --count'),
        await git('tag'),
        await git('rev-parse --is-shallow-repository'),
      ]
    }
    expect(await count({ tag: 'v2', 'expected-commit': v2, depth: '-1' })).toEqual(['2', 'v1\nv2', 'false'])
    expect(await count({ branch: 'main', 'expected-commit': tip })).toEqual(['4', 'v1\nv2', 'false'])
    expect(await count({ branch: 'main', 'expected-commit': tip, depth: '3' })).toEqual(['3', 'v2', 'true'])
    expect(await count({ branch: 'main', 'expected-commit': v2, depth: '1' })).toEqual(['1', '', 'true'])
    expect(
      await count({ branch: 'main', 'expected-commit': tip, 'expected-commit-is-branch-tip': 'true' }),
    ).toEqual(['1', '', 'true'])
  })

  it('by a branch is on that branch, at the commit and not at what came after it', async () => {
    const { git } = await opened((await fetchIt(local(), { branch: 'main', 'expected-commit': v2 })).digest)
    expect(await git('symbolic-ref HEAD')).toBe('refs/heads/main')
    expect(await git('rev-parse main')).toBe(v2)
    expect(await git(`cat-file -t ${tip}`)).toMatch(/^128/)
  })

  it('by neither is of the default branch, with no name of its own', async () => {
    const { git } = await opened((await fetchIt(local(), { 'expected-commit': v2 })).digest)
    expect(await git('rev-parse HEAD')).toBe(v2)
    expect(await git('for-each-ref')).toBe('')
  })

  it('may be named by the tag’s own object, or by a tag where a branch is asked for', async () => {
    const object = await upstream.commit('hello', 'refs/tags/v2')
    const { git } = await opened((await fetchIt(local(), { tag: 'v2', 'expected-commit': object })).digest)
    expect(await git('rev-parse HEAD')).toBe(v2)
    const v1 = await upstream.commit('hello', 'v1')
    const byTag = await opened((await fetchIt(local(), { branch: 'v1', 'expected-commit': v1 })).digest)
    expect(await byTag.git('rev-parse HEAD')).toBe(v1)
  })

  it('has the commits to be picked, with what they change', async () => {
    const pick = await upstream.commit('hello', 'fixes')
    const inputs = {
      tag: 'v1',
      'expected-commit': await upstream.commit('hello', 'v1'),
      'cherry-picks': `fixes/${pick}: a fix`,
    }
    const { git } = await opened((await fetchIt(local(), inputs)).digest)
    expect(await git(`diff --name-only ${pick}^ ${pick}`)).toBe('b')
    expect(await git('rev-list --count HEAD')).toBe('1')
  })
})

describe.skipIf(missing !== undefined)('a git source is refused', () => {
  it('without an expected commit, with the one that is there now', async () => {
    await expect(fetchIt(local(), { branch: 'main' })).rejects.toEqual(
      refused(
        'RECIPE_INVALID',
        'it names no expected-commit, and branch main may be another commit tomorrow',
        expect.stringContaining(`expected-commit: ${tip}`),
      ),
    )
    await expect(fetchIt(local(), {})).rejects.toEqual(
      refused('RECIPE_INVALID', expect.stringContaining('HEAD may be another')),
    )
  })

  it('when the tag moved, with both commits, and before anything is downloaded', async () => {
    const server = await serve()
    const wanted = tip
    await expect(
      fetchIt(`${server.url}/hello/.git`, { tag: 'v2', 'expected-commit': wanted }),
    ).rejects.toEqual(refused('SOURCE_DIGEST_MISMATCH', `expected ${wanted}, tag v2 is ${v2}`))
    expect(server.requests.filter(({ line }) => line.startsWith('POST'))).toHaveLength(1)
  })

  it('when the branch was rewritten, with both commits', async () => {
    const gone = await upstream.sh(
      'rewritten',
      'echo 1 > a; git add a; git commit -qm one; git rev-parse HEAD',
    )
    const now = await upstream.sh(
      'rewritten',
      'echo 2 > a; git commit -qa --amend -m other; git rev-parse HEAD',
    )
    await expect(fetchIt(local('rewritten'), { branch: 'main', 'expected-commit': gone })).rejects.toEqual(
      refused(
        'SOURCE_DIGEST_MISMATCH',
        `${gone} is not in the history of branch main, which is at ${now} now`,
      ),
    )
  })

  it('when a commit must be the tip and is not', async () => {
    const inputs = { branch: 'main', 'expected-commit': v2, 'expected-commit-is-branch-tip': 'true' }
    await expect(fetchIt(local(), inputs)).rejects.toEqual(
      refused('SOURCE_DIGEST_MISMATCH', `expected ${v2} as the tip, branch main is at ${tip} now`),
    )
  })

  it('when nobody has it, with what each place said', async () => {
    const server = await serve()
    const mirrors: GitMirror[] = [
      { kind: 'git-mirror', from: server.url, to: 'ext://evil/' },
      { kind: 'git-mirror', from: `${server.url}/`, to: `${server.url}/hello/.git/` },
    ]
    const error = await fetchIt(
      `${server.url}/other.git`,
      { tag: 'v9', 'expected-commit': v2 },
      { mirrors },
    ).catch((one) => one)
    expect(error).toEqual(
      refused(
        'SOURCE_NOT_FOUND',
        expect.stringMatching(
          /nobody has it\nhttp:.*other\.git: .*not found.*\nhttp:.*hello\/\.git\/other\.git: /,
        ),
      ),
    )
    await expect(fetchIt(local(), { tag: 'v9', 'expected-commit': v2 })).rejects.toEqual(
      refused('SOURCE_NOT_FOUND', expect.stringContaining('it has no tag v9')),
    )
    await expect(
      fetchIt(local(), { tag: 'v2', 'expected-commit': v2, 'cherry-picks': `${'f'.repeat(40)}: x` }),
    ).rejects.toEqual(refused('SOURCE_NOT_FOUND', expect.stringContaining('which is to be cherry-picked')))
  })

  it('when a mirror has only a part of the history that is asked for', async () => {
    const part = join(temp.path, 'part')
    await upstream.sh('hello', `git clone -q --bare --depth 2 '${local()}' '${part}'`)
    const mirrors: GitMirror[] = [{ kind: 'git-mirror', from: 'http://mirror.invalid/hello', to: part }]
    const inputs = { branch: 'main', 'expected-commit': tip }
    await expect(fetchIt('http://mirror.invalid/hello', inputs, { mirrors })).rejects.toEqual(
      refused('SOURCE_NOT_FOUND', expect.stringContaining('only a part of the history of branch main')),
    )
    const shallow = { ...inputs, 'expected-commit-is-branch-tip': 'true' }
    expect(await fetchIt('http://mirror.invalid/hello', shallow, { mirrors })).toMatchObject({
      from: `file://${part}`,
    })
  })

  it('when it is larger than the limits', async () => {
    await upstream.sh('large', 'head -c 3000000 /dev/urandom > a; git add a; git commit -qm one')
    const commit = await upstream.commit('large', 'HEAD')
    await expect(
      fetchIt(local('large'), { 'expected-commit': commit }, { limits: { packedBytes: 1_000_000 } }),
    ).rejects.toEqual(refused('ARCHIVE_TOO_LARGE', expect.stringContaining('sends more than 1000000 bytes')))
    await upstream.sh('bomb', 'head -c 3000000 /dev/zero > a; git add a; git commit -qm one')
    const bomb = await upstream.commit('bomb', 'HEAD')
    await expect(
      fetchIt(local('bomb'), { 'expected-commit': bomb }, { limits: { treeBytes: 1_000_000 } }),
    ).rejects.toEqual(refused('ARCHIVE_TOO_LARGE', expect.stringContaining('have 3000000 bytes')))
    expect(await readdir(join(temp.path, 'downloads'))).toEqual([])
  })

  it('by a transport that is not allowed here', async () => {
    await expect(
      fetchIt(local(), { tag: 'v2', 'expected-commit': v2 }, { protocols: ['https'] }),
    ).rejects.toEqual(
      refused(
        'SOURCE_NOT_FOUND',
        expect.stringContaining('file is not among the protocols allowed here (https)'),
      ),
    )
  })

  it.each([
    ['ext::sh -c touch% owned', 'white space'],
    ['ext::sh', 'ext:: names a program'],
    ['--upload-pack=touch owned', 'white space'],
    ['--upload-pack=owned', 'begins with a dash'],
    ['ssh://-oProxyCommand=owned/x', 'names no host'],
    ['ssh://-oProxyCommand%3downed@host/x', 'user begins with a dash'],
    ['-oProxyCommand=x:y', 'begins with a dash'],
    ['https://example.org/x\n[alias]', 'control'],
    ['https://example.org/\u001b[2J', 'control'],
    ['ftp://example.org/x', 'git fetches nothing by ftp'],
    ['file:///a/../etc', 'leads upwards'],
    ['file://host/x', 'names no host'],
    ['hello', 'names no scheme'],
    [`https://example.org/${'x'.repeat(3000)}`, 'more than 2048 characters'],
  ])('when its URL is %j', async (repository, why) => {
    await expect(fetchIt(repository, { tag: 'v1', 'expected-commit': v2 })).rejects.toEqual(
      refused('RECIPE_INVALID', expect.stringContaining(why)),
    )
  })

  it.each<[Record<string, string>, string]>([
    [{ tag: 'v1', branch: 'main' }, 'the tag v1 and the branch main'],
    [{ tag: '--upload-pack=x' }, 'git takes for no name'],
    [{ tag: 'a..b' }, 'git takes for no name'],
    [{ branch: 'a\nb' }, 'git takes for no name'],
    [{ branch: 'refs/*' }, 'git takes for no name'],
    [{ 'expected-commit': 'abc' }, 'its expected-commit is "abc"'],
    [{ depth: '0' }, 'its depth is "0"'],
    [{ depth: 'all' }, 'its depth is "all"'],
    [{ 'recurse-submodules': 'yes' }, 'recurse-submodules is "yes"'],
    [{ 'expected-commit-is-branch-tip': 'true' }, 'without a branch'],
    [{ 'cherry-picks': 'main/abc: x' }, '"abc" is no commit'],
    [{ 'cherry-picks': 'f'.repeat(40) }, '[branch/]commit: comment'],
    [{ 'cherry-picks': `--x/${'f'.repeat(40)}: y` }, 'no branch'],
    [{ 'max-retries': '-1' }, 'max-retries is "-1"'],
  ])('with the inputs %j', async (inputs, why) => {
    await expect(fetchIt(local(), inputs)).rejects.toEqual(
      refused('RECIPE_INVALID', expect.stringContaining(why)),
    )
  })
})

describe.skipIf(missing !== undefined)('a hostile repository', () => {
  /** A commit whose tree has one entry. */
  async function commitOf(name: string, entry: string, mode = '100644') {
    const blob = await upstream.sh(name, 'echo owned | git hash-object -w --stdin')
    const tree = await writeRawObject(
      upstream,
      name,
      'tree',
      Buffer.concat([Buffer.from(`${mode} ${entry}\0`), Buffer.from(blob, 'hex')]),
    )
    await upstream.sh(name, `git update-ref refs/heads/main "$(git commit-tree -m one ${tree})"`)
    return upstream.commit(name, 'main')
  }

  it.each([
    ['a .git directory', '.git', '100644', 'hasDotgit'],
    ['a .git that is a link', '.git', '120000', 'hasDotgit'],
    ['.GIT', '.GIT', '100644', 'hasDotgit'],
    ['.git to a Macintosh', '.g\u200cit', '100644', 'hasDotgit'],
    ['a way upwards', '..', '100644', 'hasDotdot'],
    ['a path for a name', '../x', '100644', 'fullPathname'],
    ['a .gitmodules that is a link', '.gitmodules', '120000', 'gitmodulesSymlink'],
  ])('with %s is refused', async (_, entry, mode, words) => {
    const name = `hostile-${Buffer.from(entry + mode).toString('hex')}`
    const commit = await commitOf(name, entry, mode)
    await expect(fetchIt(local(name), { branch: 'main', 'expected-commit': commit })).rejects.toEqual(
      refused('GIT_HOSTILE', expect.stringContaining(words)),
    )
    expect(await readdir(join(temp.path, 'downloads'))).toEqual([])
  })

  it.each([
    ['ext::sh -c "touch owned"', /GIT_HOSTILE|white space/],
    ['--upload-pack=owned', /begins with a dash|gitmodulesUrl/],
    ['../../../../x', /above its host|gitmodulesUrl/],
    ['https://x\u0001/y', /cannot be read|control/],
  ])('with a submodule at %j is refused', async (url, why) => {
    const name = `module-${Buffer.from(url).toString('hex').slice(0, 20)}`
    await upstream.sh(
      name,
      `echo x > f; git add f; git commit -qm x; git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),lib`,
    )
    await writeFile(
      join(upstream.root, name, '.gitmodules'),
      `[submodule "lib"]\n\tpath = lib\n\turl = ${JSON.stringify(url)}\n`,
    )
    await upstream.sh(name, 'git add .gitmodules; git commit -qm modules')
    const inputs = { 'expected-commit': await upstream.commit(name, 'HEAD'), 'recurse-submodules': 'true' }
    const server = await serve()
    await expect(fetchIt(`${server.url}/${name}/.git`, inputs)).rejects.toEqual(
      refused('GIT_HOSTILE', expect.stringMatching(why)),
    )
  })

  it('runs no hook and reads no configuration of the user', async () => {
    await writeFile(join(temp.path, '.gitconfig'), '[url "http://127.0.0.1:1/"]\n\tinsteadOf = file:///\n')
    const environment = { HOME: temp.path, GIT_CONFIG_GLOBAL: join(temp.path, '.gitconfig') }
    expect(await fetchIt(local(), { tag: 'v2', 'expected-commit': v2 }, { environment })).toMatchObject({
      from: local(),
    })
  })
})

describe.skipIf(missing !== undefined)('the submodules of a git source', () => {
  let outer = ''
  beforeAll(async () => {
    await upstream.sh(
      'inner',
      'echo i > i; git add i; git commit -qm inner; echo j > i; git commit -qam later',
    )
    const old = await upstream.commit('inner', 'HEAD^')
    await upstream.sh('middle', 'echo m > m; git add m; git commit -qm middle')
    await writeFile(
      join(upstream.root, 'middle/.gitmodules'),
      '[submodule "in.ner"]\n\tpath = deep/inner\n\turl = ../inner\n[submodule "none"]\n\tpath = none\n\turl = ../none\n\tupdate = none\n',
    )
    await upstream.sh(
      'middle',
      `git update-index --add --cacheinfo 160000,${old},deep/inner --cacheinfo 160000,${old},none; git add .gitmodules; git commit -qm modules`,
    )
    await upstream.sh('outer', 'mkdir one; echo o > one/o; git add .; git commit -qm outer')
    await writeFile(
      join(upstream.root, 'outer/.gitmodules'),
      '[submodule "lib"]\n\tpath = lib\n\turl = ../middle\n',
    )
    await upstream.sh(
      'outer',
      `git update-index --add --cacheinfo 160000,${await upstream.commit('middle', 'HEAD')},lib; git add .gitmodules; git commit -qm modules`,
    )
    outer = await upstream.commit('outer', 'HEAD')
  })

  it('are those that trees record, relative URLs resolved, each with its history or one commit', async () => {
    const inputs = { branch: 'main', 'expected-commit': outer, 'recurse-submodules': 'true' }
    const whole = await opened((await fetchIt(local('outer'), inputs)).digest)
    const modules = await readdir(join(whole.directory, 'modules'))
    const counts = async (where: typeof whole) => {
      const found = []
      for (const name of modules) found.push(await where.git('rev-list --count HEAD', `modules/${name}`))
      return found.sort()
    }
    expect(modules).toHaveLength(2)
    expect(await counts(whole)).toEqual(['1', '2'])
    const shallow = await opened(
      (await fetchIt(local('outer'), { ...inputs, 'shallow-submodules': 'true' })).digest,
    )
    expect(await counts(shallow)).toEqual(['1', '1'])
    const without = await opened(
      (await fetchIt(local('outer'), { ...inputs, 'recurse-submodules': 'false' })).digest,
    )
    expect(await readdir(join(without.directory, 'modules'))).toEqual([])
  })

  it('come from a server that gives only what names name', async () => {
    const dumb = await serve('dumb')
    for (const name of ['outer', 'middle', 'inner'])
      await upstream.sh(name, 'git repack -adq; git update-server-info; cp -r .git/. .')
    const inputs = { branch: 'main', 'expected-commit': outer, 'recurse-submodules': 'true' }
    expect(await fetchIt(`${dumb.url}/outer`, inputs)).toMatchObject({ from: `${dumb.url}/outer` })
  })

  it('are counted', async () => {
    const inputs = { branch: 'main', 'expected-commit': outer, 'recurse-submodules': 'true' }
    await expect(fetchIt(local('outer'), inputs, { limits: { submodules: 1 } })).rejects.toEqual(
      refused('ARCHIVE_TOO_LARGE', expect.stringContaining('more than 1 submodules')),
    )
  })
})

describe.skipIf(missing !== undefined)('git on its way', () => {
  it('begins again after what may pass, with longer and longer pauses, and gives up', async () => {
    const server = await serve()
    let failures = 2
    server.interfere = (request, response) => {
      // Whether the host is there is asked by a version of HTTP client that is no git.
      if (!String(request.headers['user-agent']).startsWith('git') || failures-- <= 0) return false
      response.writeHead(503).end()
      return true
    }
    const pauses: number[] = []
    const inputs = {
      tag: 'v2',
      'expected-commit': v2,
      'initial-backoff': '3',
      'max-backoff': '5',
      'max-retries': '3',
    }
    expect(await fetchIt(`${server.url}/hello/.git`, inputs, { pauses })).toMatchObject({
      sizeBytes: expect.any(Number),
    })
    expect(pauses).toEqual([3000, 5000])
    failures = 99
    await expect(fetchIt(`${server.url}/hello/.git`, { ...inputs, depth: '2' })).rejects.toEqual(
      refused('SOURCE_NOT_FOUND', expect.stringContaining('503')),
    )
  })

  it('starts cleanly after a transfer that broke off, or was stopped', async () => {
    await upstream.sh('large', 'head -c 3000000 /dev/urandom > b; git add b; git commit -qm two')
    const inputs = { 'expected-commit': await upstream.commit('large', 'HEAD') }
    const server = await serve()
    const posts = () => server.requests.filter(({ line }) => line.startsWith('POST')).length
    server.interfere = ({ method }, response) => {
      if (method !== 'POST' || posts() !== 2) return false
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' })
      response.write('0008NAK\n')
      setTimeout(() => response.destroy(), 20)
      return true
    }
    expect(await fetchIt(`${server.url}/large/.git`, inputs)).toMatchObject({
      from: `${server.url}/large/.git`,
    })
    expect(posts()).toBeGreaterThan(3)

    const stop = new AbortController()
    server.interfere = () => {
      setTimeout(() => stop.abort(), 50)
      return true
    }
    await expect(
      fetchIt(`${server.url}/large/.git`, { ...inputs, depth: '2' }, { signal: stop.signal }),
    ).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(await readdir(join(temp.path, 'downloads'))).toEqual([])
  })

  it('tells a user and password to their host alone, and to nobody who looks at arguments or messages', async () => {
    const server = await serve()
    server.interfere = (request, response) => {
      if (request.headers.authorization !== undefined) return false
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
      return true
    }
    const told: string[] = []
    const exec: Exec = (command, options) => {
      told.push([command.program, ...command.args, ...Object.values(command.env ?? {})].join(' '))
      return runCommand(command, options)
    }
    const url = `${server.url.replace('//', '//me:pa%2Fss@')}/hello/.git`
    const { from } = await fetchIt(url, { tag: 'v2', 'expected-commit': v2 }, { exec })
    expect(
      server.requests.some(
        ({ authorization }) => authorization === `Basic ${Buffer.from('me:pa/ss').toString('base64')}`,
      ),
    ).toBe(true)
    const error = await fetchIt(url, { tag: 'v9', 'expected-commit': v2 }, { exec }).catch((one) => one)
    expect(JSON.stringify([told, from, error, events])).not.toMatch(/pa%2Fss|pa\/ss/)
    expect(await readdir(temp.path)).not.toContain('git-credentials')
  })

  it('shows a secret to the host that it is for, follows it nowhere else, and keeps none of it', async () => {
    const [server, elsewhere] = [await serve(), await serve()]
    server.interfere = (request, response) => {
      if (request.headers.authorization === SECRET) return false
      response.writeHead(401, { 'www-authenticate': 'Bearer' }).end()
      return true
    }
    const credentialsFor = (url: URL) =>
      url.host === new URL(server.url).host ? { authorization: SECRET } : {}
    const told: string[] = []
    const exec: Exec = (command, options) => {
      told.push([command.program, ...command.args, ...Object.values(command.env ?? {})].join(' '))
      return runCommand(command, options)
    }
    const inputs = { tag: 'v2', 'expected-commit': v2 }
    const { digest, from } = await fetchIt(`${server.url}/hello/.git`, inputs, { exec, credentialsFor })
    const { directory } = await opened(digest)
    await fetchIt(`${elsewhere.url}/hello/.git`, { ...inputs, depth: '2' }, { credentialsFor })
    expect(elsewhere.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([])

    server.interfere = (request, response) => {
      response.writeHead(302, { location: `${elsewhere.url}${request.url}` }).end()
      return true
    }
    const error = await fetchIt(
      `${server.url}/hello/.git`,
      { ...inputs, depth: '-1' },
      { credentialsFor },
    ).catch((one) => one)
    expect(error).toMatchObject({ code: expect.stringMatching(/SOURCE/) })
    expect(elsewhere.requests.filter(({ authorization }) => authorization !== undefined)).toEqual([])

    expect(JSON.stringify([told, from, error, events])).not.toContain('letmein')
    const found = await runCommand({ program: 'grep', args: ['-rl', 'letmein', temp.path, directory] })
    expect(found.stdout).toBe('')
  })

  it('does not wait for a host that was not there a moment ago', async () => {
    const hosts = openHostMemory(fixedClock(0))
    const f = { ...services({}), hosts }
    const source = {
      repository: 'http://127.0.0.1:1/x.git',
      inputs: { tag: 'v1', 'expected-commit': v2 },
      name: 'x',
      at: AT,
    }
    const asked = () => fetchGitSource(f, source, new AbortController().signal)
    await expect(asked()).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' })
    await expect(asked()).rejects.toMatchObject({ why: expect.stringContaining('(a short while ago)') })
  })

  it('says which files are pointers of Git LFS', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n'
    await mkdir(join(upstream.root, 'lfs'))
    await writeFile(join(upstream.root, 'lfs/big.bin'), pointer)
    await upstream.sh(
      'lfs',
      `echo "${pointer.split('\n')[0]}" > no-pointer.long; head -c 2000 /dev/zero >> no-pointer.long; git add .; git commit -qm x`,
    )
    const { digest } = await fetchIt(local('lfs'), {
      'expected-commit': await upstream.commit('lfs', 'HEAD'),
    })
    const { directory } = await opened(digest)
    expect(await readFile(join(directory, 'lfs-pointers'), 'utf8')).toBe('big.bin\n')
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'notice.raised', text: expect.stringContaining('big.bin') }),
    )
  })

  it('refuses other files under a name that it knows: two trees with one SHA-1', async () => {
    await mkdir(join(temp.path, 'sources/git-trees'), { recursive: true })
    await writeFile(join(temp.path, 'sources/git-trees', v2), `sha256:${'0'.repeat(64)}`)
    await expect(fetchIt(local(), { tag: 'v2', 'expected-commit': v2 })).rejects.toEqual(
      refused('SOURCE_DIGEST_MISMATCH', expect.stringContaining('two trees with one SHA-1')),
    )
  })
})
