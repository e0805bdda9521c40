// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type ApkRecord,
  formatApkRecord,
  indexRepositories,
  readApkIndex,
  solveWorld,
  writeApkIndex,
} from '../../src/apk/index.ts'
import { lastWords, runCommand } from '../../src/base/index.ts'
import { makeSigner } from '../../test/support/packed-apk.ts'
import { type Measure, measureOf, timed } from './measure.ts'
import { solvePeers } from './peers.ts'

const ENTRIES = 60_000
const RUNS = 15

/** From a list of names to packages: by a process that has the index, by reading and solving in this one, and by a process that is started for it. */
export async function measureSolving(directory: string): Promise<Measure[]> {
  const records = Array.from({ length: ENTRIES }, (_, number) => entry(number))
  const world = Array.from({ length: 40 }, (_, number) => `part${number * 250 + 17}`)
  const signer = makeSigner('bench.rsa.pub')
  const bytes = await writeApkIndex(records.map(formatApkRecord), 'bench', signer)
  const file = join(directory, 'APKINDEX.tar.gz')
  await writeFile(file, bytes)
  const { apk, apko } = await solvePeers(directory, bytes, signer, world)
  const read = async () =>
    indexRepositories([{ name: 'bench', packages: await readApkIndex(await readFile(file), file) }])
  const cold = await timed(RUNS, async () => solveWorld(await read(), world))
  const index = await read()
  solveWorld(index, world)
  // Another list each time: nothing but the index is known before.
  const warm = await timed(RUNS, async (run) => solveWorld(index, [...world, `part${run * 1000 + 3}`]))
  const command = await timed(5, () => startedAnew(file, world))
  return [
    measureOf('40 packages of 60,000, index known', 'ms', warm, 50, apk),
    measureOf('the same, index read first', 'ms', cold, 500, apko),
    measureOf('the same, as a command', 'ms', command, null, apko),
  ]
}

/** Packages of a distribution: some versions of most names, libraries that many need, commands and modules that few do. */
function entry(number: number): ApkRecord {
  const name = Math.floor(number / 3)
  const version = `1.${number % 3}.0-r${number % 4}`
  const library = (of: number) => `so:libpart${of}.so.1`
  const depends = [97, 61, 43, 31].map((pool) => (name * 7919) % pool).filter((other) => other !== name)
  return {
    ...{ name: `part${name}`, version, arch: 'x86_64', origin: `part${name}` },
    // apk-tools finds packages by the first bytes of it: they must differ as those of real packages do.
    identity: `Q1${createHash('sha1').update(String(number)).digest('base64')}`,
    ...{ sizeBytes: 100_000, installedSizeBytes: 300_000, description: `Part ${name} of the benchmark` },
    ...{
      url: 'https://example.org/',
      license: 'Apache-2.0',
      maintainer: 'Bench',
      buildTimeSec: 1_766_000_000,
    },
    commit: '0123456789abcdef0123456789abcdef01234567',
    depends: [...new Set(depends)].map(library),
    provides: [`${library(name)}=1`, `cmd:part${name}=${version}`, `pc:part${name}=1.${number % 3}.0`],
    ...{ installIf: [], replaces: [], providerPriority: 0 },
  }
}

async function startedAnew(index: string, world: readonly string[]): Promise<void> {
  const program = join(import.meta.dirname, '../../bin/millrace.js')
  const { HOME = '', PATH = '' } = process.env
  const exited = await runCommand({
    program: process.execPath,
    args: [program, 'solve', '--index', index, ...world],
    env: { HOME, PATH },
  })
  if (exited.code !== 0) throw new Error(`millrace solve failed: ${lastWords(exited)}`)
}
