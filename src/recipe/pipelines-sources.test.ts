// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { main, onMachine, openWorkbench, type Workbench } from '../../test/support/run-pipeline.ts'
import { sourceMount } from './index.ts'

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench[Symbol.asyncDispose]())

describe('fetch', () => {
  const sha = (kind: string, bytes: Buffer) => createHash(kind).update(bytes).digest('hex')

  async function source(): Promise<Buffer> {
    await bench.write('made/hello-1.0/a b', 'inside\n')
    await bench.write('made/hello-1.0/deep/c', '')
    await bench.sh('tar -C made -czf made.tar.gz hello-1.0; rm -r made')
    const bytes = await readFile(join(bench.workspace, 'made.tar.gz'))
    await bench.sh('rm made.tar.gz')
    return bytes
  }
  const mount = (name: string, bytes: Buffer) => writeFile(join(bench.cache, name), bytes)
  const URI = 'https://example.org/files/hello-1.0.tar.gz'

  it('takes the source that stands in the sandbox by its digest, and unpacks it', async () => {
    const bytes = await source()
    await mount(`sha256:${sha('sha256', bytes)}`, bytes)
    expect(
      await bench.run(main('fetch', { uri: URI, 'expected-sha256': sha('sha256', bytes) })),
    ).toMatchObject({ code: 0 })
    expect(await bench.tree('.')).toEqual(['a b', 'deep/c', 'hello-1.0.tar.gz'])
  })

  it('knows sha512 too, other directories, and when not to unpack', async () => {
    const bytes = await source()
    const digest = sha('sha512', bytes)
    await mount(`sha512:${digest}`, bytes)
    const inputs = {
      uri: URI,
      'expected-sha512': digest,
      directory: 'sub dir/x',
      'strip-components': '0',
      delete: 'true',
    }
    expect(await bench.run(main('fetch', inputs))).toMatchObject({ code: 0 })
    expect(await bench.tree('.')).toEqual(['sub dir/x/hello-1.0/a b', 'sub dir/x/hello-1.0/deep/c'])
    await bench.run(main('fetch', { uri: `${URI}?raw=1`, 'expected-sha512': digest, extract: 'false' }))
    expect(await bench.tree('.')).toContain('hello-1.0.tar.gz?raw=1')
  })

  it('says what is missing, and refuses other bytes', async () => {
    const bytes = await source()
    const digest = sha('sha256', bytes)
    expect(await bench.run(main('fetch', { uri: URI, 'expected-sha256': digest }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`(sha256:${digest}) is not among the verified sources`),
    })
    await mount(`sha256:${digest}`, Buffer.from('other'))
    expect(await bench.run(main('fetch', { uri: URI, 'expected-sha256': digest }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`expected ${digest}`),
    })
    expect(await bench.run(main('fetch', { uri: URI, 'expected-none': 'yes' }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('neither expected-sha256 nor expected-sha512'),
    })
  })
})

describe('patch', () => {
  const PATCH = '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-one\n+two\n'

  it('applies a list, a series with comments, and at another depth', async () => {
    await bench.write('x', 'one\n')
    await bench.write('1.patch', PATCH)
    await bench.write(
      '2.patch',
      PATCH.replaceAll('one', 'three')
        .replaceAll('two', 'four')
        .replaceAll(/[ab]\/x/g, 'q/r/x')
        .replace('-three', '-two'),
    )
    expect(await bench.run(main('patch', { patches: '1.patch \\\n' }))).toMatchObject({ code: 0 })
    expect(await bench.read('x')).toBe('two\n')
    await bench.write('series', '# first\n\n2.patch -p2 # of quilt\n')
    expect(await bench.run(main('patch', { series: 'series', 'strip-components': '2' }))).toMatchObject({
      code: 0,
    })
    expect(await bench.read('x')).toBe('four\n')
  })

  it.each([
    [{}, 'give patches or series'],
    [{ patches: 'a.patch' }, 'there is no file a.patch'],
    [{ series: 'series' }, 'there is no series file series'],
    [{ patches: "x';id" }, "the name x';id has characters of the shell's in it"],
    [{ patches: '$(touch owned)' }, "has characters of the shell's"],
    [{ patches: 'a.patch', fuzz: '2;id' }, 'whole numbers'],
  ])('refuses %j', async (inputs, message) => {
    expect(await bench.run(main('patch', inputs))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    })
    expect(await bench.tree('.')).toEqual([])
  })

  it('fails when a patch does not fit', async () => {
    await bench.write('x', 'nothing of the kind\n')
    await bench.write('1.patch', PATCH)
    expect(await bench.run(main('patch', { patches: '1.patch' }))).toMatchObject({ code: 1 })
  })
})

/** Where a checkout looks for a repository. */
const mirrorOf = (repository: string) =>
  join(
    bench.cache,
    sourceMount({ kind: 'git', repository, tag: '', branch: '', commit: '', inputs: {}, at: undefined }) ??
      '',
  )

