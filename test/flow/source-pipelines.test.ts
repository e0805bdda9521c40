// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Digest, digestHex, makeTempDirectory, type TempDirectory } from '../../src/base/index.ts'
import { type BuildOutcome, buildPackages, FIRST, SECOND, type Variation } from '../../src/build/index.ts'
import { comparePackages } from '../../src/check/index.ts'
import { buildKey, type PlannedFile, planBuild } from '../../src/plan/index.ts'
import { fetchGitSources, gitServices } from '../support/git-sources.ts'
import { type GitUpstream, openGitUpstream } from '../support/git-upstream.ts'
import { expand } from '../support/run-pipeline.ts'
import { openTinyMill, type TinyMill, whyNoBuilds } from '../support/tiny-mill.ts'

const PROGRAMS =
  'git patch tar gzip sha512sum sed tr wc head xargs mktemp basename dirname find sort cut uname env'.split(
    ' ',
  )
const SCRIPTS = ['git-submodule', 'git-sh-setup', 'git-sh-i18n', 'git-sh-i18n--envsubst'].map(
  (name) => `/usr/lib/git-core/${name}`,
)
const lacking = [...PROGRAMS.map((name) => `/usr/bin/${name}`), ...SCRIPTS].find((path) => !existsSync(path))
const why = (await whyNoBuilds()) || (lacking === undefined ? '' : ` (skipped: no ${lacking})`)

let temp: TempDirectory
let mill: TinyMill
let upstream: GitUpstream
beforeAll(async () => {
  temp = await makeTempDirectory(tmpdir(), 'millrace-source-flow')
  upstream = openGitUpstream(join(temp.path, 'upstream'))
  mill = await openTinyMill({ programs: PROGRAMS, files: SCRIPTS })
})
afterAll(async () => {
  await mill[Symbol.asyncDispose]()
  await temp[Symbol.asyncDispose]()
})

const never = new AbortController().signal

/** Plans a recipe, fetches its git sources, and builds it. */
async function build(
  yaml: string,
  given: {
    readonly variation?: Variation
    readonly files?: Readonly<Record<string, string>>
    readonly sources?: ReadonlyMap<string, Digest>
  } = {},
): Promise<{ readonly outcome: BuildOutcome; readonly key: string; readonly log: string }> {
  const recipe = expand(yaml)
  const files: PlannedFile[] = []
  for (const [path, text] of Object.entries(given.files ?? {}))
    files.push({ path, digest: (await mill.f.store.putBytes(text)).digest, executable: false })
  const plan = planBuild(
    recipe,
    { namespace: 'tiny', sourceDateEpoch: 1_700_000_000, documentationReaders: {} },
    mill.environment,
    files,
  )
  const f = await gitServices(join(temp.path, 'data'), mill.f.store)
  const sourceFiles = new Map([...(given.sources ?? []), ...(await fetchGitSources(f, recipe.sources))])
  const order = mill.order(plan, { variation: given.variation ?? FIRST, sourceFiles, timeoutMs: 120_000 })
  const outcome = await buildPackages(mill.f, order, never)
  return { outcome, key: buildKey(plan), log: await mill.text(outcome.log) }
}

async function built(yaml: string, given: Parameters<typeof build>[1] = {}) {
  const { outcome, log, key } = await build(yaml, given)
  if (outcome.status !== 'built') throw new Error(log)
  return { packages: outcome.packages, log, key }
}

const step = (uses: string, inputs: Readonly<Record<string, string>>) =>
  `  - uses: ${uses}\n    with:\n${Object.entries(inputs)
    .map(([name, value]) => `      ${name}: ${JSON.stringify(value)}\n`)
    .join('')}`

