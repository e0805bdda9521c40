// SPDX-License-Identifier: Apache-2.0
// Measures what Millrace is to be fast at, in temporary directories and a private database; docs/benchmarks.md says how to read it.
//   npm run bench                       a table
//   npm run bench -- --json             one JSON object
//   npm run bench -- --only images      one part: builds, corpus, images, indexes, lints, solving, memory
import { cpus, loadavg, release, tmpdir } from 'node:os'
import { lastWords, makeTempDirectory, runCommand } from '../src/base/index.ts'
import { measureBuilds, measureMemory } from './bench/builds.ts'
import { measureCorpus } from './bench/corpus.ts'
import { measureImages } from './bench/images.ts'
import { measureIndexes } from './bench/indexes.ts'
import { measureLints } from './bench/lints.ts'
import type { Measure } from './bench/measure.ts'
import { measureSolving } from './bench/solving.ts'

const PARTS: Readonly<Record<string, (directory: string) => Promise<Measure[]>>> = {
  builds: measureBuilds,
  corpus: measureCorpus,
  images: measureImages,
  indexes: measureIndexes,
  lints: measureLints,
  solving: measureSolving,
  memory: measureMemory,
}

async function main(args: readonly string[]): Promise<void> {
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined
  const part = PARTS[only ?? '']
  if (only !== undefined && part === undefined) {
    console.error(`there is no part ${only}; there are ${Object.keys(PARTS).join(', ')}`)
    process.exitCode = 2
    return
  }
  const machine = machineNow()
  const measures = part === undefined ? await eachInItsProcess() : await inTemporary(part)
  console.log(args.includes('--json') ? JSON.stringify({ machine, measures }) : tableOf(machine, measures))
}

async function inTemporary(part: (directory: string) => Promise<Measure[]>): Promise<Measure[]> {
  await using directory = await makeTempDirectory(tmpdir(), 'millrace-bench')
  return await part(directory.path)
}

/** One part's memory and caches are not another's. */
async function eachInItsProcess(): Promise<Measure[]> {
  const all: Measure[] = []
  for (const name of Object.keys(PARTS)) {
    console.error(`measuring ${name} …`)
    const { HOME = '', PATH = '' } = process.env
    const command = {
      program: process.execPath,
      args: [import.meta.filename, '--json', '--only', name],
      env: { HOME, PATH },
    }
    const exited = await runCommand(command, {
      onLine: (line, stream) => {
        if (stream === 'stderr') console.error(line)
      },
    })
    if (exited.code !== 0) throw new Error(`measuring ${name} failed: ${lastWords(exited)}`)
    all.push(...(JSON.parse(exited.stdout) as { measures: Measure[] }).measures)
  }
  return all
}

function machineNow(): string {
  const processors = cpus()
  const load = (loadavg()[0] ?? 0).toFixed(1)
  return `${processors.length} × ${processors[0]?.model.trim() ?? 'processor'}, Linux ${release()}, Node ${process.versions.node}; load ${load} before`
}

function tableOf(machine: string, measures: readonly Measure[]): string {
  const number = (value: number, unit: string) =>
    `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`
  const rows = measures.map(({ name, unit, value, least, most, runs, goal, peer }) => [
    name,
    number(value, unit),
    runs === 1 ? '' : `${number(least, unit)} – ${number(most, unit)}`,
    goal === null ? '' : `≤ ${goal} ${unit}`,
    peer === null ? '' : `${peer.name} ${number(peer.value, unit)}: ${(peer.value / value).toFixed(1)}×`,
  ])
  const all = [['', 'median', 'least – most', 'goal', 'peer'], ...rows]
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? []
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return [machine, '', ...lines].join('\n')
}

if (import.meta.main) await main(process.argv.slice(2))
