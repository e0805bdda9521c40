// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  openTinyMill,
  step,
  storeTree,
  type TinyMill,
  tinyOutput,
  tinyPlan,
  whyNoBuilds,
} from '../../test/support/tiny-mill.ts'
import { type BuiltApk, buildPackages, FIRST, SECOND, type Variation } from '../build/index.ts'
import { buildKey, type PlannedTest, type TestPlan } from '../plan/index.ts'
import { comparePackages, type TestOrder, testPackages } from './index.ts'

const reason = await whyNoBuilds()
if (reason !== '') console.warn(`check tests${reason}`)

let mill: TinyMill
beforeAll(async () => {
  if (reason === '') mill = await openTinyMill()
})
afterAll(() => mill?.[Symbol.asyncDispose]())

const never = new AbortController().signal

describe.skipIf(reason !== '')(`the tests of a recipe${reason}`, () => {
  let tool: { environment: TestPlan['tests'][number]['environment'] }
  beforeAll(async () => {
    const { file, datahash } = await storeTree(mill.f, 'tool', { 'usr/bin/tool': '#!/bin/sh\necho works\n' })
    mill.packageFiles.set(datahash, file)
    const planned = { name: 'tool', version: '1-r0', datahash, from: 'distro' as const }
    tool = { environment: [...mill.environment, planned] }
  })
  beforeEach(() => {
    mill.events.length = 0
  })

  const testOf = (name: string, ...scripts: string[]): PlannedTest => ({
    ...{ package: name, ...tool, variables: {}, sources: [], runAs: '' },
    scripts: scripts.map((script, index) => step(script, `check ${index + 1}`)),
  })
  const run = (tests: readonly PlannedTest[], more: Partial<TestOrder> = {}) => {
    const build = buildKey(tinyPlan(mill, []))
    const plan: TestPlan = { kind: 'https://millrace.dev/test-plan/v1', build, tests, files: [] }
    const recipe = { name: 'tiny', fullVersion: '1.0-r0', file: null }
    const order = { plan, recipe, task: 'test:tiny', timeoutMs: 20_000, packageFiles: mill.packageFiles }
    return testPackages(mill.f, { ...order, sourceFiles: new Map(), ...more }, never)
  }

  it('are each run in a fresh environment, and pass when all their steps do', async () => {
    const outcome = await run([
      testOf('tool', 'tool; echo left > /tmp/left', 'cat /tmp/left; id -u'),
      testOf('tool-extra', '[ ! -e /tmp/left ] && [ ! -e melange-out ]'),
    ])
    expect(outcome).toMatchObject({
      status: 'passed',
      cases: [
        { package: 'tool', outcome: 'passed', step: null, why: null, errorLine: null },
        { package: 'tool-extra', outcome: 'passed' },
      ],
    })
    const log = await mill.text(outcome.log)
    expect(log).toContain('works\n')
    expect(log).toContain('left\n1000\n')
    const labels = mill.events.map((event) =>
      event.type === 'step.started' ? [event.step, event.steps, event.label] : 0,
    )
    expect(labels.filter(Boolean)).toEqual([
      [1, 3, 'tool: check 1'],
      [2, 3, 'tool: check 2'],
      [3, 3, 'tool-extra: check 1'],
    ])
    expect(await mill.leftovers()).toEqual([])
  })

  it('name the step that failed, and go on with the next package', async () => {
    const outcome = await run([
      testOf('tool', 'true', 'echo "error: wrong answer"; false', 'echo never'),
      testOf('tool-extra', 'true'),
    ])
    expect(outcome.status).toBe('failed')
    expect(outcome.cases).toMatchObject([
      {
        ...{ package: 'tool', outcome: 'failed', step: 'tool: check 2', why: 'ended with exit code 1' },
        errorLine: 'error: wrong answer',
      },
      { package: 'tool-extra', outcome: 'passed' },
    ])
    expect(await mill.text(outcome.log)).not.toContain('never')
  })

  it('run as whom they ask for', async () => {
    const idOf = async (runAs: string) => {
      const { cases, log } = await run([{ ...testOf('tool', 'echo "I am $(id -u)"'), runAs }])
      return cases[0]?.why ?? /I am \d+/.exec(await mill.text(log))?.[0]
    }
    expect(await idOf('root')).toBe('I am 0')
    expect(await idOf('0')).toBe('I am 0')
    expect(await idOf('build')).toBe('I am 1000')
    expect(await idOf('mallory')).toBe('nobody is called mallory there')
  })

  it('that hang are stopped, and leave nothing', async () => {
    const outcome = await run([testOf('tool', 'sleep 1000')], { timeoutMs: 600 })
    expect(outcome.cases).toMatchObject([
      { outcome: 'failed', why: expect.stringContaining('was not done after') },
    ])
    expect(await mill.leftovers()).toEqual([])
  })
})

describe.skipIf(reason !== '')(`two builds of a plan${reason}`, () => {
  const build = async (scripts: readonly string[], variation: Variation): Promise<readonly BuiltApk[]> => {
    const plan = tinyPlan(mill, [tinyOutput('tiny', scripts)])
    const outcome = await buildPackages(mill.f, mill.order(plan, { variation }), never)
    if (outcome.status === 'built') return outcome.packages
    throw new Error(await mill.text(outcome.log))
  }
  const compare = async (...scripts: string[]) =>
    comparePackages(mill.f, await build(scripts, FIRST), await build(scripts, SECOND))

  it('are the same when the build takes nothing from around it', async () => {
    expect(await compare('echo "$SOURCE_DATE_EPOCH" > "$OUT/x"; mkdir "$OUT/d"; ln -s x "$OUT/y"')).toEqual(
      [],
    )
  })

  it('differ where a build puts in what is around it, and each file is named with its cause', async () => {
    const found = await compare(
      'cd "$OUT"; pwd > path; hostname > host; id -u > user; date > when; echo "$TZ" > zone; nproc > count; echo "$LANG" > locale',
      'cd "$OUT"; for n in 1 2; do echo $RANDOM-$RANDOM; done > random; ln -s "$PWD" link; [ "$(nproc)" = 1 ] || touch many',
    )
    const causes = Object.fromEntries(found.map(({ file, likelyCause }) => [file, likelyCause]))
    expect(causes).toMatchObject({
      path: expect.stringContaining('the path of the build directory'),
      host: expect.stringContaining('the host name'),
      user: expect.stringContaining('the user id'),
      when: expect.stringMatching(/the date or time of the build|the time zone/),
      zone: expect.stringContaining('the time zone'),
      locale: expect.stringContaining('the locale'),
      random: expect.stringContaining('not known'),
      link: expect.stringContaining('the path of the build directory'),
    })
    expect(found.find(({ file }) => file === 'path')).toMatchObject({
      package: 'tiny',
      offset: '/home/'.length,
    })
    expect(found.every(({ offset, file }) => offset !== null || ['link', 'many'].includes(file))).toBe(true)
  })
})