describe('git-checkout', () => {
  const URL = 'https://example.org/hello.git'

  async function upstream(url: string, script: string): Promise<void> {
    const mirror = mirrorOf(url)
    await mkdir(dirname(mirror), { recursive: true })
    const made = await bench.sh(
      `set -e; export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_ALLOW_PROTOCOL=file
       git init -q -b main upstream; cd upstream; ${script}; cd ..; git clone -q --mirror upstream '${mirror}'; rm -rf upstream`,
    )
    expect(made).toMatchObject({ code: 0 })
  }
  const THREE_COMMITS = `
    echo 1 > a; git add a; git commit -qm one; git tag v1; git branch v2
    echo 2 > a; git commit -qam two; git tag -am annotated v2
    git checkout -q -b fixes; echo fix > b; git add b; git commit -qm fix; git checkout -q main
    echo 3 > a; git commit -qam three`
  const commitOf = async (revision: string) =>
    (await bench.sh(`git -C '${mirrorOf(URL)}' rev-parse '${revision}'`)).stdout.trim()
  const missing = onMachine('git')

  beforeEach(async () => {
    if (missing === undefined) await upstream(URL, THREE_COMMITS)
  })

  it('takes the tag, even when a branch has its name, into a directory that has files', async ({ skip }) => {
    skip(missing !== undefined, missing)
    await bench.write('own.patch', 'mine')
    const inputs = { repository: URL, tag: 'v2', 'expected-commit': await commitOf('v2^{commit}') }
    expect(await bench.run(main('git-checkout', inputs))).toMatchObject({ code: 0 })
    expect(await bench.read('a')).toBe('2\n')
    expect(await bench.read('own.patch')).toBe('mine')
    expect((await bench.sh('git describe --tags; git remote get-url origin')).stdout).toBe(`v2\n${URL}\n`)
    await bench.sh('rm -rf .git a')
    const object = { ...inputs, 'expected-commit': await commitOf('v2') }
    expect(await bench.run(main('git-checkout', object))).toMatchObject({ code: 0 })
  })

  it('finds an older commit on a branch, unless it must be the tip', async ({ skip }) => {
    skip(missing !== undefined, missing)
    const commit = await commitOf('v1')
    const inputs = { repository: URL, branch: 'main', 'expected-commit': commit, destination: 'in here' }
    expect(await bench.run(main('git-checkout', inputs))).toMatchObject({ code: 0 })
    expect(await bench.read('in here/a')).toBe('1\n')
    await bench.sh('rm -rf "in here"')
    expect(
      await bench.run(main('git-checkout', { ...inputs, 'expected-commit-is-branch-tip': 'true' })),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('the tip of main is'),
    })
  })

  it.for<[string, Record<string, string>, string]>([
    ['a tag that is another commit', { tag: 'v1', 'expected-commit': 'f'.repeat(40) }, 'tag v1 is commit'],
    [
      'a commit that no branch has',
      { branch: 'main', 'expected-commit': 'f'.repeat(40) },
      'not in the history of main',
    ],
    ['both branch and tag', { branch: 'main', tag: 'v1' }, 'exclude each other'],
    [
      'a repository that was not fetched',
      { repository: 'https://example.org/other.git' },
      'not among the verified sources',
    ],
  ])('refuses %s', async ([, inputs, message], { skip }) => {
    skip(missing !== undefined, missing)
    expect(await bench.run(main('git-checkout', { repository: URL, ...inputs }))).toMatchObject({
      code: expect.not.stringMatching('0'),
      stderr: expect.stringContaining(message),
    })
  })

  it('applies cherry-picks, comments and quotes in them', async ({ skip }) => {
    skip(missing !== undefined, missing)
    const pick = await commitOf('fixes')
    const picks = `# first\nfixes/${pick}: it's a "fix" #12\n\n`
    expect(
      await bench.run(main('git-checkout', { repository: URL, tag: 'v1', 'cherry-picks': picks })),
    ).toMatchObject({ code: 0 })
    expect(await bench.read('b')).toBe('fix\n')
    const first = (await bench.sh('git rev-parse HEAD')).stdout
    await bench.sh('rm -rf .git a b')
    await bench.run(main('git-checkout', { repository: URL, tag: 'v1', 'cherry-picks': picks }))
    expect((await bench.sh('git rev-parse HEAD')).stdout).toBe(first)
    expect(
      await bench.run(
        main('git-checkout', { repository: URL, tag: 'v1', 'cherry-picks': pick, destination: 'x' }),
      ),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('a cherry-pick is [branch/]commit: comment'),
    })
  })

  it('takes submodules from their mirrors, and only the directories asked for', async ({ skip }) => {
    skip(missing !== undefined, missing)
    const outer = 'https://example.org/outer.git'
    await upstream(
      outer,
      `git config --global protocol.file.allow always
       mkdir one two; echo > one/f; echo > two/f
       git submodule --quiet add '${mirrorOf(URL)}' lib
       git config --file .gitmodules submodule.lib.url ../hello.git
       git add .; git commit -qm all`,
    )
    const withModules = {
      repository: outer,
      branch: 'main',
      'recurse-submodules': 'true',
      'shallow-submodules': 'true',
      destination: 'x',
    }
    expect(await bench.run(main('git-checkout', withModules))).toMatchObject({ code: 0 })
    expect(await bench.read('x/lib/a')).toBe('3\n')
    const sparse = { repository: outer, branch: 'main', 'sparse-paths': 'one', destination: 'y' }
    expect(await bench.run(main('git-checkout', sparse))).toMatchObject({ code: 0 })
    expect((await bench.tree('y')).filter((path) => !path.startsWith('.git/'))).toEqual([
      '.gitmodules',
      'lib/',
      'one/f',
    ])
  })
})
