// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import { MillraceError } from '../../src/base/index.ts'
import { type BuildOrder, buildPackages, FIRST } from '../../src/build/index.ts'
import { describeOutcome, openSandbox, prepareEnvironment, removeSandbox } from '../../src/sandbox/index.ts'
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
    measureOf(
      'trivial package, 60 in its environment',
      'ms',
      small,
      300,
      await melangeBuild(workshop, directory, 60),
    ),
    measureOf(
      'trivial package, 200 in its environment',
      'ms',
      large,
      300,
      await melangeBuild(workshop, directory, 200),
    ),
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
    const outcome = await opened.sandbox.run({ args: ['ls', '/bin'], directory: '/' })
    if (outcome.status !== 'exited' || outcome.code !== 0) throw new Error(`ls ${describeOutcome(outcome)}`)
  }
  await run()
  return await timed(RUNS, run)
}

async function openEnvironment({ f, ...rest }: Workshop, count: number, name: string) {
  const { toPrepare, identity } = environmentOf({ f, ...rest }, count)
  const workDirectory = join(f.sandboxDirectory, name)
  const { layers } = await prepareEnvironment(
    { ...f, workDirectory: f.sandboxDirectory },
    toPrepare,
    identity,
  )
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
  const once = () => build(workshop, { ...order, timeoutMs: 60_000 })
  await once()
  return timed(RUNS, once)
}

const LARGE_MIB = 512

/** Builds a package with one large file that does not compress. The most memory this process ever had is the measure, so it should do nothing else. */
export async function measureMemory(directory: string): Promise<Measure[]> {
  const workshop = await openWorkshop(directory, 1)
  const { planned, files } = environmentOf(workshop, 1)
  const output = tinyOutput('large', [`head -c ${LARGE_MIB}M /dev/urandom > "$OUT/large"`])
  const plan = tinyPlan({ environment: planned }, [output])
  const order = { plan, task: 'build:large', variation: FIRST, packageFiles: files, sourceFiles: new Map() }
  await build(workshop, { ...order, timeoutMs: 600_000 })
  // getrusage(2) counts in KiB.
  const peakMiB = process.resourceUsage().maxRSS / 1024
  return [measureOf(`memory to build a package of ${LARGE_MIB} MiB`, 'MiB', [peakMiB], 400)]
}

async function build({ f }: Workshop, order: BuildOrder): Promise<void> {
  const outcome = await buildPackages(f, order, never)
  if (outcome.status === 'built') return
  const { why, fix } = outcome
  throw new MillraceError('BUILD_FAILED', { what: `building ${order.plan.recipe.name}`, why, fix })
}
