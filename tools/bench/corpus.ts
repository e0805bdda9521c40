// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lastWords, runCommand } from '../../src/base/index.ts'
import { findShared } from '../../test/support/shared.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { melangeCompile } from './peers.ts'

const SNAPSHOT = '2025-04-15'
const MILLRACE = join(import.meta.dirname, '../../bin/millrace.js')
const COLD_RUNS = 3
const RUNS = 9

/** Every recipe of a real corpus, by a process that is started for it. */
export async function measureCorpus(directory: string): Promise<Measure[]> {
  const archive = join(findShared() ?? '', `corpus/wolfi-${SNAPSHOT}.tar.xz`)
  if (!existsSync(archive)) {
    console.error('corpus: left out, there is none beside the checkout')
    return []
  }
  const recipes = join(directory, 'recipes')
  await mkdir(recipes)
  await run('tar', ['-xJf', archive, '-C', recipes])
  const count = (await readdir(recipes)).filter((name) => name.endsWith('.yaml')).length
  const measures: Measure[] = []
  for (const [command, ...options] of [['graph'], ['expand', '--json']] as const) {
    const data = join(directory, command)
    const doIt = () => run(process.execPath, [MILLRACE, '--data', data, command, recipes, ...options])
    const forget = () => rm(data, { recursive: true, force: true })
    const cold = await timed(COLD_RUNS, doIt, forget)
    await doIt()
    const changed = await timed(RUNS, async (number) => {
      await appendFile(join(recipes, 'zlib.yaml'), `# ${number}\n`)
      await doIt()
    })
    const peer = command === 'expand' ? await melangeCompile(recipes) : null
    measures.push(
      measureOf(`${command} of ${count} recipes, cold`, 'ms', cold, 3000, peer),
      measureOf(`${command} after one changed`, 'ms', changed, 300),
    )
  }
  return measures
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { HOME = '', PATH = '' } = process.env
  const options = { onStdout: () => {} }
  const exited = await runCommand({ program, args, env: { HOME, PATH, NO_COLOR: '1' } }, options)
  if (exited.code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${lastWords(exited)}`)
}
