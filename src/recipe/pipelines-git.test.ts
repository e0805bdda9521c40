// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { gitServices, mountGitSources } from '../../test/support/git-sources.ts'
import { type GitUpstream, openGitUpstream } from '../../test/support/git-upstream.ts'
import { expand, main, onMachine, openWorkbench, type Workbench } from '../../test/support/run-pipeline.ts'
import { makeTempDirectory, type TempDirectory } from '../base/index.ts'

const missing = onMachine('git')
const why = missing === undefined ? '' : ` (skipped: ${missing})`

let shared: TempDirectory
let upstream: GitUpstream
let url = ''
beforeAll(async () => {
  shared = await makeTempDirectory(tmpdir(), 'millrace-git-upstream')
  upstream = openGitUpstream(shared.path)
  url = `file://${shared.path}/hello`
  if (missing !== undefined) return
  await upstream.sh(
    'hello',
    `echo 1 > a; git add a; git commit -qm one; git tag v1; git branch v2
     echo 2 > a; git commit -qam two; git tag -am annotated v2
     git checkout -q -b fixes; echo fix > b; git add b; git commit -qm fix; git checkout -q main
     echo 3 > a; git commit -qam three`,
  )
})
afterAll(() => shared[Symbol.asyncDispose]())

let bench: Workbench
beforeEach(async () => {
  bench = await openWorkbench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const commitOf = (revision: string, name = 'hello') => upstream.commit(name, revision)

/** Runs a recipe of one git-checkout, whose sources are fetched as a build's are. */
async function checkOut(inputs: Readonly<Record<string, string>>) {
  const yaml = main('git-checkout', { repository: url, ...inputs })
  const f = await gitServices(join(bench.cache, 'data'))
  await mountGitSources(f, expand(yaml).sources, bench.cache)
  return bench.run(yaml)
}

/** Every file below a directory with its digest, by which two are compared. */
const bytesOf = async (directory: string) =>
  (await bench.sh(`cd '${directory}' && find . -type f -print0 | sort -z | xargs -0 sha256sum`)).stdout

describe.skipIf(missing !== undefined)(`git-checkout${why}`, () => {
  it('takes the tag, even when a branch has its name, into a directory that has files', async () => {
    await bench.write('own.patch', 'mine')
    await bench.write('a', 'in the way')
    expect(await checkOut({ tag: 'v2', 'expected-commit': await commitOf('v2^{commit}') })).toMatchObject({
      code: 0,
    })
    expect(await bench.read('a')).toBe('2\n')
    expect(await bench.read('own.patch')).toBe('mine')
    expect((await bench.sh('git describe; git remote get-url origin; git status --short')).stdout).toBe(
      `v2\n${url}\n?? own.patch\n`,
    )
    const object = await checkOut({ tag: 'v2', 'expected-commit': await commitOf('v2'), destination: 'x' })
    expect(object).toMatchObject({ code: 0 })
    expect((await bench.sh('git -C x rev-parse HEAD')).stdout.trim()).toBe(await commitOf('v2^{commit}'))
  })

  it('is on the branch, which follows upstream’s, at an older commit with its whole history', async () => {
    const inputs = {
      branch: 'main',
      'expected-commit': await commitOf('v2^{commit}'),
      destination: 'in here',
    }
    expect(await checkOut(inputs)).toMatchObject({ code: 0 })
    expect(await bench.read('in here/a')).toBe('2\n')
    const said = await bench.sh(
      'cd "in here"; git rev-parse --abbrev-ref HEAD @{upstream}; git rev-list --count HEAD; git describe; git status -sb',
    )
    expect(said.stdout).toBe('main\norigin/main\n2\nv2\n## main...origin/main\n')
  })

  it('leaves a repository of the same bytes wherever and whenever it is made', async () => {
    const inputs = {
      branch: 'main',
      'expected-commit': await commitOf('main'),
      'cherry-picks': `fixes/${await commitOf('fixes')}: a fix`,
    }
    expect(await checkOut({ ...inputs, destination: 'one' })).toMatchObject({ code: 0 })
    const first = await bytesOf('one')
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(await checkOut({ ...inputs, destination: 'two/deep' })).toMatchObject({ code: 0 })
    expect(await bytesOf('two/deep')).toBe(first)
    expect(first).toContain('./.git/index')
    expect(first).not.toContain('/logs/')
    expect(
      (await bench.sh('stat -c %Y one/a; git -C one status --short; git -C one fsck --strict --no-dangling'))
        .stdout,
    ).toBe('1700000000\n')
  })

  it.for<[string, Record<string, string>, string]>([
    ['both branch and tag', { branch: 'main', tag: 'v1' }, 'exclude each other'],
    [
      'what was not fetched',
      { tag: 'v1', 'expected-commit': 'f'.repeat(40) },
      'not among the verified sources',
    ],
  ])('refuses %s', async ([, inputs, message]) => {
    expect(await bench.run(main('git-checkout', { repository: url, ...inputs }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    })
  })

  it('refuses a source that is another commit than the recipe expects', async () => {
    const expected = 'f'.repeat(40)
    const inputs = { tag: 'v1', 'expected-commit': expected }
    await checkOut({ tag: 'v1', 'expected-commit': await commitOf('v1') })
    const place = (commit: string) =>
      createHash('sha256')
        .update([url, '', 'v1', commit, 'false', 'unset', 'false', 'false', ''].join('\n'))
        .digest('hex')
    await bench.sh(
      `mv '${bench.cache}/git/${place(await commitOf('v1'))}' '${bench.cache}/git/${place(expected)}'`,
    )
    expect(await bench.run(main('git-checkout', { repository: url, ...inputs }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`v1 is commit ${await commitOf('v1')}, expected ${expected}`),
    })
  })

  it('applies cherry-picks, comments and quotes in them, to the same commit each time', async () => {
    const picks = `# first\nfixes/${await commitOf('fixes')}: it's a "fix" #12\n\n`
    const inputs = { tag: 'v1', 'expected-commit': await commitOf('v1'), 'cherry-picks': picks }
    expect(await checkOut({ ...inputs, destination: 'x' })).toMatchObject({ code: 0 })
    expect(await bench.read('x/b')).toBe('fix\n')
    expect(await checkOut({ ...inputs, destination: 'y' })).toMatchObject({ code: 0 })
    const { stdout } = await bench.sh(
      'git -C x rev-parse HEAD; git -C y rev-parse HEAD; git -C x log -1 --format="%cn %ct %an"',
    )
    const [first, second, who] = stdout.split('\n')
    expect(second).toBe(first)
    expect(who).toBe('Millrace 1700000000 Ann')
  })

  it('says which cherry-pick does not apply, and where', async () => {
    const pick = await commitOf('main')
    const inputs = {
      tag: 'v1',
      'expected-commit': await commitOf('v1'),
      'cherry-picks': `main/${pick}: three`,
    }
    expect(await checkOut(inputs)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        `error: the cherry-pick main/${pick}: three does not apply on ${await commitOf('v1')}: conflicts in a`,
      ),
    })
  })

  it('checks out only the directories asked for, and says so to git', async () => {
    await upstream.sh(
      'sparse',
      'mkdir -p one/x two; echo 1 > one/x/f; echo 2 > two/f; echo 3 > top; git add .; git commit -qm all',
    )
    const inputs = {
      repository: `file://${shared.path}/sparse`,
      'expected-commit': await commitOf('main', 'sparse'),
    }
    expect(await checkOut({ ...inputs, 'sparse-paths': 'one\n' })).toMatchObject({ code: 0 })
    expect((await bench.tree('.')).filter((path) => !path.startsWith('.git'))).toEqual(['one/x/f', 'top'])
    expect((await bench.sh('git status --short; git sparse-checkout list')).stdout).toBe('one\n')
  })

  it('checks submodules out, those of submodules too, as git would', async () => {
    await upstream.sh('inner', 'echo i > i; git add i; git commit -qm inner')
    await upstream.sh('middle', 'echo m > m; git add m; git commit -qm middle')
    await writeFile(
      join(shared.path, 'middle/.gitmodules'),
      '[submodule "in.ner"]\n\tpath = deep/inner\n\turl = ../inner\n[submodule "none"]\n\tpath = none\n\turl = ../gone\n\tupdate = none\n',
    )
    const inner = await commitOf('HEAD', 'inner')
    await upstream.sh(
      'middle',
      `git update-index --add --cacheinfo 160000,${inner},deep/inner --cacheinfo 160000,${inner},none; git add .gitmodules; git commit -qm modules`,
    )
    await upstream.sh('outer', 'echo o > o; git add o; git commit -qm outer')
    await writeFile(
      join(shared.path, 'outer/.gitmodules'),
      '[submodule "lib"]\n\tpath = lib\n\turl = ../middle\n',
    )
    await upstream.sh(
      'outer',
      `git update-index --add --cacheinfo 160000,${await commitOf('HEAD', 'middle')},lib; git add .gitmodules; git commit -qm modules`,
    )
    const inputs = {
      ...{
        repository: `file://${shared.path}/outer`,
        branch: 'main',
        'expected-commit': await commitOf('HEAD', 'outer'),
      },
      ...{ 'recurse-submodules': 'true', destination: 'x' },
    }
    expect(await checkOut(inputs)).toMatchObject({ code: 0 })
    const first = await bytesOf('x')
    expect(await bench.read('x/lib/deep/inner/i')).toBe('i\n')
    const said = await bench.sh(
      'cd x; git submodule status --recursive; git status --short; git -C lib remote get-url origin; cat lib/.git',
    )
    const lines = said.stdout.split('\n').map((line) => line.replace(/[0-9a-f]{40}/, 'COMMIT'))
    expect(lines).toEqual([
      ...[' COMMIT lib (heads/main)', ' COMMIT lib/deep/inner (heads/main)'].map((line) =>
        expect.stringContaining(line.split(' (')[0] ?? ''),
      ),
      ...['-COMMIT lib/none', `file://${shared.path}/middle`, 'gitdir: ../.git/modules/lib', ''],
    ])
    await rm(join(bench.workspace, 'x'), { recursive: true })
    await mkdir(join(bench.workspace, 'x'))
    expect(await checkOut(inputs)).toMatchObject({ code: 0 })
    expect(await bytesOf('x')).toBe(first)
  })

  it('warns of files that are pointers of Git LFS', async () => {
    await mkdir(join(shared.path, 'lfs'))
    await writeFile(
      join(shared.path, 'lfs/big.bin'),
      'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
    )
    await upstream.sh('lfs', 'git add .; git commit -qm x')
    const inputs = {
      repository: `file://${shared.path}/lfs`,
      'expected-commit': await commitOf('HEAD', 'lfs'),
    }
    const yaml = main('git-checkout', { ...inputs, 'cherry-picks': '' })
    const [step] = expand(yaml).packages[0]?.steps ?? []
    const { sources } = expand(yaml)
    await mountGitSources(await gitServices(join(bench.cache, 'data')), sources, bench.cache)
    const script = `${step?.steps[0]?.script}`.replaceAll('/var/cache/melange', bench.cache)
    expect((await bench.sh(script)).stderr).toContain(
      'warning: 1 of its files are pointers of Git LFS, and not the files themselves: big.bin',
    )
  })

  it('takes one repository twice in one recipe', async () => {
    const one = { tag: 'v1', 'expected-commit': await commitOf('v1'), destination: 'one' }
    const two = { tag: 'v2', 'expected-commit': await commitOf('v2^{commit}'), destination: 'two' }
    const both =
      main('git-checkout', { repository: url, ...one }) +
      main('git-checkout', { repository: url, ...two }).replace('pipeline:\n', '')
    await mountGitSources(await gitServices(join(bench.cache, 'data')), expand(both).sources, bench.cache)
    expect(await bench.run(both)).toMatchObject({ code: 0 })
    expect([await bench.read('one/a'), await bench.read('two/a')]).toEqual(['1\n', '2\n'])
  })
})

describe.skipIf(missing !== undefined)(`git-am${why}`, () => {
  it('applies a list of patches as commits, the same each time', async () => {
    await upstream.sh(
      'series',
      'echo 1 > a; git add a; git commit -qm one; echo 2 > a; git commit -qam two; echo 3 > "b c"; git add .; git commit -qm three',
    )
    await upstream.sh('series', `git format-patch -q -o '${bench.workspace}' HEAD~2`)
    const inputs = {
      repository: `file://${shared.path}/series`,
      branch: 'main',
      'expected-commit': await commitOf('HEAD~2', 'series'),
    }
    const heads = []
    for (const name of ['x', 'y']) {
      expect(await checkOut({ ...inputs, destination: name })).toMatchObject({ code: 0 })
      const yaml = `pipeline:\n  - working-directory: ${name}\n    pipeline:\n      - uses: git-am\n        with:\n          patches: |\n            ../0001-two.patch \\\n            ../0002-three.patch\n`
      expect(await bench.run(yaml)).toMatchObject({ code: 0 })
      heads.push(
        (await bench.sh(`git -C ${name} rev-parse HEAD; git -C ${name} log --format=%an:%s -2`)).stdout,
      )
    }
    expect(heads[1]).toBe(heads[0])
    expect(heads[0]).toMatch(/^[0-9a-f]{40}\nAnn:three\nAnn:two\n$/)
  })

  it.each([
    ['a.patch;id', "has characters of the shell's in it"],
    ['$(touch owned)', "has characters of the shell's in it"],
    ['--directory=/etc', 'begins with a dash'],
    ['gone.patch', 'there is no file gone.patch'],
    [' \n', 'give patches'],
  ])('refuses the patches %j', async (patches, message) => {
    expect(await bench.run(main('git-am', { patches }))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(message),
    })
    expect(await bench.tree('.')).toEqual([])
  })
})
