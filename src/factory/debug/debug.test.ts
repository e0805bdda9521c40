// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { PIPELINES } from '../../../test/support/run-pipeline.ts'
import {
  openTinyMill,
  type TinyMill,
  tinyOutput,
  tinyPlan,
  whyNoBuilds,
} from '../../../test/support/tiny-mill.ts'
import { digestHex, runCommand } from '../../base/index.ts'
import {
  type BuildOrder,
  type BuildOutcome,
  buildPackages,
  type FailedBuildsSetting,
  type KeptSnapshot,
  listSnapshots,
} from '../../build/index.ts'
import { testPackages } from '../../check/index.ts'
import { openPipelines } from '../../corpus/index.ts'
import { type BuildPlan, buildKey, planBuild } from '../../plan/index.ts'
import { sourceMount } from '../../recipe/index.ts'
import { lockData } from '../../store/index.ts'
import { type DistroRecipe, readRecipe } from '../distro.ts'
import { findSnapshot } from './find-snapshot.ts'
import { savePatch } from './save-patch.ts'
import { openSession } from './session.ts'
import { buildTrails, formatTrail } from './trails.ts'

const reason = await whyNoBuilds()
if (reason !== '') console.warn(`tests of failed builds${reason}`)

const never = new AbortController().signal
const FACTS = { namespace: 'tiny', sourceDateEpoch: 1_700_000_000, documentationReaders: {} }
const NOW = Date.UTC(2026, 8, 1)

let mill: TinyMill
let root = ''
let kept: FailedBuildsSetting

beforeAll(async () => {
  if (reason !== '') return
  mill = await openTinyMill({ programs: ['tar', 'gzip', 'patch', 'sed', 'tr', 'grep'] })
  root = await mkdtemp(join(tmpdir(), 'millrace-debug-'))
})
beforeEach(async () => {
  if (reason !== '') return
  kept = {
    directory: join(mill.f.sandboxDirectory, '..', `failed-${Math.random()}`),
    ...{ maxCount: 10, maxBytes: 1e9 },
  }
})
afterAll(async () => {
  await mill?.[Symbol.asyncDispose]()
  await rm(root, { recursive: true, force: true })
})

const f = () => ({ ...mill.f, failedBuilds: kept })

async function failed(order: BuildOrder): Promise<Extract<BuildOutcome, { status: 'failed' }>> {
  const outcome = await buildPackages(f(), order, never)
  if (outcome.status === 'built') throw new Error('it was built')
  expect(await mill.leftovers()).toEqual([])
  return outcome
}

async function open(snapshot: KeptSnapshot, fresh = false) {
  const own = { ...mill.f, sandboxDirectory: snapshot.directory }
  return openSession(own, snapshot, { fresh, terminal: null, now: NOW }, never)
}

/** What a command says in a failed build, and its exit code. */
async function say(snapshot: KeptSnapshot, command: string, fresh = false): Promise<string> {
  await using session = await open(snapshot, fresh)
  const lines: string[] = []
  const outcome = await session.enter(command, (line) => lines.push(line), never)
  return [...lines, outcome.status === 'exited' ? outcome.code : outcome.status].join('\n')
}

async function only(): Promise<KeptSnapshot> {
  const [one, ...more] = await listSnapshots(kept.directory)
  if (one === undefined || more.length > 0) throw new Error(`${more.length + 1} snapshots`)
  return one
}

/** A recipe whose third step fails, its source in the store. */
async function aRecipe(): Promise<{ readonly path: string; readonly source: string }> {
  const directory = await mkdtemp(join(root, 'recipe-'))
  const tree = join(directory, 'tool-1.0')
  await mkdir(join(tree, 'lib'), { recursive: true })
  await writeFile(
    join(tree, 'tool.sh'),
    'version=OLD\n#\n#\n#\n#\nrun() {\n  ech "tool $version"\n}\n. ./lib/part.sh\nrun\n',
  )
  await writeFile(join(tree, 'lib/part.sh'), '# part\n')
  await writeFile(join(tree, 'unused.txt'), 'nobody needs it\n')
  const archive = join(directory, 'tool-1.0.tar.gz')
  await runCommand({ program: 'tar', args: ['-czf', archive, '-C', directory, 'tool-1.0'] })
  const { digest } = await mill.f.store.putBytes(await readFile(archive))
  const path = join(directory, 'tool.yaml')
  await writeFile(
    path,
    `# A recipe that somebody wrote by hand.
package:
  name: tool
  version: "1.0"
  epoch: 3
  description: a tool # of sorts
  copyright:
    - license: MIT

pipeline:
  # The release.
  - uses: fetch
    with:
      uri: https://example.org/tool-1.0.tar.gz
      expected-sha256: ${digestHex(digest)}

  - runs: sed -i 's/OLD/1.0/' tool.sh # an earlier step changes a source

  - name: make
    runs: |
      mkdir -p out
      echo built > out/product
      sh ./tool.sh > out/said

  - runs: |
      mkdir -p \${{targets.destdir}}/usr/share
      cp out/said \${{targets.destdir}}/usr/share/said
`,
  )
  return { path, source: digest }
}