describe.skipIf(why !== '')(`sources in the sandbox${why}`, () => {
  it('a git-checkout with submodules, a cherry-pick and its own history builds twice to the same bytes, also when upstream is gone', async () => {
    await upstream.sh('lib', 'echo lib > lib.txt; git add .; git commit -qm lib')
    const lib = await upstream.commit('lib', 'HEAD')
    await upstream.sh('app', 'echo 1 > a; git add a; git commit -qm one; git tag -am one v1')
    await writeFile(
      join(upstream.root, 'app/.gitmodules'),
      '[submodule "lib"]\n\tpath = lib\n\turl = ../lib\n',
    )
    await upstream.sh(
      'app',
      `git update-index --add --cacheinfo 160000,${lib},lib; git add .gitmodules; git commit -qm modules; mkdir -p lib
       git checkout -q -b fixes; echo fix > b; git add b; git commit -qm fix; git checkout -q main; echo 2 > a; git commit -qam two`,
    )
    const inputs = {
      ...{ repository: `file://${upstream.root}/app`, branch: 'main', destination: 'source' },
      ...{ 'expected-commit': await upstream.commit('app', 'main'), 'recurse-submodules': 'true' },
      'cherry-picks': `fixes/${await upstream.commit('app', 'fixes')}: a fix`,
    }
    const script = `cd source
      git describe --long
      git submodule status
      test "$(cat a b lib/lib.txt | tr '\\n' ' ')" = '2 fix lib '
      mkdir -p "\${{targets.destdir}}/usr/share"
      cp -a /home/build/source "\${{targets.destdir}}/usr/share/"
      test -z "$(git status --short)"`
    const yaml = `pipeline:\n${step('git-checkout', inputs)}  - runs: |\n      ${script}\n`
    const first = await built(yaml)
    expect(first.log).toMatch(/\nv1-3-g[0-9a-f]+\n [0-9a-f]{40} lib \(/)
    await rm(upstream.root, { recursive: true })
    const second = await built(yaml, { variation: SECOND })
    expect(second.key).toBe(first.key)
    expect(await comparePackages(mill.f, first.packages, second.packages)).toEqual([])
    const files = Object.keys(await mill.filesOf(first.packages[0] as { file: Digest }))
    expect(files).toContain('usr/share/source/.git/index')
    expect(await mill.leftovers()).toEqual([])
  })

  it('patch applies lists and series with their options, and git-am commits', async () => {
    const patchOf = (from: string, to: string, path = 'x') =>
      `--- a/${path}\n+++ b/${path}\n@@ -1,3 +1,3 @@\n top\n-${from}\n+${to}\n end\n`
    const mail = `From 1111111111111111111111111111111111111111 Mon Sep 17 00:00:00 2001\nFrom: Ann <ann@example.org>\nDate: Sun, 13 Sep 2020 12:26:40 +0000\nSubject: [PATCH] four\n\n---\ndiff --git a/x b/x\n${patchOf('three', 'four')}-- \n2.39\n`
    const files = {
      x: 'top\nzero\nend\n',
      '1.patch': patchOf('zero', 'one'),
      '2.patch': patchOf('one', 'two', 'deep/x'),
      '3.patch': patchOf('two', 'three').replace(' top', ' other'),
      '4.patch': mail,
      series: '# in this order\n2.patch -p2   # quilt takes options\n\n',
    }
    const yaml = `pipeline:
${step('patch', { patches: '1.patch \\\n' })}${step('patch', { series: 'series', 'strip-components': '2' })}${step('patch', { patches: '3.patch', fuzz: '1' })}  - runs: |
      export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
      git init -q .; git add x; git commit -qm first
${step('git-am', { patches: '4.patch' })}  - runs: mkdir -p "\${{targets.destdir}}"; cp x "\${{targets.destdir}}/"; git log --format=%s:%an:%ct -1
`
    const { packages, log } = await built(yaml, { files })
    expect(await mill.filesOf(packages[0] as { file: Digest })).toMatchObject({ x: 'top\nfour\nend\n' })
    expect(log).toContain('\nfour:Ann:1700000000\n')
  })

  it.each<[string, string, Record<string, string>, string]>([
    ['a patch that needs more fuzz than is given', 'patch', { patches: 'fuzzy.patch', fuzz: '0' }, 'FAILED'],
    ['a patch whose name is for the shell', 'patch', { patches: "x';id>owned" }, "characters of the shell's"],
    ['a series that names one', 'patch', { series: 'series' }, "characters of the shell's"],
    ['git-am with an option for a patch', 'git-am', { patches: '--quit' }, 'begins with a dash'],
    [
      'a fetch without a digest',
      'fetch',
      { uri: 'https://example.org/x.tar.gz', 'expected-none': 'true' },
      'expected-none',
    ],
  ])('%s fails with a reason', async (_, uses, inputs, message) => {
    const files = {
      x: 'top\nzero\nend\n',
      'fuzzy.patch': '--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n other\n-zero\n+one\n end\n',
      series: '$(touch${IFS}owned)\n',
    }
    const yaml = `pipeline:\n${step(uses, inputs)}`
    const recipe = expand(yaml)
    expect(recipe.sources.every(({ kind }) => kind === 'fetch')).toBe(true)
    const plan = planBuild(
      { ...recipe, sources: [] },
      { namespace: 'tiny', sourceDateEpoch: 1, documentationReaders: {} },
      mill.environment,
      [],
    )
    const planned: PlannedFile[] = []
    for (const [path, text] of Object.entries(files))
      planned.push({ path, digest: (await mill.f.store.putBytes(text)).digest, executable: false })
    const outcome = await buildPackages(mill.f, mill.order({ ...plan, files: planned }), never)
    expect(outcome.status).toBe('failed')
    expect(await mill.text(outcome.log)).toContain(message)
  })

  it('a fetch is checked by every digest that it names', async () => {
    const { digest } = await mill.f.store.putBytes('the source')
    const sha512 = createHash('sha512').update('the source').digest('hex')
    const place = `sha256:${digestHex(digest)}`
    const yaml = (wrong: string) =>
      `pipeline:\n${step('fetch', { uri: 'https://example.org/x', extract: 'false', 'expected-sha256': digestHex(digest), 'expected-sha512': wrong || sha512 })}  - runs: mkdir -p "\${{targets.destdir}}"; cp x "\${{targets.destdir}}/"\n`
    const sources = new Map([[place, digest]])
    const { packages } = await built(yaml(''), { sources })
    expect(await mill.filesOf(packages[0] as { file: Digest })).toMatchObject({ x: 'the source' })
    const { outcome, log } = await build(yaml('0'.repeat(128)), { sources })
    expect(outcome.status).toBe('failed')
    expect(log).toContain(`has the sha512sum ${sha512}, expected ${'0'.repeat(128)}`)
  })
})
