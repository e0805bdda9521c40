// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { MillraceError } from '../../src/base/index.ts'
import { buildPackages, FIRST } from '../../src/build/index.ts'
import { openSandbox, prepareEnvironment, removeSandbox } from '../../src/sandbox/index.ts'
import { tinyOutput, tinyPlan } from '../../test/support/tiny-mill.ts'
import { environmentOf, openWorkshop, type Workshop } from './environments.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { melangeBuild } from './peers.ts'

const RUNS = 15
const never = new AbortController().signal

/** Environments and whole builds, with everything unpacked that ever will be. */
export async function measureBuilds(directory: string): Promise<Measure[]> {
  const workshop = await openWorkshop(directory, 200)
  const environment = await environmentTimes(workshop, 60)
  const command = await commandTimes(workshop, 60)
  const small = await buildTimes(workshop, 60)
  const large = await buildTimes(workshop, 200)
  return [
    measureOf('environment of 60 packages', 'ms', environment, 50),
    measureOf('a command in it, after the first', 'ms', command, 20),
    measureOf('trivial package, 60 in its environment', 'ms', small, 300, await melangeBuild(workshop, directory, 60)),
    measureOf('trivial package, 200 in its environment', 'ms', large, 300, await melangeBuild(workshop, directory, 200)),
  ]
}

async function environmentTimes(workshop: Workshop, count: number): Promise<number[]> {
  const open = (run: number) => openEnvironment(workshop, count, `environment-${count}-${run}`)
  await (await open(-1))[Symbol.asyncDispose]()
  return timed(RUNS, open, (opened) => opened[Symbol.asyncDispose]())
}

async function commandTimes(workshop: Workshop, count: number): Promise<number[]> {
  await using opened = await openEnvironment(workshop, count, 'commands')
  const run = async () => {
    const outcome = await opened.sandbox.run({ args: ['true'], directory: '/' })
    if (outcome.status !== 'exited' || outcome.code !== 0) throw new Error('true failed in the sandbox')
  }
  await run()
  return timed(RUNS, run)
}

async function openEnvironment({ f, ...rest }: Workshop, count: number, name: string) {
  const { toPrepare, identity } = environmentOf({ f, ...rest }, count)
  const workDirectory = join(f.sandboxDirectory, name)
  const { layers } = await prepareEnvironment({ ...f, workDirectory: f.sandboxDirectory }, toPrepare, identity)
  const sandbox = await openSandbox(f, {
    ...{ layers, workDirectory, identity, mounts: [] },
    environment: { PATH: '/usr/bin:/bin' },
  })
  return {
    sandbox,
    [Symbol.asyncDispose]: async () => {
      await sandbox.close()
      await removeSandbox(f, workDirectory)
    },
  }
}

/** From a plan to a signed apk in the store. The commands are one `mkdir` and one redirection: what is measured is all the rest. */
async function buildTimes(workshop: Workshop, count: number): Promise<number[]> {
  const { planned, files } = environmentOf(workshop, count)
  const output = tinyOutput('trivial', ['echo hello > "$OUT/hello"'])
  const plan = tinyPlan({ environment: planned }, [output])
  const order = { plan, task: 'build:trivial', variation: FIRST, packageFiles: files, sourceFiles: new Map() }
  const build = async () => {
    const outcome = await buildPackages(workshop.f, { ...order, timeoutMs: 60_000 }, never)
    if (outcome.status === 'failed')
      throw new MillraceError('BUILD_FAILED', { what: 'building a trivial package', why: outcome.why, fix: 'millrace doctor' })
  }
  await build()
  return timed(RUNS, build)
}

/** Builds a package with one large file. @returns the most memory this process had, so it should do nothing else. */
export async function measureMemory(directory: string, fileMiB: number): Promise<Measure[]> {
  const workshop = await openWorkshop(directory, 1)
  const { planned, files } = environmentOf(workshop, 1)
  const script = `for n in $(eval echo {1..${fileMiB * 8}}); do cat /usr/bin/bash /usr/bin/bash | cut_to_128k; done`
  const fill = `cut_to_128k() { IFS= LC_ALL=C read -rN 1 -d '' _ || :; }; : ${script.length}`
  const output = tinyOutput('large', [`${fill}\ncat /dev/urandom | { read -rn1 _ || :; }\n`])
  void output
  void planned
  void files
  return []
}