async function orderOf(path: string, source: string): Promise<{ order: BuildOrder; recipe: DistroRecipe }> {
  const recipe = await readRecipe(path, 'x86_64', openPipelines(PIPELINES))
  const beside = await readdir(recipe.filesDirectory).catch(() => [])
  const files = await Promise.all(
    beside.map(async (name) => {
      const { digest } = await mill.f.store.putBytes(await readFile(join(recipe.filesDirectory, name)))
      return { path: name, digest, executable: false }
    }),
  )
  const plan = planBuild(recipe.expanded, FACTS, mill.environment, files)
  const place = sourceMount(recipe.expanded.sources[0] as never) ?? ''
  const more = {
    sourceFiles: new Map([[place, source as never]]),
    trails: buildTrails(recipe.expanded),
    recipeFile: path,
  }
  return { order: mill.order(plan, more), recipe }
}

describe.skipIf(reason !== '')(`a build that failed at its third step${reason}`, () => {
  let path = ''
  let source = ''
  let recipe: DistroRecipe
  let order: BuildOrder
  beforeEach(async () => {
    ;({ path, source } = await aRecipe())
    ;({ order, recipe } = await orderOf(path, source))
  })

  it('names the step by its place in the recipe, what it missed, and its class', async () => {
    const failure = await failed(order)
    expect(failure).toMatchObject({
      step: 'make',
      script: 2,
      class: 'dependency',
      wanted: { kind: 'cmd', name: 'ech' },
    })
    expect(failure.errorLine).toContain('ech: command not found')
    expect(formatTrail(failure.trail)).toMatch(/^make \(.*tool\.yaml:19:\d+\)$/)
    expect((await only()).id).toBe(failure.snapshot)
  })

  it('is entered where it stood: its files, its variables, its user, its directory, no network', async () => {
    await failed(order)
    const snapshot = await only()
    expect(await say(snapshot, 'cat out/product; pwd; id -u; echo $SOURCE_DATE_EPOCH')).toBe(
      'built\n/home/build\n1000\n1700000000\n0',
    )
    expect(await say(snapshot, 'tail -n +3 /proc/net/dev | grep -vc lo:')).toBe('0\n1')
    expect(await say(snapshot, 'exit 7')).toBe('7')
    expect(await say(snapshot, 'millrace-step; echo "again: $?"')).toContain(
      'ech: command not found\nagain: 127',
    )
    expect(await say(snapshot, 'cat /.millrace/step')).toContain('sh ./tool.sh > out/said')
  })

  it('goes on from that step with what was changed, until begun afresh', async () => {
    await failed(order)
    const snapshot = await only()
    await say(snapshot, 'sed -i s/ech/echo/ tool.sh')
    {
      await using session = await open(snapshot)
      expect(await session.resume(never)).toBeNull()
    }
    expect(await say(snapshot, 'cat melange-out/tool/usr/share/said')).toBe('tool 1.0\n0')
    {
      await using session = await open(snapshot)
      expect(session.next).toBeNull()
    }
    expect(await say(snapshot, 'grep -c "  ech " tool.sh; ls melange-out/tool', true)).toBe('1\n0')
    await using session = await open(snapshot)
    expect(session.next).toBe(2)
    expect(await session.resume(never)).toMatchObject({ step: 'make', script: 2, class: 'dependency' })
  })

  it('gives a patch that makes the recipe build: of the sources, placed behind them, without what steps made', async () => {
    await failed(order)
    const snapshot = await only()
    await say(
      snapshot,
      'sed -i s/ech/echo/ tool.sh; rm unused.txt; rm -r lib; mkdir lib; echo "# made anew" > lib/part.sh; echo more > new.txt; echo x > junk; sh tool.sh > out/said',
    )
    const before = await readFile(path, 'utf8')
    await using session = await open(snapshot)
    const own = { ...mill.f, sandboxDirectory: snapshot.directory }
    const saved = await savePatch(own, session, recipe, { name: 'fix', include: ['new.txt'] }, never)
    expect(saved.files).toEqual(['lib/part.sh', 'new.txt', 'tool.sh', 'unused.txt'])
    expect(saved.leftOut.map((one) => one.path)).toEqual(['junk', 'out/said'])
    const patch = await readFile(saved.patchFile, 'utf8')
    expect(patch).toContain('--- a/tool.sh\n+++ b/tool.sh\n')
    expect(patch).toContain('-  ech "tool $version"\n+  echo "tool $version"\n')
    expect(patch).not.toContain('version=1.0')
    expect(patch).toContain('--- a/unused.txt\n+++ /dev/null\n')
    const after = await readFile(path, 'utf8')
    const step = '\n  - uses: patch\n    with:\n      patches: fix.patch\n'
    expect(after).toContain(step)
    expect(after.replace(step, '')).toBe(before)

    const again = await orderOf(path, source)
    const built = await buildPackages(f(), again.order, never)
    if (built.status !== 'built') throw new Error(await mill.text(built.log))
    const [main] = built.packages
    expect(main?.record.version).toBe('1.0-r3')
    if (main !== undefined) expect(await mill.filesOf(main)).toMatchObject({ 'usr/share/said': 'tool 1.0\n' })
    await expect(savePatch(own, session, recipe, { name: 'fix', include: [] }, never)).rejects.toMatchObject({
      code: 'USAGE',
      why: expect.stringContaining('is there already'),
    })
  })

  it('gives no patch when nothing of the sources was changed, and says what else was', async () => {
    await failed(order)
    const snapshot = await only()
    await say(snapshot, 'echo x > junk')
    await using session = await open(snapshot)
    const own = { ...mill.f, sandboxDirectory: snapshot.directory }
    const saving = savePatch(own, session, recipe, { name: 'none', include: [] }, never)
    await expect(saving).rejects.toMatchObject({
      code: 'USAGE',
      why: expect.stringContaining('junk: it was in no source'),
    })
    const absent = savePatch(own, session, recipe, { name: 'none', include: ['absent'] }, never)
    await expect(absent).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await expect(savePatch(own, session, recipe, { name: '../x', include: [] }, never)).rejects.toMatchObject(
      { code: 'USAGE' },
    )
  })

  it('refuses a change to lines that an earlier step had changed', async () => {
    await failed(order)
    const snapshot = await only()
    await say(snapshot, 'sed -i s/version=1.0/version=2.0/ tool.sh')
    await using session = await open(snapshot)
    const own = { ...mill.f, sandboxDirectory: snapshot.directory }
    await expect(savePatch(own, session, recipe, { name: 'two', include: [] }, never)).rejects.toMatchObject({
      code: 'USAGE',
      what: 'saving the change to tool.sh as a patch',
      why: expect.stringContaining('an earlier step changed the same lines'),
    })
  })

  it('is entered by one person at a time', async () => {
    await failed(order)
    const snapshot = await only()
    await using lock = await lockData(snapshot.directory, 'another', NOW)
    expect(lock.holder.doing).toBe('another')
    await expect(open(snapshot)).rejects.toMatchObject({ code: 'DATA_LOCKED' })
  })

  it('is found by its recipe, its build key and its own name, and by nothing near', async () => {
    const { snapshot } = await failed(order)
    const find = async (named: string) =>
      (await findSnapshot(kept.directory, named, async () => undefined)).id
    const key = buildKey(order.plan)
    for (const named of ['tool', 'tool-1.0-r3', key, key.slice(7, 19), snapshot ?? ''])
      expect(await find(named)).toBe(snapshot)
    await expect(find('tol')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      why: expect.stringContaining('tool'),
    })
    await expect(find('12')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

const planOf = (script: string): BuildPlan => tinyPlan(mill, [tinyOutput('tiny', ['true', script])])

describe.skipIf(reason !== '')(`what is kept of builds${reason}`, () => {
  it('is nothing of one that passed', async () => {
    const built = await buildPackages(f(), mill.order(planOf('echo x > "$OUT/x"')), never)
    expect(built.status).toBe('built')
    expect(await listSnapshots(kept.directory)).toEqual([])
    expect(await mill.leftovers()).toEqual([])
  })

  it('are as many as the settings say, the newest of them', async () => {
    kept = { ...kept, maxCount: 2 }
    const ids: (string | null)[] = []
    for (const [at, name] of ['one', 'two', 'three'].entries()) {
      const clock = { now: () => NOW + at * 1000 }
      const outcome = await buildPackages({ ...f(), clock }, mill.order(planOf(`false ${name}`)), never)
      ids.push(outcome.status === 'failed' ? outcome.snapshot : null)
    }
    expect((await listSnapshots(kept.directory)).map(({ id }) => id)).toEqual([ids[2], ids[1]])
    expect((await readdir(kept.directory)).sort()).toEqual([ids[1], ids[2]].sort())
  })

  it('are no more bytes than the settings say, and none larger than that alone', async () => {
    kept = { ...kept, maxBytes: 200_000 }
    await failed(mill.order(planOf('false')))
    expect(await listSnapshots(kept.directory)).toHaveLength(1)
    const large = await failed(mill.order(planOf('cat /usr/bin/bash > large; false')))
    expect(large.snapshot).toBeNull()
    expect(await mill.text(large.log)).toContain('more than failed-builds keeps')
    expect(await listSnapshots(kept.directory)).toHaveLength(1)
  })

  it('has directories closed to their owner in it, and goes all the same', async () => {
    kept = { ...kept, maxCount: 1 }
    const closed = await failed(mill.order(planOf('mkdir -p d/e; touch d/e/f; chmod 0 d/e d .; false')))
    const [snapshot] = await listSnapshots(kept.directory)
    expect(snapshot?.id).toBe(closed.snapshot)
    const later = { ...f(), clock: { now: () => NOW + 5000 } }
    await buildPackages(later, mill.order(planOf('false later')), never)
    expect(await readdir(kept.directory)).toHaveLength(1)
  })

  it('is what a package could not be made of, too', async () => {
    const outcome = await failed(mill.order(planOf('mkfifo "$OUT/pipe"')))
    expect(outcome).toMatchObject({ step: null, script: null, class: 'recipe' })
    expect(await say(await only(), 'ls melange-out/tiny')).toBe('pipe\n0')
  })
})

describe.skipIf(reason !== '')(`the class of a failure${reason}`, () => {
  it.each([
    { name: 'no time', script: 'sleep 1000', more: { timeoutMs: 700 }, want: 'timed-out' },
    {
      name: 'no memory',
      script: 'x=xxxxxxxxxxxxxxxx; while :; do x=$x$x; done',
      more: { limits: { memoryBytes: 64 * 1024 ** 2 } },
      want: 'out-of-memory',
    },
    {
      name: 'a fork bomb',
      script: 'f() { f | f & }; f; sleep 2; f; sleep 1000',
      more: { limits: { processes: 40 } },
      want: 'too-many-processes',
    },
    {
      name: 'no disk',
      script: 'while :; do cat /usr/bin/bash; done > big',
      more: { limits: { diskBytes: 8 * 1024 ** 2 } },
      want: 'disk-full',
    },
    { name: 'a missing command', script: 'no-such-program --version', more: {}, want: 'dependency' },
    {
      name: 'a missing header',
      script: 'echo "a.c:1:10: fatal error: zlib.h: No such file or directory" >&2; exit 1',
      more: {},
      want: 'dependency',
    },
    { name: 'a failing test', script: 'echo "not ok 1 - adds"; exit 1', more: {}, want: 'test' },
    { name: 'anything else', script: 'exit 3', more: {}, want: 'recipe' },
  ])('is told for $name', async ({ script, more, want }) => {
    const outcome = await failed(mill.order(planOf(script), more as Partial<BuildOrder>))
    expect(outcome.class).toBe(want)
    expect((await only()).failure.class).toBe(want)
  })
})

describe.skipIf(reason !== '')(`a test that failed${reason}`, () => {
  it('is entered as well, in its own environment', async () => {
    const test = {
      ...{
        package: 'tiny',
        environment: mill.environment,
        variables: { OF: 'test' },
        sources: [],
        runAs: 'root',
      },
      scripts: [
        { label: 'look', script: 'echo seen > /tmp/seen\nexit 4\n', environment: { PATH: '/usr/bin:/bin' } },
      ],
    }
    const build = buildKey(tinyPlan(mill, []))
    const plan = { kind: 'https://millrace.dev/test-plan/v1', build, tests: [test], files: [] } as const
    const recipe = { name: 'tiny', fullVersion: '1.0-r0', file: null }
    const order = {
      plan,
      recipe,
      task: 'test:tiny-1.0-r0',
      timeoutMs: 20_000,
      packageFiles: mill.packageFiles,
    }
    const { cases } = await testPackages(f(), { ...order, sourceFiles: new Map() }, never)
    expect(cases).toMatchObject([{ outcome: 'failed', failure: { class: 'test', script: 0 } }])
    const snapshot = await only()
    expect(snapshot.testOf).toBe('tiny')
    expect(await say(snapshot, 'cat /tmp/seen; echo $OF; id -u')).toBe('seen\ntest\n0\n0')
    expect(await say(snapshot, 'millrace-step')).toBe('4')
  })
})
